"""The parts of a tree that can be counted by themselves: every complete line and group, by its path in the form."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from rules.forms.component import as_group
from rules.forms.moves import children, mode_of
from rules.language.parse import MOST_LINES, read
from rules.language.tree import Node
from tenancy.access import Access


def countable_parts(raw: Any, prefix: str, access: Access) -> list[tuple[str, Node]]:
    """(path, condition) from top to bottom; the whole tree and what stands inside a measure are left out.

    Of a tree that is too large to be a rule only as many as a rule has: each is a statement.
    """
    found: list[tuple[str, Node]] = []
    for path, part in islice(_parts(as_group(raw), prefix), MOST_LINES):
        node, problems = read(part, currency=access.profile.currency, access=access)
        if not problems and node.of:
            found.append((path, node))
    return found


def _parts(group: dict[str, Any], path: str) -> Iterator[tuple[str, Any]]:
    for number, child in enumerate(children(group)):
        here = f"{path}-{number}"
        yield here, child
        if isinstance(child, dict) and mode_of(child) and isinstance(child[mode_of(child)], list):
            yield from _parts(child, here)
