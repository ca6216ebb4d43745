"""PostgreSQL and Valkey of a checkout: started, found again, killed, in the way, out of room."""

import os
import signal
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg2
import pytest
import redis

from config.local import postgres, services, unprivileged, valkey
from config.local.place import CHECKOUT, LocalError, Place, is_alive
from tests.local.conftest import ask


def _server_pid(place: Place) -> int:
    return int((postgres.data(place) / "postmaster.pid").read_text().split()[0])


def test_start_gives_addresses_that_answer(shared_place: Place) -> None:
    found = services.start(shared_place)
    assert ask(found["DATABASE_URL"], "SELECT session_user, current_user") == [("cornershop_app",) * 2]
    assert ask(found["DATABASE_MIGRATOR_URL"], "SELECT current_user") == [("cornershop_owner",)]
    assert redis.Redis.from_url(found["REDIS_URL"]).ping()


def test_accents_have_small_letters_and_trigrams(shared_place: Place) -> None:
    url = services.start(shared_place)["DATABASE_URL"]
    assert ask(url, "SELECT lower('ÉÀ'), array_length(show_trgm('é'), 1)") == [("éà", 2)]


def test_make_run_keeps_what_it_is_given(shared_place: Place) -> None:
    url = services.start(shared_place)["DATABASE_URL"]
    names = ("fsync", "synchronous_commit", "full_page_writes")
    assert [ask(url, f"SHOW {name}") for name in names] == [[("on",)]] * 3


def test_second_start_adopts_what_runs(shared_place: Place) -> None:
    first = services.start(shared_place)
    pid = _server_pid(shared_place)
    assert services.start(shared_place) == first
    assert _server_pid(shared_place) == pid


def test_data_and_addresses_survive_a_stop(place: Place) -> None:
    first = services.start(place)
    ask(first["DATABASE_MIGRATOR_URL"], "CREATE TABLE kept AS SELECT 7 AS number")
    services.stop(place)
    assert services.lost(place) == services.BOTH
    assert services.start(place) == first
    assert ask(first["DATABASE_URL"], "SELECT number FROM kept") == [(7,)]


def test_killed_servers_come_back_with_their_data(place: Place) -> None:
    first = services.start(place)
    ask(first["DATABASE_MIGRATOR_URL"], "CREATE TABLE kept AS SELECT 7 AS number")
    redis.Redis.from_url(first["REDIS_URL"]).set("kept", 7)
    time.sleep(1.1)  # appendfsync everysec
    os.kill(_server_pid(place), signal.SIGKILL)
    os.kill(int((valkey.folder(place) / "server.pid").read_text()), signal.SIGKILL)
    again = services.start(place)
    assert ask(again["DATABASE_URL"], "SELECT number FROM kept") == [(7,)]
    assert redis.Redis.from_url(again["REDIS_URL"]).get("kept") == b"7"


def test_a_stale_pid_that_now_belongs_to_somebody_else(place: Place) -> None:
    services.start(place)
    pidfile = postgres.data(place) / "postmaster.pid"
    lines = pidfile.read_text().splitlines()
    services.stop(place)
    pidfile.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    assert postgres.running(place) is None
    assert ask(services.start(place)["DATABASE_URL"], "SELECT 1") == [(1,)]
    assert is_alive(os.getpid())


def test_a_port_that_somebody_took_meanwhile_is_left_to_them(place: Place) -> None:
    first = services.start(place)
    taken = postgres.running(place)
    services.stop(place)
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", taken))
        other.listen()
        second = services.start(place)
    assert second["DATABASE_URL"] != first["DATABASE_URL"]
    assert ask(second["DATABASE_URL"], "SELECT 1") == [(1,)]


def test_secrets_and_data_are_for_their_owner_only(shared_place: Place) -> None:
    services.start(shared_place)
    assert (shared_place.folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert postgres.data(shared_place).stat().st_mode & 0o777 == 0o700
    assert (shared_place.folder / "postgres").stat().st_mode & 0o777 == 0o700
    assert valkey.folder(shared_place).stat().st_mode & 0o777 == 0o700
    assert not [line for line in _command_lines() if shared_place.secrets()["valkey"] in line]


def _command_lines() -> list[str]:
    return [path.read_bytes().decode(errors="replace") for path in Path("/proc").glob("[0-9]*/cmdline")]


def test_nobody_enters_without_the_password(shared_place: Place) -> None:
    url = services.start(shared_place)["DATABASE_SUPERUSER_URL"]
    with pytest.raises(psycopg2.OperationalError, match="password"):
        ask(url.replace(shared_place.secrets()["postgres"], "guessed"), "SELECT 1")


def test_a_full_disk_is_one_line_and_loses_nothing(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    first = services.start(place)
    ask(first["DATABASE_MIGRATOR_URL"], "CREATE TABLE kept AS SELECT 7 AS number")
    services.stop(place)
    monkeypatch.setattr(postgres, "ROOM_TO_WORK", 1 << 60)
    with pytest.raises(LocalError, match=r"^The disk that holds .* is full: .* nothing was lost\.$"):
        services.start(place)
    monkeypatch.undo()
    assert ask(services.start(place)["DATABASE_URL"], "SELECT number FROM kept") == [(7,)]


def test_broken_data_is_one_line_and_is_left_alone(place: Place) -> None:
    services.start(place)
    services.stop(place)
    control = postgres.data(place) / "global" / "pg_control"
    whole = control.read_bytes()
    control.write_bytes(b"")
    with pytest.raises(LocalError, match=r"its data is as it was: .*pg_control") as caught:
        services.start(place)
    assert "\n" not in str(caught.value)
    control.write_bytes(whole)
    assert ask(services.start(place)["DATABASE_URL"], "SELECT 1") == [(1,)]


@pytest.mark.slow
def test_the_tests_get_a_new_server_for_a_broken_one(place: Place) -> None:
    forgetful = Place(place.folder, durable=False)
    services.start(forgetful)
    services.stop(forgetful)
    (postgres.data(forgetful) / "global" / "pg_control").write_bytes(b"")
    assert ask(services.start(forgetful)["DATABASE_URL"], "SHOW fsync") == [("off",)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root hands the server to another user")
def test_root_copies_the_programs_where_their_user_cannot_reach_them(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unprivileged, "reachable", lambda path: False)
    assert ask(services.start(place)["DATABASE_URL"], "SELECT similarity('abc', 'abd') > 0") == [(True,)]
    program = Path(f"/proc/{_server_pid(place)}/exe").resolve()
    assert program.is_relative_to(unprivileged.home(place))
    assert program.stat().st_uid == 0


_START = """
import sys
from pathlib import Path
from config.local import services
from config.local.place import Place
print(services.start(Place(Path(sys.argv[1]), durable=True))["DATABASE_URL"])
"""


def test_many_processes_that_start_at_once_share_one_server(place: Place) -> None:
    def start(_: int) -> str:
        words = [sys.executable, "-c", _START, str(place.folder)]
        return subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=True).stdout

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(start, range(4)))) == 1
