"""Sets this checkout up: `python3 scripts/set_up.py run` or `test`. Done once, it is only looked at again.

Runs with nothing but Python: a virtual environment in .venv, uv in it, the pinned packages, and with npm
(from the PATH, else from a wheel) the pages' files. What was installed is known by the contents of the
pinned lists.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
DONE = VENV / "set-up.json"
UV = "uv==0.13.9"
OLDEST_NPM = 7  # the first that reads our lock file
LISTS = {"run": ["requirements.txt"], "test": ["requirements.txt", "requirements-dev.txt"]}


def main() -> None:
    """Do what is still to be done for the purpose named; leave with a sentence if something fails."""
    if sys.argv[1:] not in (["run"], ["test"]):
        raise SystemExit("Usage: python3 scripts/set_up.py run|test")
    purpose = sys.argv[1]
    with open(__file__) as lock:
        # Two commands at once: the second waits, and then finds everything done.
        fcntl.flock(lock, fcntl.LOCK_EX)
        make_environment()
        for name in LISTS[purpose]:
            install(name)
        fetch_page_files()
        if purpose == "test":
            run([str(PYTHON), "-m", "tests.support.chromium"], "Chromium could not be had.", shown=True)


def make_environment() -> None:
    """Make .venv with uv in it, unless a whole one is there."""
    wanted = f"{UV} on Python {sys.version_info.major}.{sys.version_info.minor}"
    if remembered("environment") == wanted and PYTHON.exists():
        return
    if importlib.util.find_spec("ensurepip") is None:
        raise SystemExit(
            "This Python cannot make a virtual environment, because its ensurepip is missing. "
            "On Debian or Ubuntu run `sudo apt install python3-venv`, then the same command again."
        )
    say("Making .venv ...")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)], "The virtual environment could not be made.")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, UV], "uv could not be installed.")
    remember("environment", wanted)


def install(name: str) -> None:
    """Install a pinned list, each file checked against its hash."""
    wanted = fingerprint(ROOT / name)
    if remembered(name) == wanted:
        return
    say(f"Installing {name} ...")
    words = [str(VENV / "bin" / "uv"), "pip", "install", "--quiet", "--python", str(PYTHON)]
    # Compiled now: some environments never keep what Python compiles, and each start would take seconds more.
    run([*words, "--require-hashes", "--compile-bytecode", "-r", name], f"{name} could not be installed.")
    remember(name, wanted)


def fetch_page_files() -> None:
    """Fetch htmx and the NHS components into node_modules."""
    wanted = fingerprint(ROOT / "package-lock.json")
    if remembered("node_modules") == wanted and (ROOT / "node_modules").exists():
        return
    npm = usable_npm()
    say("Fetching the pages' files with npm ...")
    path = os.pathsep.join((str(Path(npm).parent), os.environ["PATH"]))
    # A wheel's Node knows no certificates but its own, and fails behind a proxy that opens TLS.
    environ = {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}
    run([npm, "ci", "--ignore-scripts"], "The pages' files could not be fetched.", environ=environ)
    remember("node_modules", wanted)


def usable_npm() -> str:
    """The npm on the PATH if it is new enough, else one from a wheel, installed now."""
    if found := shutil.which("npm"):
        asked = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
        major = asked.stdout.strip().split(".")[0]
        if asked.returncode == 0 and major.isdecimal() and int(major) >= OLDEST_NPM:
            return found
    install("requirements-node.txt")
    return str(VENV / "bin" / "npm")


def run(argv: list[str], sorrow: str, *, environ: dict[str, str] | None = None, shown: bool = False) -> None:
    """Run a program from the root; if it fails, leave with this sentence and the end of what it said."""
    done = subprocess.run(argv, cwd=ROOT, env=environ, capture_output=not shown, text=True, check=False)
    if done.returncode and shown:
        raise SystemExit(sorrow)
    if done.returncode:
        end = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
        raise SystemExit(
            f"{sorrow} Set-up needs the network to PyPI and npm. {Path(argv[0]).name} said:\n{end}"
        )


def say(sentence: str) -> None:
    """One line on the terminal."""
    sys.stdout.write(f"{sentence}\n")
    sys.stdout.flush()


def fingerprint(path: Path) -> str:
    """A short name for the contents of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def remembered(what: str) -> str:
    """What `remember` kept, or an empty string."""
    try:
        return str(json.loads(DONE.read_text()).get(what, ""))
    except (OSError, ValueError):
        return ""


def remember(what: str, version: str) -> None:
    """Note that this is done, so that it is not done again. It goes with .venv."""
    try:
        notes = json.loads(DONE.read_text())
    except (OSError, ValueError):
        notes = {}
    DONE.write_text(json.dumps({**notes, what: version}, indent=2))


if __name__ == "__main__":
    main()
