"""Do the generated editor settings work with the programs that editors start?

    scripts/sprint python tests/editor/check.py [--need clangd,lldb,rust-analyzer]

Reads what `sprint settings` wrote, as an editor would, and hands it to clangd, rust-analyzer and lldb themselves. A
program that this machine lacks is skipped and told, unless it is among those needed.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
#: What rust-analyzer 1.97 takes for an error and rustc does not: whether the future of a served listener is Send.
MISTAKEN = {("crates/room/src/up.rs", "E0277")}
PROGRAM = """\
import _base64

def from_python():
    return _base64.b64encode(b"sprint")

print(from_python())
"""


def run(*command, **more):
    """Run, and return the result with both streams as one text."""
    done = subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, errors="replace", cwd=ROOT, **more)
    return done.returncode, done.stdout


def tail(text, lines=25):
    """The end of an output, for a failure's message."""
    return "\n".join(text.splitlines()[-lines:])


def find(configured, name):
    """The program from the settings, else from PATH, with or without a number."""
    if configured:
        return configured
    if (plain := shutil.which(name)) is not None:
        return plain
    found = []
    for directory in os.environ["PATH"].split(os.pathsep):
        for path in pathlib.Path(directory).glob(f"{name}-*"):
            if re.fullmatch(rf"{name}-\d+", path.name):
                found.append((int(path.name.rsplit("-", 1)[1]), str(path)))
    return max(found)[1] if found else None


def check_clangd(settings, launch):
    """A C file of the build, with the flags it was built with, has no error."""
    database = pathlib.Path(next(argument.split("=", 1)[1] for argument in settings["clangd.arguments"]
                                 if argument.startswith("--compile-commands-dir=")))
    entries = json.loads((database / "compile_commands.json").read_text(encoding="utf-8"))
    files = [entry["file"] for entry in entries]
    for name in ("_bisectmodule.c", "unicodeobject.c", "getpath.c", "config.c"):
        assert any(file.endswith("/" + name) for file in files), f"{name} is not in the database"
    assert len(files) > 250, len(files)
    file = next(file for file in files if file.endswith("/_bisectmodule.c"))
    code, said = run(find(settings.get("clangd.path"), "clangd"), f"--check={file}", *settings["clangd.arguments"])
    assert code == 0 and "All checks completed, 0 errors" in said, tail(said)
    return f"{len(files)} compilations; no error in {pathlib.Path(file).name}"


def check_rust_analyzer(settings, launch):
    """Every linked project is loaded with its build scripts and has no error."""
    program = find(settings.get("rust-analyzer.server.path"), "rust-analyzer")
    environment = os.environ | settings["rust-analyzer.cargo.extraEnv"]
    environment["CARGO_TARGET_DIR"] = settings["rust-analyzer.cargo.targetDir"]
    projects = settings["rust-analyzer.linkedProjects"]
    mistaken = set()
    for project in projects:
        code, said = run(program, "diagnostics", pathlib.Path(project).parent, env=environment)
        errors = re.findall(r"file (\S+): Error \w+\(\"([\w-]+)\"\)", said)
        seen = {(os.path.relpath(file, ROOT), kind) for file, kind in errors}
        assert "diagnostic scan complete" in said, f"{project}:\n{tail(said)}"
        assert seen <= MISTAKEN and (code == 0 or seen), f"{project}: {sorted(seen - MISTAKEN)}\n{tail(said)}"
        mistaken |= seen
    told = f", but for {sorted(mistaken)}, which rustc compiles" if mistaken else ""
    return f"no error in {len(projects)} projects{told}"


def check_lldb(settings, launch):
    """One session stops in the Rust function that Python called, and shows Rust, C and Python."""
    session = next(entry for entry in launch["configurations"] if "this Python file" in entry["name"])
    source = ROOT / "modules/_base64/codec/src/encode.rs"
    lines = source.read_text(encoding="utf-8").splitlines()
    line = next(number for number, text in enumerate(lines, 1) if text.startswith("pub fn encode("))
    with tempfile.TemporaryDirectory() as scratch:
        program = pathlib.Path(scratch) / "from_python.py"
        program.write_text(PROGRAM, encoding="utf-8")
        commands = [*session["initCommands"], f"breakpoint set --file encode.rs --line {line}",
                    f"process launch -- {program}", "thread backtrace", "pystack", "breakpoint disable",
                    "process continue"]
        words = [word for command in commands for word in ("-o", command)]
        lldb = find(None, "lldb")
        code, said = run(lldb, "--batch", "--no-lldbinit", "--no-use-colors", *words, "--", session["program"])
    for what, pattern in {
        "a stop at the breakpoint": r"stop reason = breakpoint",
        "a Rust frame with its line": r"frame #\d+: .*encode at encode\.rs:\d+",
        "a Rust frame of the binding": r"frame #\d+: .*_base64::encode.* at encode\.rs:\d+",
        "a C frame with its line": r"frame #\d+: .*_PyEval_EvalFrameDefault.* at \S+\.(?:c|h):\d+",
        "a C frame of main": r"frame #\d+: .*Py_BytesMain",
        "the Python frame": r'from_python\.py", line 4 in from_python',
        "the program's own answer": r"b'c3ByaW50'",
    }.items():
        assert re.search(pattern, said), f"not seen: {what}\n{tail(said, 80)}"
    return "stopped in Rust, called from Python through C"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--need", default="", help="programs whose absence is a failure, with commas")
    needed = {name for name in parser.parse_args().need.split(",") if name}
    checks = {"clangd": check_clangd, "rust-analyzer": check_rust_analyzer, "lldb": check_lldb}
    assert needed <= checks.keys(), f"unknown: {needed - checks.keys()}"
    for arguments in ([], ["--check"]):
        code, said = run(ROOT / "scripts/sprint", "settings", *arguments)
        assert code == 0, said
    settings, launch, tasks = (json.loads((ROOT / ".vscode" / name).read_text(encoding="utf-8"))
                               for name in ("settings.json", "launch.json", "tasks.json"))
    labels = {task["label"] for task in tasks["tasks"]}
    assert all(entry["preLaunchTask"] in labels for entry in launch["configurations"]), labels
    key = {"clangd": "clangd.path", "rust-analyzer": "rust-analyzer.server.path", "lldb": ""}
    failed = 0
    for name, check in checks.items():
        if find(settings.get(key[name]), name) is None or name == "rust-analyzer" and key[name] not in settings:
            word = "FAIL  " if name in needed else "skip  "
            failed += name in needed
            print(f"{word}{name}: not on this machine")
            continue
        try:
            print(f"ok    {name}: {check(settings, launch)}")
        except AssertionError as error:
            failed += 1
            print(f"FAIL  {name}: {error}")
    return 1 if failed else 0


sys.exit(main())
