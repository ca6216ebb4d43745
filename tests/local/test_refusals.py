"""What `make run` refuses: one clear line, exit code 1, no traceback, nothing started."""

import fcntl
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.local.conftest import launch


def _is_one_line(answer: subprocess.CompletedProcess[str]) -> bool:
    return answer.returncode == 1 and answer.stderr.count("\n") == 1 and "Traceback" not in answer.stderr


def test_a_taken_port_names_the_way_out(small_checkout: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        answer = launch(small_checkout, PORT=str(port))
    assert _is_one_line(answer)
    assert answer.stderr.startswith(f"Port {port} is taken by another program.")
    assert f"make run PORT={port + 1}" in answer.stderr
    assert not (small_checkout / "var" / "postgres").exists()


@pytest.mark.parametrize("port", ["abc", "0", "70000", "-1"])
def test_no_port_number(small_checkout: Path, port: str) -> None:
    answer = launch(small_checkout, PORT=port)
    assert _is_one_line(answer)
    assert f"PORT={port} is no port number" in answer.stderr


def test_a_second_launcher_says_where_the_first_one_is(small_checkout: Path) -> None:
    (small_checkout / "var").mkdir()
    state = {"pid": 4711, "address": "http://127.0.0.1:8765/", "children": []}
    (small_checkout / "var" / "run.json").write_text(json.dumps(state))
    with open(small_checkout / "var" / "run.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        answer = launch(small_checkout)
    assert _is_one_line(answer)
    assert "already runs at http://127.0.0.1:8765/ (process 4711)" in answer.stderr


def test_half_an_address(small_checkout: Path) -> None:
    answer = launch(small_checkout, PORT="58231", DATABASE_URL="postgres://a:b@127.0.0.1:1/x")
    assert answer.returncode == 1
    assert "DATABASE_MIGRATOR_URL is needed too" in answer.stderr
    assert "Traceback" not in answer.stderr


def test_an_address_in_the_env_file_counts(small_checkout: Path) -> None:
    (small_checkout / ".env").write_text("DATABASE_URL=postgres://a:b@127.0.0.1:1/x\n")
    assert "DATABASE_MIGRATOR_URL is needed too" in launch(small_checkout, PORT="58232").stderr


def test_a_folder_that_cannot_be_made(small_checkout: Path) -> None:
    (small_checkout / "var").write_text("a file is in the way")
    answer = launch(small_checkout, PORT="58233")
    assert _is_one_line(answer)


def test_a_migration_that_fails_is_told_and_everything_stops(small_checkout: Path) -> None:
    (small_checkout / "manage.py").write_text("raise SystemExit('the migration is broken')\n")
    answer = launch(small_checkout, PORT="58234")
    assert answer.returncode == 1
    assert "manage.py migrate failed: the migration is broken" in answer.stderr
    assert not list((small_checkout / "var" / "postgres").resolve().glob("data/postmaster.pid"))


def test_orphans_of_a_killed_launcher_are_found_by_their_token(small_checkout: Path) -> None:
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    orphan = subprocess.Popen(words, env={**os.environ, "CORNERSHOP_RUN": "token"}, start_new_session=True)
    stranger = subprocess.Popen(words, start_new_session=True)
    (small_checkout / "var").mkdir()
    state = {"pid": 1, "address": "", "token": "token", "children": [orphan.pid, stranger.pid]}
    (small_checkout / "var" / "run.json").write_text(json.dumps(state))
    (small_checkout / "manage.py").write_text("raise SystemExit(1)\n")
    try:
        launch(small_checkout, PORT="58235")
        assert orphan.wait(30) < 0
        assert stranger.poll() is None
    finally:
        stranger.kill()
        orphan.kill()
