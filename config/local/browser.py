"""Prints the Chromium that the browser tests drive; gets one where none is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from config.local.place import LocalError

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_WHERE = """\
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    print(playwright.chromium.executable_path)
"""


def find() -> str:
    """CHROMIUM_PATH, one that is installed, or one that Playwright or apt-get installs now."""
    given = os.environ.get("CHROMIUM_PATH")
    if given and not Path(given).exists():
        raise LocalError(f"CHROMIUM_PATH={given} does not exist.")
    found = given or _installed() or _from_playwright() or _from_apt()
    if not found:
        raise LocalError("No Chromium here and none could be installed: set CHROMIUM_PATH, or BROWSER=0.")
    return found


def _installed() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def _from_playwright() -> str | None:
    print("No Chromium here: getting one with Playwright.", file=sys.stderr)
    if not _succeeds(sys.executable, "-m", "playwright", "install", "chromium"):
        return None
    asked = subprocess.run([sys.executable, "-c", _WHERE], capture_output=True, text=True)
    path = asked.stdout.strip()
    # A downloaded browser still lacks its libraries on a bare machine.
    return path if path and _succeeds(path, "--version") else None


def _from_apt() -> str | None:
    if os.geteuid() or not shutil.which("apt-get"):
        return None
    print("Getting Chromium with apt-get.", file=sys.stderr)
    wanted = ("apt-get", "install", "-y", "-q", "--no-install-recommends", "chromium")
    return _installed() if _succeeds("apt-get", "update", "-q") and _succeeds(*wanted) else None


def _succeeds(*command: str) -> bool:
    try:
        return subprocess.run(command, timeout=600, capture_output=True).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


if __name__ == "__main__":
    try:
        print(find())
    except LocalError as error:
        sys.exit(str(error))
