"""What `make run` calls (`python -m config.local.run`), and with `stop` what `make stop` calls.

One launcher a checkout: a second says where the first one is. Whatever a killed launcher left behind
is ended or adopted by the next.
"""

import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from config.local import services
from config.local.children import kill_family
from config.local.launcher import STATE, Launcher
from config.local.place import RUN, TEST, LocalError, in_one_line, is_alive, make_folder, port_is_free


def run() -> None:
    port = _wanted_port()
    with _only_launcher():
        _bury_orphans()
        _refuse_taken(port)
        launcher = Launcher(port)
        try:
            launcher.serve()
        finally:
            launcher.stop()


def stop() -> None:
    """Ends the launcher, if one runs, and the services of `make run` and of the tests."""
    pid = int(_state().get("pid", 0)) if _is_locked() else 0
    if pid:
        os.kill(pid, signal.SIGTERM)
        while is_alive(pid) and _is_locked():
            time.sleep(0.1)
    for place in (RUN, TEST):
        if place.folder.exists():
            services.stop(place)


@contextlib.contextmanager
def _only_launcher() -> Iterator[None]:
    """The kernel gives the lock back however this process ends."""
    with open(make_folder(RUN.folder) / "run.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LocalError(
                f"Cornershop already runs at {_state().get('address', 'an unknown address')}"
                f" (process {_state().get('pid', '?')}). Stop it with Ctrl-C there, or with: make stop"
            ) from None
        yield


def _is_locked() -> bool:
    try:
        with _only_launcher():
            return False
    except LocalError:
        return True


def _state() -> dict[str, Any]:
    try:
        return dict(json.loads(STATE.read_text()))
    except (OSError, ValueError):
        return {}


def _bury_orphans() -> None:
    """Children of a launcher that was killed die with it (leash.py); the slow ones are hurried here."""
    state = _state()
    pids = [pid for pid in state.get("children", []) if _is_ours(pid, str(state.get("token")))]
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + 5
    while any(is_alive(pid) for pid in pids) and time.monotonic() < deadline:
        time.sleep(0.1)
    for pid in pids:
        kill_family(pid)


def _is_ours(pid: int, token: str) -> bool:
    try:
        return f"CORNERSHOP_RUN={token}".encode() in Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return False


def _wanted_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise LocalError(f"PORT={text} is no port number: it goes from 1 to 65535.")
    return int(text)


def _refuse_taken(port: int) -> None:
    if not port_is_free(port):
        raise LocalError(f"Port {port} is taken by another program. Choose another: make run PORT={port + 1}")


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def main(action: Callable[[], None]) -> int:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _interrupt)
    try:
        action()
    except KeyboardInterrupt:
        return 0
    except (LocalError, OSError) as error:
        print(in_one_line(error), file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(stop if sys.argv[1:] == ["stop"] else run))
