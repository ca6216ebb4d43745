"""Facts made by rules read other facts: none may come to read itself.

A node is a fact's key, or "<key>:<option>" for one option of it: "crm.segment:<id>", "value.kind". What each reads is
said by the fact (`Fact.rules`). To read a fact is to read all its options.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rules.catalogue import Fact, Type, facts, find_fact
from rules.language.words import inside, singular

Reads = Mapping[str, Iterable[str]]
"""node -> the nodes it reads."""


def reads_in(raw: Any) -> set[str]:
    """Nodes that stand in the JSON of conditions, also of some that cannot be read as a whole any more."""
    if isinstance(raw, list):
        return {node for child in raw for node in reads_in(child)}
    if not isinstance(raw, dict):
        return set()
    found = {node for child in raw.values() for node in reads_in(child)}
    key = raw.get("fact")
    return found | (_asked_for(key, raw.get("value")) if isinstance(key, str) else set())


def _asked_for(key: str, value: Any) -> set[str]:
    """Of a SET each option has its own rule; of another fact one rule makes them all."""
    fact = find_fact(key)
    if fact is None or fact.rules is None or fact.type is not Type.SET or not isinstance(value, list):
        return {key}
    return {f"{key}:{option}" for option in value if isinstance(option, str)}


def edges() -> dict[str, set[str]]:
    """What every fact made by rules reads today."""
    return {
        f"{fact.key}:{option}": set(keys)
        for fact in facts
        if fact.rules is not None
        for option, keys in fact.rules().items()
    }


def find_cycle(new: Reads, known: Reads | None = None) -> list[str] | None:
    """The shortest circle that `new` would close, its first node again at the end; None where there is none.

    `new` says what some nodes will read in place of what they read now; `known` what the others read (`edges`).
    """
    graph = {node: set(reads) for node, reads in (edges() if known is None else known).items()}
    for node, reads in new.items():
        graph |= {other: set(reads) for other in graph if other.startswith(f"{node}:")}
        graph[node] = set(reads)
    return next((circle for node in new if (circle := _circle(node, graph))), None)


def _circle(start: str, graph: Mapping[str, set[str]]) -> list[str] | None:
    came: dict[str, str] = {}
    nodes = [start]
    for node in nodes:  # grows while it is walked
        for following in sorted(_next(node, graph)):
            if following == start or _holds(following, start) or _holds(start, following):
                return _way(came, start, node)
            if following not in came:
                came[following] = node
                nodes.append(following)
    return None


def _next(node: str, graph: Mapping[str, set[str]]) -> set[str]:
    found = set(graph.get(node, ()))
    return found.union(*(reads for other, reads in graph.items() if _holds(node, other)))


def _holds(fact: str, option: str) -> bool:
    """Whether the one is a fact and the other an option of it."""
    return option.startswith(f"{fact}:")


def _way(came: Mapping[str, str], start: str, last: str) -> list[str]:
    steps = [last]
    while steps[-1] != start:
        steps.append(came[steps[-1]])
    return [*reversed(steps), start]


def cycle_words(circle: Sequence[str], names: Mapping[str, str] | None = None) -> str:
    """ "Segment “A” reads segment “B”, which reads segment “A”." `names`: of nodes that are not stored yet."""
    said = [names[node] if names and node in names else node_words(node) for node in circle]
    text = f"{said[0]} reads {', which reads '.join(said[1:])}"
    return f"{text[:1].upper()}{text[1:]}."


def node_words(node: str) -> str:
    """A node by its name: "segment “A”", "kind of customer"."""
    key, _, option = node.partition(":")
    fact = find_fact(key)
    if fact is None:
        return key
    return f"{singular(inside(fact.label))} “{_label(fact, option)}”" if option else inside(fact.label)


def _label(fact: Fact, option: str) -> str:
    return next(
        (label for value, label in (fact.options() if fact.options else ()) if value == option), option
    )
