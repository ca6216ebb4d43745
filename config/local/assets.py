"""Collecting the static files, only when they changed: hashing and compressing them takes seconds."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

from config.local.place import CHECKOUT, RUN

_STAMP = RUN.folder / "assets.stamp"


def are_collected() -> bool:
    known = _STAMP.read_text() if _STAMP.exists() else ""
    return (CHECKOUT / "staticfiles").exists() and known == _fingerprint()


def remember() -> None:
    _STAMP.write_text(_fingerprint())


def _fingerprint() -> str:
    parts = [f"{path}:{path.stat().st_mtime_ns}:{path.stat().st_size}" for path in _sources()]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def _sources() -> Iterator[Path]:
    """Our own files, and the list of packages that bring others."""
    yield CHECKOUT / "requirements.txt"
    yield from sorted(path for path in (CHECKOUT / "static").rglob("*") if path.is_file())
