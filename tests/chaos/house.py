"""A whole installation of its own under var/chaos, whose parts can be killed."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import redis
from django.db import OperationalError, connection

from config.local import postgres, services, valkey
from config.local.place import CHECKOUT, Place

PLACE = Place(CHECKOUT / "var" / "chaos", durable=True)


class House:
    """PostgreSQL, Valkey, two workers and a beat; each is a real process."""

    def __init__(self) -> None:
        self.environment = {**os.environ, **services.start(PLACE)}
        self.environment["DJANGO_SETTINGS_MODULE"] = "tests.chaos.settings"
        self.children: dict[str, subprocess.Popen[bytes]] = {}

    def manage(self, *arguments: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *arguments], env=self.environment, cwd=CHECKOUT, check=True
        )

    def start(self, name: str) -> None:
        role = ["beat", "-s", str(PLACE.folder / f"{name}.schedule"), "--pidfile="] if name.startswith("beat") else [
            "worker", "-c", "1", "-n", name
        ]  # fmt: skip
        with open(PLACE.folder / f"{name}.log", "ab") as log:
            self.children[name] = subprocess.Popen(
                [sys.executable, "-m", "celery", "-A", "config", *role, "-l", "WARNING"],
                env=self.environment, cwd=CHECKOUT, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip

    def kill(self, name: str) -> None:
        """SIGKILL for the process and all it started: the machine's plug, not a good-bye."""
        os.killpg(self.children[name].pid, signal.SIGKILL)
        self.children.pop(name).wait()

    def kill_postgres(self) -> None:
        """SIGKILL for the server; it recovers from its log when it is started again."""
        kill_by_file(postgres.data(PLACE) / "postmaster.pid")
        services.start(PLACE)

    def kill_valkey(self) -> None:
        """Killed, and everything it kept on disk thrown away."""
        kill_by_file(valkey.folder(PLACE) / "server.pid")
        for kept in valkey.folder(PLACE).glob("appendonlydir/*"):
            kept.unlink()
        services.start(PLACE)

    def broker(self) -> "redis.Redis":
        return redis.Redis.from_url(self.environment["REDIS_URL"])

    def stop(self) -> None:
        for name in list(self.children):
            self.kill(name)
        services.stop(PLACE)


def kill_by_file(path: Path) -> None:
    os.kill(int(path.read_text().split()[0]), signal.SIGKILL)
    time.sleep(1)


@contextmanager
def house() -> Iterator[House]:
    """The installation, migrated; this process talks to it as the application."""
    services.stop(PLACE)
    shutil.rmtree(postgres.data(PLACE), ignore_errors=True)
    running = House()
    try:
        running.manage("migrate", "-v0")
        yield running
    finally:
        connection.close()
        running.stop()


def until(done: Callable[[], bool], *, seconds: float, every: float = 0.5) -> bool:
    """Wait for `done`; a database that is just restarting counts as not done."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if done():
                return True
        except OperationalError:
            connection.close()
        time.sleep(every)
    return False
