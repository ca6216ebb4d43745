"""A whole Cornershop for the stories: its own database and Redis number, web, worker, beat and a post office."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

import psycopg2
import redis

from config.local.place import CHECKOUT
from tenancy.db.roles import database_sql
from tests.post_office import PostOffice, post_office

LOGS = CHECKOUT / "var" / "stories"
FIRST_REDIS, REDIS_NUMBERS = 16, 40
START_SECONDS, STOP_SECONDS = 60, 10
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_WEB = "-m gunicorn config.wsgi -b 127.0.0.1:{port} -w 1 -k gthread --threads 6 --no-control-socket"
_WORKER = "-m celery -q -A config worker --concurrency 1 --without-gossip --without-mingle -l WARNING"
_BEAT = "-m celery -q -A config beat -l WARNING --pidfile= --schedule {folder}/beat-{port}"


class Installation:
    """Runs as long as `installation()` is open; `address` ends without a slash, `office` keeps the letters."""

    def __init__(self, database: str, office: PostOffice) -> None:
        self.port = _free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        self.office = office
        self.environment = _environment(database) | {"PUBLIC_URL": self.address, "EMAIL_URL": office.url}
        self.children: list[subprocess.Popen[bytes]] = []

    def manage(self, *words: str) -> dict[str, Any]:
        """What a manage.py command with --json says."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words, "--json"],
            env=self.environment, cwd=CHECKOUT, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout.strip().splitlines()[-1]))

    def shell(self, code: str) -> None:
        """Run lines inside, as whoever runs the installation would."""
        done = subprocess.run(
            [sys.executable, "manage.py", "shell", "--no-imports", "-c", code],
            env=self.environment, cwd=CHECKOUT, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr

    def start(self) -> None:
        """Web, worker and beat; they die with this process, however it ends."""
        leash = [sys.executable, "-m", "config.local.leash", str(os.getpid()), sys.executable]
        for name, words in (("web", _WEB), ("worker", _WORKER), ("beat", _BEAT)):
            with open(LOGS / f"{name}.log", "wb") as log:
                command = words.format(port=self.port, folder=LOGS).split()
                child = subprocess.Popen(
                    [*leash, *command], env=self.environment, cwd=CHECKOUT, stdout=log, stderr=log,
                    start_new_session=True,
                )  # fmt: skip
                self.children.append(child)

    def await_ready(self) -> None:
        """Until web, worker and beat all answer for themselves."""
        deadline = time.monotonic() + START_SECONDS
        while (said := self._readiness()) != "ready":
            assert time.monotonic() < deadline, f"{said} ({LOGS})"
            time.sleep(0.2)

    def stop(self) -> None:
        for child in self.children:
            child.terminate()
        for child in self.children:
            try:
                child.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        redis.Redis.from_url(self.environment["REDIS_URL"]).flushdb()

    def _readiness(self) -> str:
        try:
            with _DIRECT.open(f"{self.address}/readyz", timeout=5):
                return "ready"
        except urllib.error.HTTPError as error:
            return error.read(300).decode(errors="replace")
        except OSError as error:
            return str(error)


@contextmanager
def installation(template: str) -> Iterator[Installation]:
    """Both demo companies in a clone of the migrated database `template`, served, worked for and scheduled."""
    LOGS.mkdir(parents=True, exist_ok=True)
    name = f"stories_{os.getpid()}_{secrets.token_hex(3)}"
    with post_office() as office, closing(_superuser("postgres")) as server, server.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        with closing(_superuser(name)) as inside, inside.cursor() as inner:
            inner.execute(database_sql())
        running = Installation(name, office)
        try:
            running.manage("demo")
            running.start()
            running.await_ready()
            yield running
        finally:
            running.stop()
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def _environment(database: str) -> dict[str, str]:
    """Of the children: as the application role, with nothing of the owner's."""
    here = dict(os.environ)
    for secret in ("DATABASE_MIGRATOR_URL", "DATABASE_SUPERUSER_URL"):
        here.pop(secret, None)
    return here | {
        "DJANGO_SETTINGS_MODULE": "tests.stories.settings",
        "DATABASE_URL": _with_last_part(os.environ["DATABASE_URL"], database),
        "REDIS_URL": _claim_redis(),
        "WORKER_CONCURRENCY": "1",
    }


def _claim_redis() -> str:
    """The address of a number that no other installation uses, emptied; the claim ends with `stop` or in an hour."""
    for number in range(FIRST_REDIS, FIRST_REDIS + REDIS_NUMBERS):
        url = _with_last_part(os.environ["REDIS_URL"], str(number))
        server = redis.Redis.from_url(url)
        if server.set("stories", os.getpid(), nx=True, ex=3600):
            server.flushdb()
            server.set("stories", os.getpid(), ex=3600)
            return url
    raise RuntimeError("Every Redis number is taken by other stories.")


def _with_last_part(url: str, part: str) -> str:
    head, _, _ = url.rpartition("/")
    return f"{head}/{part}"


def _superuser(database: str) -> "psycopg2.extensions.connection":
    url = _with_last_part(os.environ["DATABASE_SUPERUSER_URL"], database)
    connection = psycopg2.connect(url.replace("postgres://", "postgresql://"))
    connection.autocommit = True
    return connection


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])
