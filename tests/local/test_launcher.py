"""`make run` with a small application of its own: started, watched over, killed, stopped."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from config.local.place import free_port, is_alive, port_is_free
from tests.local.conftest import launch

_MANAGE = """
import json, os, sys
import psycopg2
if sys.argv[1] == "migrate":
    connection = psycopg2.connect(os.environ["DATABASE_MIGRATOR_URL"])
    connection.cursor().execute("CREATE TABLE IF NOT EXISTS hits (at timestamptz DEFAULT now())")
    connection.commit()
elif sys.argv[1] == "demo":
    print(json.dumps({"logins": [{"email": "alice@shop.example", "password": "for the demo"}]}))
else:
    os.makedirs("staticfiles", exist_ok=True)
"""
_WSGI = """
import os, psycopg2
def application(environ, start_response):
    connection = psycopg2.connect(os.environ["DATABASE_URL"])
    with connection, connection.cursor() as cursor:
        cursor.execute("INSERT INTO hits DEFAULT VALUES")
        cursor.execute("SELECT count(*) FROM hits")
        count = cursor.fetchone()[0]
    connection.close()
    start_response("200 OK", [("Content-Type", "application/json")])
    private = sorted(name for name in os.environ if "MIGRATOR" in name or "SUPERUSER" in name)
    return [b'{"hits": %d, "private": %d}' % (count, len(private))]
"""
_CELERY = 'import os\nfrom celery import Celery\napp = Celery("small", broker=os.environ["REDIS_URL"])\n'
_SETTINGS = 'SECRET_KEY = "small"\nDATABASES = {}\nINSTALLED_APPS = []\n'


@dataclass
class Launched:
    checkout: Path
    port: int
    process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with open(self.checkout / "output", "w") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "config.local.run"],
                cwd=self.checkout,
                env={"PATH": os.environ["PATH"], "PORT": str(self.port)},
                stdout=output,
                stderr=output,
            )
        until(lambda: "Ctrl-C stops everything" in self.text() or self.process.poll() is not None)
        assert self.process.poll() is None, self.text()

    def text(self) -> str:
        return (self.checkout / "output").read_text()

    def state(self) -> dict:
        return json.loads((self.checkout / "var" / "run.json").read_text())

    def get(self) -> dict:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=10) as answer:
            return json.load(answer)

    def number(self, name: str) -> int:
        return int((self.checkout / "var" / name).resolve().read_text().split()[0])


def until(happens: Callable[[], object], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


@pytest.fixture
def launched(small_checkout: Path) -> Iterator[Launched]:
    files = {"manage.py": _MANAGE, "config/wsgi.py": _WSGI, "config/celery.py": _CELERY}
    for name, text in {**files, "config/settings.py": _SETTINGS, "requirements.txt": ""}.items():
        (small_checkout / name).write_text(text)
    made = Launched(small_checkout, free_port())
    made.start()
    yield made
    if made.process.poll() is None:
        made.process.kill()
    made.process.wait()


def test_it_serves_prints_the_logins_and_stops_on_ctrl_c(launched: Launched) -> None:
    assert f"Cornershop runs at http://127.0.0.1:{launched.port}/" in launched.text()
    assert "alice@shop.example  for the demo" in launched.text()
    assert launched.get()["private"] == 0
    second = launch(launched.checkout, PORT=str(free_port()))
    assert second.returncode == 1
    assert f"already runs at http://127.0.0.1:{launched.port}/" in second.stderr
    state = launched.state()
    launched.process.send_signal(signal.SIGINT)
    assert launched.process.wait(30) == 0
    assert not [pid for pid in state["children"] if is_alive(pid)]
    assert not (launched.checkout / "var/postgres").resolve().joinpath("data/postmaster.pid").exists()
    assert port_is_free(launched.port)
    assert "Traceback" not in launched.text()


@pytest.mark.slow
def test_whatever_falls_comes_back(launched: Launched) -> None:
    before = launched.get()["hits"]
    os.kill(launched.number("postgres/data/postmaster.pid"), signal.SIGKILL)
    until(lambda: "postgres is back" in launched.text())
    os.kill(launched.number("valkey/server.pid"), signal.SIGKILL)
    until(lambda: "valkey is back" in launched.text())
    children = launched.state()["children"]
    for pid in children:
        os.kill(pid, signal.SIGKILL)
    until(lambda: not set(children) & set(launched.state()["children"]))
    until(lambda: _answers(launched))
    assert launched.get()["hits"] > before
    for said in ("postgres ended", "valkey ended", "web was", "worker was", "beat was"):
        assert said in launched.text()


def _answers(launched: Launched) -> bool:
    try:
        return bool(launched.get())
    except OSError:
        return False


@pytest.mark.slow
def test_a_killed_launcher_takes_its_children_along_and_the_next_adopts_the_rest(launched: Launched) -> None:
    before = launched.get()["hits"]
    server, children = launched.number("postgres/data/postmaster.pid"), launched.state()["children"]
    launched.process.kill()
    launched.process.wait()
    until(lambda: not [pid for pid in children if is_alive(pid)])
    launched.start()
    assert launched.number("postgres/data/postmaster.pid") == server
    assert launched.get()["hits"] > before
    launched.process.send_signal(signal.SIGTERM)
    assert launched.process.wait(30) == 0


@pytest.mark.slow
def test_make_stop_ends_it_from_elsewhere(launched: Launched) -> None:
    subprocess.run([sys.executable, "-m", "config.local.run", "stop"], cwd=launched.checkout, check=True)
    assert launched.process.wait(30) == 0
    assert not (launched.checkout / "var" / "run.json").exists()
