"""What is said about the machine: enough to compare figures, nothing that names it or its owner."""

import os
import platform
import re
import shutil
import subprocess
from pathlib import Path


def first_line(command, cwd=None):
    """The first line that a program prints, or that it is not there."""
    try:
        out = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd).stdout
    except (OSError, subprocess.CalledProcessError):
        return f"no {command[0]}"
    return out.partition("\n")[0].strip()


def processor():
    """The processor's own name."""
    try:
        found = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    except OSError:
        return first_line(["sysctl", "-n", "machdep.cpu.brand_string"])
    return found[1] if found else platform.machine()


def system():
    """The distribution, or the operating system."""
    try:
        found = re.search(r'^PRETTY_NAME="?([^"\n]*)', Path("/etc/os-release").read_text(), re.MULTILINE)
    except OSError:
        found = None
    return found[1] if found else f"{platform.system()} {platform.release()}"


def describe(kit, scratch):
    """A dictionary for the JSON, and for the line above the table."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return {
        "system": system(),
        "processor": processor(),
        "cores": cores,
        "memory_gb": round(memory / 1e9),
        "file_system": file_system(scratch),
        "cc": first_line([shutil.which("gcc") and "gcc" or "cc", "--version"]),
        "rustc": first_line(["rustc", "--version"], cwd=kit),
        "load_before": os.getloadavg()[0],
        "commit": first_line(["git", "-C", str(kit), "rev-parse", "--short=12", "HEAD"]),
    }


def file_system(path):
    """Its kind, as df says it."""
    try:
        out = subprocess.run(["df", "-PT", str(path)], capture_output=True, text=True, check=True).stdout
        return out.splitlines()[1].split()[1]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "unknown"
