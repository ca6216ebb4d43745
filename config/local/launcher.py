"""One `make run`: prepare, start web, worker and beat, watch over all of it, stop in order."""

import json
import os
import secrets
import signal
import sys
import threading
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field

from config.local import assets, services
from config.local.children import Child, kill_family, open_log, spawn
from config.local.environment import run_environment, wanted_services, without_migrator
from config.local.place import RUN, LocalError, in_one_line, write_private

STATE = RUN.folder / "run.json"
LOGS = RUN.folder / "log"
SLOW_SECONDS = 120
_COLOURS = {"web": 36, "worker": 33, "beat": 35, "setup": 34, "run": 32}
_AS_ROOT = ("-W", "ignore:You're running the worker with superuser privileges")
_PRINTING = threading.Lock()
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Launcher:
    """Holds what runs; `serve` returns only by KeyboardInterrupt or LocalError, then call `stop`."""

    port: int
    environment: dict[str, str] = field(default_factory=dict)
    children: list[Child] = field(default_factory=list)
    token: str = field(default_factory=lambda: secrets.token_hex(16))
    _wanted: frozenset[str] = frozenset()
    _hurried: bool = False
    _repair_at: float = 0.0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def serve(self) -> None:
        began = time.monotonic()
        self._wanted = wanted_services()
        say("run", f"starting {' and '.join(sorted(self._wanted)) or 'on the services you gave'}")
        self._connect()
        self._write_state()
        logins = self._prepare()
        self.children = _children(self.port)
        self._start_children()
        self._await_ready(began)
        self._announce(logins, time.monotonic() - began)
        while True:
            self._watch()

    def stop(self) -> None:
        """Beat, web, worker, then the services; a second Ctrl-C waits for nobody."""
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._hurry)
        say("run", "stopping (Ctrl-C again: at once)")
        for child in self.children:
            child.stop(lambda: self._hurried)
        services.stop(RUN, self._wanted)
        STATE.unlink(missing_ok=True)
        say("run", "stopped; everything is kept in var/")

    def _hurry(self, *_: object) -> None:
        self._hurried = True

    def _connect(self) -> None:
        addresses = services.start(RUN, self._wanted)
        self.environment = {**run_environment(addresses), "CORNERSHOP_RUN": self.token}

    def _prepare(self) -> list[dict[str, str]]:
        say("setup", "migrating the database")
        self._manage("migrate", "--no-input", "--verbosity", "1")
        if not assets.are_collected():
            say("setup", "collecting static files")
            self._manage("collectstatic", "--no-input", "--verbosity", "0")
            assets.remember()
        say("setup", "loading the demo (the first time takes a while)")
        return _logins(self._manage("demo", "--json"))

    def _manage(self, *words: str) -> str:
        """Runs manage.py, shows what it says, returns its standard output."""
        process = spawn([sys.executable, "manage.py", *words], self.environment, errors_apart=True)
        complaints: list[str] = []
        reader = threading.Thread(target=_read, args=(process.stderr, complaints), daemon=True)
        reader.start()
        heard: list[str] = []
        try:
            _read(process.stdout, heard, quiet="--json" in words)
            reader.join()
            process.wait()
        finally:
            kill_family(process.pid)
        if process.returncode:
            last = ([line for line in complaints if line.strip()] or ["no message"])[-1]
            raise LocalError(f"manage.py {words[0]} failed: {last} ({LOGS / 'setup.log'})")
        return "\n".join(heard)

    def _start_children(self) -> None:
        for child in self.children:
            child.start(without_migrator(self.environment), say)
        self._write_state()

    def _await_ready(self, began: float) -> None:
        warned = False
        while not (answer := _readiness(self.address))[0]:
            self._watch()
            if not warned and time.monotonic() - began > SLOW_SECONDS:
                say("run", f"not ready yet: {answer[1]}")
                warned = True

    def _watch(self) -> None:
        time.sleep(0.5)
        before = [child.process and child.process.pid for child in self.children]
        for child in self.children:
            child.check(without_migrator(self.environment), say)
        if before != [child.process and child.process.pid for child in self.children]:
            self._write_state()
        lost = services.lost(RUN, self._wanted)
        if lost and time.monotonic() >= self._repair_at:
            self._repair(lost)

    def _repair(self, lost: frozenset[str]) -> None:
        """A service that died comes back, at the old address if it is still free."""
        names = " and ".join(sorted(lost))
        say("run", f"{names} ended; starting it again")
        before = self.environment
        try:
            self._connect()
        except (LocalError, OSError) as error:
            self._repair_at = time.monotonic() + 15
            say("run", f"{in_one_line(error)} Trying again in 15 s.")
            return
        say("run", f"{names} is back")
        if self.environment != before:
            for child in self.children:
                child.stop(lambda: self._hurried)
            self._start_children()

    def _write_state(self) -> None:
        pids = [child.process.pid for child in self.children if child.process]
        state = {"pid": os.getpid(), "address": self.address, "token": self.token, "children": pids}
        write_private(STATE, json.dumps(state))

    def _announce(self, logins: list[dict[str, str]], seconds: float) -> None:
        lines = ["", f"  Cornershop runs at {self.address}  (ready after {seconds:.0f} s)", ""]
        if logins:
            lines += ["  Demo logins:", *(f"    {line}" for line in _columns(logins)), ""]
        lines += ["  Ctrl-C stops everything. Data, mail and logs are in var/.", ""]
        with _PRINTING:
            print("\n".join(lines), flush=True)


def say(name: str, text: str) -> None:
    """One readable line, whoever it comes from; a terminal that has gone away is no reason to stop."""
    label = f"{name:6}"
    if sys.stdout.isatty():
        label = f"\033[{_COLOURS.get(name, 0)}m{label}\033[0m"
    try:
        with _PRINTING:
            print(f"{label} | {text}", flush=True)
    except OSError:
        return


def _children(port: int) -> list[Child]:
    """In the order in which they stop; the sources of work end before those who do it."""
    python = [sys.executable, "-m"]
    web = f"gunicorn config.wsgi --bind 127.0.0.1:{port} --worker-class gthread --workers 2 --threads 4"
    web += " --timeout 60 --graceful-timeout 10 --no-control-socket"
    worker = "celery -q -A config worker --loglevel INFO --concurrency 2 --without-gossip --without-mingle"
    beat = "celery -q -A config beat --loglevel WARNING --pidfile="
    return [
        Child("beat", [*python, *beat.split(), "--schedule", str(RUN.folder / "beat")], LOGS / "beat.log", 5),
        Child("web", [*python, *web.split()], LOGS / "web.log", 15),
        Child("worker", [sys.executable, *_AS_ROOT, "-m", *worker.split()], LOGS / "worker.log", 30),
    ]


def _read(stream: object, lines: list[str], *, quiet: bool = False) -> None:
    with open_log(LOGS / "setup.log") as log:
        for line in stream or ():  # type: ignore[attr-defined]
            log.write(line)
            lines.append(line.rstrip())
            if not quiet:
                say("setup", line.rstrip())


def _readiness(address: str) -> tuple[bool, str]:
    try:
        with _DIRECT.open(f"{address}readyz", timeout=5) as answer:
            return answer.status == 200, ""
    except urllib.error.HTTPError as error:
        return False, error.read(300).decode(errors="replace")
    except OSError as error:
        return False, str(error)


def _logins(text: str) -> list[dict[str, str]]:
    try:
        return list(json.loads(text).get("logins", []))
    except (ValueError, AttributeError):
        return []


def _columns(rows: list[dict[str, str]]) -> list[str]:
    table = [[str(value) for value in row.values()] for row in rows]
    widths = [max(len(row[at]) for row in table if at < len(row)) for at in range(max(map(len, table)))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)) for row in table]
