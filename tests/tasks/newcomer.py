"""A newcomer in a terminal: from the commands of the Discord text to a green task and its pull request text.

    tests/tasks/newcomer.py KIT SCRATCH RECORDING

Types into a real terminal (tmux) and reads its screen, nothing else. KIT is a checkout with a finished
build. What differs from the first visit of a real newcomer, so that this takes minutes: the clone comes
from KIT instead of the address in the text, and `build/` is copied into it, so CPython is not built again.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

WIDTH, HEIGHT = 100, 50
MINUTE = 60


class Terminal:
    """A shell in tmux whose prompt says how the last command ended."""

    def __init__(self, scratch, recording, environment):
        self.socket = str(scratch / "tmux")
        self.environment = environment
        self.count = 0
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", str(WIDTH), "-y", str(HEIGHT), "-c", str(scratch),
                  "bash --noprofile --norc -i")
        self.tmux("set-option", "-g", "history-limit", "100000")
        here = pathlib.Path(__file__).resolve().parent
        self.tmux("pipe-pane", "-o", f"exec python3 '{here}/record.py' '{recording}' {WIDTH} {HEIGHT}")
        self.keys("PS1='[$?] kit> '; clear")
        self.wait(30)

    def tmux(self, *arguments):
        done = subprocess.run(["tmux", "-S", self.socket, *arguments], env=self.environment, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            sys.exit(f"tmux {arguments[0]} failed: {done.stderr}")
        return done.stdout

    def keys(self, text):
        self.tmux("send-keys", "-l", text)
        self.tmux("send-keys", "Enter")

    def screen(self):
        """All that was shown so far, without trailing space."""
        return self.tmux("capture-pane", "-p", "-J", "-S", "-").rstrip()

    def wait(self, limit):
        """Wait for a prompt at the end; return the exit code that it shows."""
        end = time.monotonic() + limit
        while time.monotonic() < end:
            time.sleep(0.2)
            last = self.screen().splitlines()[-1:] or [""]
            match = re.fullmatch(r"\[(\d+)\] kit>", last[0].strip())
            if match:
                return int(match[1])
        sys.exit(f"no answer within {limit} s; the screen:\n{self.screen()[-4000:]}")

    def type(self, command, expected=0, shows=(), limit=2 * MINUTE):
        """Type a command; it must end as expected and show these texts."""
        before = len(self.screen())
        began = time.monotonic()
        self.keys(command)
        time.sleep(0.5)
        code = self.wait(limit)
        seen = self.screen()[before:]
        if code != expected:
            sys.exit(f"`{command}` ended with {code}, not {expected}:\n{seen[-4000:]}")
        for text in shows:
            if text not in seen:
                sys.exit(f"`{command}` does not show {text!r}:\n{seen[-4000:]}")
        self.count += 1
        print(f"  {time.monotonic() - began:5.1f} s   {command}", flush=True)
        return seen

    def close(self):
        subprocess.run(["tmux", "-S", self.socket, "kill-server"], env=self.environment, check=False)


def discord_commands(kit):
    """The commands of the text that a moderator pastes, in order."""
    done = subprocess.run(["scripts/sprint", "onboarding", "--discord"], cwd=kit, stdout=subprocess.PIPE,
                          text=True, check=True)
    blocks = re.findall(r"```sh\n(.*?)```", done.stdout, re.DOTALL)
    return [line for block in blocks for line in block.splitlines()]


def main(kit, scratch, recording):
    kit, scratch = pathlib.Path(kit).resolve(), pathlib.Path(scratch).resolve()
    recording = pathlib.Path(recording).resolve()
    recording.parent.mkdir(parents=True, exist_ok=True)
    home = pathlib.Path(os.environ["HOME"])
    (scratch / "home").mkdir(parents=True)
    (scratch / "home/.gitconfig").write_text(
        f'[url "file://{kit}"]\n\tinsteadOf = https://github.com/Rust-for-CPython/sprint-kit\n'
        "[user]\n\tname = A Newcomer\n\temail = newcomer@example.org\n[safe]\n\tdirectory = *\n")
    environment = os.environ | {
        "HOME": str(scratch / "home"), "TERM": "xterm", "LC_ALL": "C.UTF-8",
        "CARGO_HOME": os.environ.get("CARGO_HOME", str(home / ".cargo")),
        "RUSTUP_HOME": os.environ.get("RUSTUP_HOME", str(home / ".rustup")),
    }
    # Tools that bootstrap adds go below the newcomer's home, not the developer's.
    for name in ("SPRINT_BINARY", "TMUX", "XDG_DATA_HOME"):
        environment.pop(name, None)
    texts = discord_commands(kit)
    print(f"the text's commands: {texts}")
    terminal = Terminal(scratch, recording, environment)
    try:
        walk(terminal, texts, kit, scratch)
        recording.with_suffix(".txt").write_text(terminal.screen() + "\n")
    finally:
        terminal.close()
    print(f"{terminal.count} commands typed; recorded in {recording}")


def walk(terminal, texts, kit, scratch):
    """Everything of the text, in its order, with what a newcomer does in between."""
    task = next(line.split()[-1] for line in texts if line.startswith("just task start"))
    clone = scratch / "sprint-kit"
    edited = "modules/_base64/src/lib.rs"
    for command in texts:
        if command.startswith("git clone"):
            terminal.type(command)
            terminal.keys("# here the build directory of the machine is copied in: CPython was built before")
            subprocess.run(["cp", "-a", str(kit / "build"), str(clone / "build")], check=True)
            shutil.rmtree(clone / "build/state/tasks", ignore_errors=True)
            for name in ("tasks.json", "tour-red"):
                (clone / "build/state" / name).unlink(missing_ok=True)
            terminal.wait(30)
        elif command == "./scripts/bootstrap.sh":
            terminal.type(f"{command} --yes", shows=["base64 is green", "it is Rust"], limit=8 * MINUTE)
        elif command == "just tour":
            seen = terminal.type(command, expected=1, shows=["Step 4 of 5: A red test", "red: it does not say hello"],
                                 limit=4 * MINUTE)
            line = re.search(rf"{edited}, line (\d+)", seen)[1]
            terminal.type(f"sed -i '{line}s/in Rust\\./in Rust. Hello from Ana./' {edited}")
            terminal.type(command, shows=["Step 5 of 5: Your change, green", "Hello from Ana", "green: it says hello"])
            terminal.type(f"git restore {edited}")
        elif command.startswith("just tasks"):
            terminal.type(command, shows=[task])
        elif command.startswith("just task start"):
            terminal.type(command, shows=["branch   sprint/", "red, as it should be"])
        elif command == "just task check":
            terminal.type(command, expected=1, shows=["0 of 2 pass"])
        elif command == "just task hint":
            terminal.type(command, shows=["hint 1 of"])
            terminal.type(command, shows=["hint 2 of"])
            # The edit itself, as somebody would do it who gives up and asks for the solution.
            terminal.type("just task hint --solution >../solution.patch && patch -p1 <../solution.patch")
            terminal.type("just task check", shows=[f"{task} is green"])
        elif command == "just task done":
            terminal.type(command, shows=["pull request", "Checked on CPython 3.13", "passes", "NEWS entry",
                                          "git commit -m"])
        else:
            terminal.type(command)
    terminal.type("just task next", shows=["read it: just task show"])


if __name__ == "__main__":
    main(*sys.argv[1:])
