"""Where the services of this checkout keep their data, and what they share: secrets, ports, a lock."""

import errno
import fcntl
import json
import os
import secrets
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
SECRETS = ("postgres", "migrator", "app", "valkey", "secret_key")
ROOM_FOR_A_NEW_CLUSTER = 300 * 1024 * 1024  # bytes
ROOM_TO_WORK = 64 * 1024 * 1024


class LocalError(Exception):
    """What the person at the keyboard can put right, said in one line."""


@dataclass(frozen=True)
class Place:
    """A folder of services: `var/` keeps what it is given, `var/test/` is fast and forgets."""

    folder: Path
    durable: bool

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One process at a time starts or stops services here."""
        make_folder(self.folder)
        with open(self.folder / ".lock", "w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def secrets(self) -> dict[str, str]:
        """The passwords of this place, made once, readable by their owner only."""
        path = self.folder / "secrets.json"
        if not path.exists():
            write_private(path, json.dumps({name: secrets.token_urlsafe(48) for name in SECRETS}))
        return dict(json.loads(path.read_text()))

    def port(self, service: str) -> int:
        """The port this service had last time if it is still free, else a free one (kept)."""
        path = self.folder / f"{service}.port"
        known = int(path.read_text()) if path.exists() else 0
        port = known if known and port_is_free(known) else free_port()
        path.write_text(str(port))
        return port


RUN = Place(CHECKOUT / "var", durable=True)
TEST = Place(CHECKOUT / "var" / "test", durable=False)


def in_one_line(error: Exception) -> str:
    """What went wrong, without a traceback: it was the machine, not the program."""
    if not isinstance(error, OSError):
        return str(error)
    where = error.filename or CHECKOUT
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk is full ({where}). Make room and start again; nothing was lost."
    return f"{error.strerror}: {where}"


def make_folder(path: Path, *, mode: int = 0o755) -> Path:
    try:
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise LocalError(f"Cannot make the folder {path}: {error.strerror}.") from error
    return path


def write_private(path: Path, text: str) -> None:
    """Whole or not at all, mode 0600, on the disk before the name appears."""
    draft = path.with_suffix(f".{os.getpid()}")
    with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as handle:
        handle.write(text)
        handle.flush()
        os.fsync(handle.fileno())
    draft.rename(path)


def check_room(folder: Path, *, needed: int) -> None:
    """Refuses to start a server that would stop in the middle of its first write."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise LocalError(
            f"The disk that holds {folder} is full: {free >> 20} MB free, {needed >> 20} MB needed."
            " Make room and start again; nothing was lost."
        )


def port_is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


def is_alive(pid: int) -> bool:
    """Whether this process exists and has not merely waited to be collected."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return _state(pid) != "Z"


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "?"


def tail(path: Path, lines: int = 40) -> list[str]:
    """The last lines of a log, for the one that explains a failure."""
    try:
        return path.read_text(errors="replace").splitlines()[-lines:]
    except OSError:
        return []
