"""The processes that `make run` starts: their log lines, their restarts, their end."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from config.local.place import CHECKOUT, make_folder

Process = subprocess.Popen[str]
Say = Callable[[str, str], None]
LONGEST_PAUSE = 30.0
CALM_SECONDS = 60.0
LOG_BYTES = 10 * 1024 * 1024


@dataclass
class Child:
    """One long-lived process, started again with growing pauses whenever it ends by itself."""

    name: str
    command: list[str]
    log: Path
    patience: float  # seconds between SIGTERM and SIGKILL
    process: Process | None = field(default=None, init=False)
    _began: float = field(default=0.0, init=False)
    _due: float = field(default=0.0, init=False)
    _pause: float = field(default=0.5, init=False)

    def start(self, environment: Mapping[str, str], say: Say) -> None:
        self.process = spawn(self.command, environment)
        self._began, self._due = time.monotonic(), 0.0
        threading.Thread(target=self._copy, args=(self.process, say), daemon=True).start()

    def check(self, environment: Mapping[str, str], say: Say) -> None:
        """Called every second or so: notices an unexpected end, and starts again when it is time."""
        if self.process is None or self.process.poll() is None:
            return
        if not self._due:
            calm = time.monotonic() - self._began > CALM_SECONDS
            self._pause = 1.0 if calm else min(self._pause * 2, LONGEST_PAUSE)
            self._due = time.monotonic() + self._pause
            say(
                "run",
                f"{self.name} {_ending(self.process.returncode)}; it starts again in {self._pause:.0f} s",
            )
        elif time.monotonic() >= self._due:
            kill_family(self.process.pid)
            self.start(environment, say)

    def stop(self, hurried: Callable[[], bool]) -> None:
        """SIGTERM, then SIGKILL to the whole family once our patience, or the user's, is over."""
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
        deadline = time.monotonic() + self.patience
        while self.process.poll() is None and time.monotonic() < deadline and not hurried():
            time.sleep(0.05)
        kill_family(self.process.pid)
        self.process.wait()
        self.process = None

    def _copy(self, process: Process, say: Say) -> None:
        with open_log(self.log) as log:
            for line in process.stdout or ():
                log.write(line)
                log.flush()
                if line.strip():
                    say(self.name, line.rstrip())


def spawn(command: list[str], environment: Mapping[str, str], *, errors_apart: bool = False) -> Process:
    """A process that dies with this one, in a session of its own: Ctrl-C reaches us, and we stop it."""
    leash = [sys.executable, "-m", "config.local.leash", str(os.getpid())]
    return subprocess.Popen(
        [*leash, *command],
        cwd=CHECKOUT,
        env=dict(environment),
        text=True,
        errors="replace",
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if errors_apart else subprocess.STDOUT,
        start_new_session=True,
    )


def kill_family(leader: int) -> None:
    """SIGKILL to what is left of a session that `spawn` began."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def open_log(path: Path) -> IO[str]:
    make_folder(path.parent)
    if path.exists() and path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".old.log"))
    return open(path, "a")


def _ending(code: int) -> str:
    return f"was killed (signal {-code})" if code < 0 else f"ended (exit code {code})"
