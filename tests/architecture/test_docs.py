"""What the documents name exists: a stranger follows them by hand."""

import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from rules.catalogue import find_fact, find_relation
from tenancy.selectors.isolation import DEFINER_FUNCTIONS

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
ROOMS = ("tenancy", "rules", "crm", "privacy", "value", "portfolios", "interactions", "desk", "config")


def quoted(document: Path) -> Iterator[str]:
    yield from re.findall(r"`([^`\n]+)`", document.read_text())


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda d: str(d.relative_to(ROOT)))
def test_paths_and_names_exist(document: Path) -> None:
    wrong = [name for name in quoted(document) if not _exists(document, name)]
    assert wrong == []


def _exists(document: Path, name: str) -> bool:
    """A path of the repository or beside the document, or a dotted name of ours; anything else is not ours to judge."""
    if re.fullmatch(rf"({'|'.join(ROOMS)})(\.\w+)+", name) and not name.endswith((".md", ".py")):
        return (
            name.split(".")[-1] == name.split(".")[-1].upper() or _resolves(name) or _is_said_elsewhere(name)
        )
    if re.fullmatch(rf"({'|'.join(ROOMS)}|tests|docs|bench|scripts|static|templates)/[\w./-]*", name):
        return (ROOT / name).exists()
    if re.fullmatch(r"[\w-]+/[\w-]+\.md", name):
        return (document.parent / name).exists()
    return True


def _resolves(name: str) -> bool:
    module, rest = name, []
    while module:
        try:
            found = importlib.import_module(module)
        except ImportError:
            module, _, last = module.rpartition(".")
            rest.insert(0, last)
            continue
        for part in rest:
            if not hasattr(found, part):
                return False
            found = getattr(found, part)
        return True
    return False


def _is_said_elsewhere(name: str) -> bool:
    """Facts stand in the catalogue; kinds of jobs, events, permissions are texts that some source file says."""
    relation = find_relation(name.rpartition(".")[0])
    if find_fact(name) or find_relation(name) or (relation and relation.fact(name)):
        return True
    return any(f'"{name}"' in path.read_text() for room in ROOMS for path in (ROOT / room).rglob("*.py"))


def test_commands_of_the_readme_exist() -> None:
    said = set(re.findall(r"manage\.py (\w+)", (ROOT / "README.md").read_text()))
    assert said <= set(get_commands())
    made = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`make ([a-z-]+)", (ROOT / "README.md").read_text())) <= made


def test_every_definer_function_is_in_the_threat_model() -> None:
    text = (ROOT / "docs" / "threat-model.md").read_text()
    rows = {
        name
        for line in text.splitlines()
        if line.startswith("| `")
        for name in re.findall(r"`(\w+)`", line.split("|")[1])
    }
    assert rows == DEFINER_FUNCTIONS
