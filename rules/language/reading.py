"""The plain-language reading of a tree: "customers in Germany whose last order is more than 90 days ago".

A fact says how it reads with `phrases`, which follow the noun: {"one_of": "in {value}"}, {"any": "who have {value}"}
("4 orders or more", for every operator with a value that is not a "not"). Without, "whose <label> is ...".
A phrase that begins with neither "who", "whose" nor "with" stands right after the noun.

Lines of one group are joined by "and" or "or", groups by commas, groups of groups by semicolons, what lies deeper
stands in brackets: the strength of a mark follows the depth of what it parts, so that a reading has one meaning.
In a group of groups the lines come first.
"""

import re
from dataclasses import dataclass
from typing import Final

from rules.catalogue import Fact, Relation, Type
from rules.language.comparing import Words, amount, joined, label_words, names_its_unit, verb
from rules.language.tree import Group, Measure, Mode, Node, Op, Test, What
from rules.language.words import Vocabulary, inside, singular
from rules.moment import Setting

__all__ = ["Words", "line", "phrase", "reading", "sentence"]

_LEADS: Final = ("whose ", "who ", "whom ", "with ", "for whom ")
_NEGATIVE: Final = frozenset({Op.NOT_ONE_OF, Op.HAS_NONE, Op.KNOWN, Op.UNKNOWN, Op.YES, Op.NO})
_ALL: Final = Group(Mode.ALL)
_NOBODY: Final = Group(Mode.ANY)
_DEEP: Final = 3
"""Groups of this depth stand in brackets."""
_SUFFIX: Final = re.compile(" or (more|less|fewer)$")


@dataclass(frozen=True)
class _Part:
    """One line or group, as it follows the noun. `depth` is 0 for a line, 1 for a group of lines."""

    lead: str
    words: tuple[Words, ...]
    depth: int = 0
    mode: Mode = Mode.ALL

    @property
    def order(self) -> int:
        """Right after the noun, then what begins with "whose" or "who", then "with"."""
        return {"": 0, "with ": 2}.get(self.lead, 1)

    def with_lead(self) -> tuple[Words, ...]:
        return (Words(self.lead), *self.words) if self.lead else self.words


def reading(
    node: Node, setting: Setting, *, words: Vocabulary | None = None, noun: str = "customers"
) -> list[Words]:
    """A tree in words. `words`: a vocabulary to share between several readings of one page."""
    return _tidy(_noun(noun, _plain(node), words or Vocabulary(setting), None))


def phrase(node: Node, setting: Setting, *, words: Vocabulary | None = None) -> str:
    """The reading as text, to stand inside a sentence."""
    return "".join(part.text for part in reading(node, setting, words=words))


def sentence(node: Node, setting: Setting, *, words: Vocabulary | None = None) -> str:
    """The reading as a sentence of its own."""
    text = phrase(node, setting, words=words)
    return f"{text[:1].upper()}{text[1:]}."


def line(node: Test | Measure, setting: Setting, *, words: Vocabulary | None = None) -> list[Words]:
    """One line by itself, as a filter's chip or an explanation says it: "Orders ever are 4 or more"."""
    words = words or Vocabulary(setting)
    if isinstance(node, Measure):
        found = _measure(node, words).words
        return _tidy((Words(found[0].text[:1].upper() + found[0].text[1:]), *found[1:]))
    fact, unit = node.fact, not names_its_unit(node.fact)
    label = fact.label[:1].upper() + fact.label[1:]
    said = amount(fact, node.operator, node.operand, words, unit=unit)
    if node.operator in (Op.YES, Op.NO):
        return _tidy((Words(f"{label}: "), *said))
    comma = "," if "," in fact.label else ""
    return _tidy((Words(f"{label}{comma} {verb(fact, node.operator)} "), *said))


def _plain(node: Node) -> Node:
    """The same condition without groups of one and groups in groups of their kind."""
    if not isinstance(node, Group):
        return node
    inner = Mode.ALL if node.mode is Mode.ALL else Mode.ANY
    children: list[Node] = []
    for child in map(_plain, node.of):
        children += child.of if isinstance(child, Group) and child.mode is inner else [child]
    only = children[0] if len(children) == 1 else None
    if only is not None and node.mode is not Mode.NONE:
        return only
    if isinstance(only, Group) and only.mode is Mode.NONE:
        return _plain(Group(Mode.ANY, only.of))
    return _ALL if node.mode is Mode.NONE and not children else Group(node.mode, tuple(children))


def _noun(noun: str, node: Node, words: Vocabulary, of: Relation | None) -> tuple[Words, ...]:
    """ "customers" with what is said about them."""
    everybody = noun if of else f"all {noun}"
    if node == _ALL:
        return (Words(everybody),)
    if node == _NOBODY and of is None:
        return (Words(f"no {noun}"),)
    if isinstance(node, Group) and node.mode is Mode.NONE:
        return (Words(f"{everybody} except those "), *_those(node, words, of))
    said = _part(node, words, of).with_lead()
    return (Words(f"{everybody if said[0].text.startswith('but ') else noun} "), *said)


def _part(node: Node, words: Vocabulary, of: Relation | None) -> _Part:
    if isinstance(node, Test):
        return _test(node, words, of)
    if isinstance(node, Measure):
        return _measure(node, words)
    if not node.of:
        return _Part("", (Words("of any kind" if node.mode is Mode.ALL else "in an empty group (nobody)"),))
    parts = [_part(child, words, of) for child in node.of]
    depth = 1 + max(part.depth for part in parts)
    if node.mode is Mode.NONE:
        return _Part("", _those(node, words, of), depth, Mode.NONE)
    said = _run(parts, node.mode) if depth == 1 else _groups(parts, node.mode)
    return _Part("", said, depth, node.mode)


def _those(group: Group, words: Vocabulary, of: Relation | None) -> tuple[Words, ...]:
    """What a none-group leaves out; "those " stands before it."""
    return _part(_plain(Group(Mode.ANY, group.of)), words, of).with_lead()


def _run(parts: list[_Part], mode: Mode) -> tuple[Words, ...]:
    """Lines of one group: "in Germany whose value is $100 or more and who have 4 orders or more"."""
    if mode is Mode.ALL:
        near = sorted((part.words for part in parts if part.order == 0), key=_is_later)
        far = sorted((part for part in parts if part.order), key=lambda part: part.order)
        gap = (Words(" "),) if near and far else ()
        return (*_beside(near), *gap, *joined(_led(far), "and"))
    if len(parts) < 3:
        return joined(_led(parts), "or")
    if all(part.lead == "who " for part in parts):
        return (Words("who either "), *joined([part.words for part in parts], "or"))
    return (Words("either "), *joined(_led(parts), "or"))


def _is_later(words: tuple[Words, ...]) -> bool:
    """ "Orders of $50 or more in the last 90 days", not the other way round."""
    return not words[0].text.startswith("of ")


def _beside(near: list[tuple[Words, ...]]) -> tuple[Words, ...]:
    """What stands right after the noun: "of $50 or more in the last 90 days", "in Germany and in VIP"."""
    found: list[Words] = []
    before = ""
    for words in near:
        first = words[0].text.split(" ")[0]
        found += [Words(" and " if first == before else " ")] * bool(found) + list(words)
        before = first
    return tuple(found)


def _led(parts: list[_Part]) -> list[tuple[Words, ...]]:
    """Each with its lead; a second "who" in a row is left out."""
    found, before = [], ""
    for part in parts:
        found.append(part.words if part.lead == before == "who " else part.with_lead())
        before = part.lead
    return found


def _groups(parts: list[_Part], mode: Mode) -> tuple[Words, ...]:
    lines = [part for part in parts if part.depth == 0]
    groups = sorted((part for part in parts if part.depth), key=lambda part: part.mode is Mode.NONE)
    mark = "; " if max(part.depth for part in groups) > 1 else ", "
    found = _run(lines, mode) if lines else ()
    before = None
    for group in groups:
        negative = mode is Mode.ALL and group.mode is Mode.NONE
        but = "but not those " if before is not True else "and not those "
        link = but if negative else f"{'and' if mode is Mode.ALL else 'or'} "
        if not found and not negative:
            link = ""
        opening = Words((mark if found else "") + link)
        found = (*found, *([opening] if opening.text else []), *_inside(group, negative=negative))
        before = negative
    return found


def _inside(group: _Part, *, negative: bool) -> tuple[Words, ...]:
    said = group.with_lead()
    said = said if group.depth < _DEEP else (Words("("), *said, Words(")"))
    return (Words("who are not among those "), *said) if group.mode is Mode.NONE and not negative else said


def _test(test: Test, words: Vocabulary, of: Relation | None) -> _Part:
    fact, operator = test.fact, test.operator
    template = fact.phrases.get(operator) or ("" if operator in _NEGATIVE else fact.phrases.get("any", ""))
    if template:
        plain = operator in fact.phrases
        return _phrase(template, _value(test, words) if plain else _amount(test, words))
    if of is not None and _is_the_day(fact, of) and operator not in _NEGATIVE:
        return _Part("", _amount(test, words))
    said = amount(fact, operator, test.operand, words, unit=not names_its_unit(fact))
    if fact.type is Type.FLAG and operator in (Op.YES, Op.NO):
        return _Part("where " if of else "for whom ", (Words(f"“{inside(fact.label)}” is "), *said))
    return _Part("whose ", (Words(f"{label_words(fact)} {verb(fact, operator)} "), *said))


def _is_the_day(fact: Fact, of: Relation) -> bool:
    """Whether a day of a related row can only be this fact: "orders in the last 30 days"."""
    days = [entry for entry in of.facts if entry.type in (Type.DATE, Type.MOMENT)]
    return days == [fact]


def _value(test: Test, words: Vocabulary) -> tuple[Words, ...]:
    """The value alone, for a phrase that says the comparison itself."""
    if test.operator in (Op.KNOWN, Op.UNKNOWN, Op.YES, Op.NO):
        return ()
    said = amount(test.fact, test.operator, test.operand, words)
    chosen = " to ".join(part.text for part in said if part.strong)
    return (Words(_SUFFIX.sub("", chosen), strong=True),)


def _amount(test: Test, words: Vocabulary) -> tuple[Words, ...]:
    return amount(test.fact, test.operator, test.operand, words)


def _phrase(template: str, value: tuple[Words, ...]) -> _Part:
    lead = next((lead for lead in _LEADS if template.startswith(lead)), "")
    before, _, after = template.removeprefix(lead).partition("{value}")
    parts = ([Words(before)] if before else []) + list(value) + ([Words(after)] if after else [])
    return _Part(lead, tuple(parts))


def _measure(measure: Measure, words: Vocabulary) -> _Part:
    where = _plain(measure.where) if measure.where is not None else _ALL
    rows = _noun(_rows(measure), where, words, measure.relation)
    inner = _part(where, words, measure.relation) if where != _ALL else None
    depth = 0 if inner is None or _is_short(where, words, measure.relation) else inner.depth + 1
    if measure.what is What.COUNT:
        return _Part("with ", (*_number(measure, words), *rows), depth)
    assert measure.of is not None
    said = amount(measure.of, measure.operator, measure.operand, words)
    if measure.what is What.SUM:
        figure = inside(measure.of.label)
        of_what = (Words(f" in {figure}"),) if figure != "amount" else ()
        return _Part("whose ", (*rows, Words(" add up to "), *said, *of_what), depth)
    subject = Words(f"{measure.what} {inside(measure.of.label)} among ")
    return _Part("whose ", (subject, *rows, Words(" is "), *said), depth)


def _rows(measure: Measure) -> str:
    """The rows' noun: "orders", of one "order"."""
    label = measure.relation.label
    if measure.what is not What.COUNT or measure.operand != 1 or measure.operator is Op.LESS_THAN:
        return label
    if singular(label) != label:
        return singular(label)
    before, space, last = label.rpartition(" ")
    return before + space + singular(last)


def _is_short(where: Node, words: Vocabulary, of: Relation) -> bool:
    """Whether rows are told apart by words right after the noun only, so that nothing after can be taken for theirs."""
    lines = where.of if isinstance(where, Group) and where.mode is Mode.ALL else (where,)
    parts = [_part(child, words, of) for child in lines]
    return all(part.depth == 0 and part.order == 0 for part in parts)


def _number(measure: Measure, words: Vocabulary) -> tuple[Words, ...]:
    """How many rows, before the noun: "at least 3 ", "no "."""
    counted = Fact(measure.relation.key, "", Type.COUNT, "", measure.relation.facts[0].personal)
    none = {Op.AT_MOST: 0, Op.EQUALS: 0, Op.LESS_THAN: 1}
    if none.get(measure.operator) == measure.operand:
        return (Words("no ", strong=True),)
    said = amount(counted, measure.operator, measure.operand, words, before=True)
    return (*said, Words(" "))


def _tidy(words: tuple[Words, ...]) -> list[Words]:
    """Neighbours that are drawn alike as one; nothing empty."""
    found: list[Words] = []
    for part in words:
        if found and found[-1].strong == part.strong:
            found[-1] = Words(found[-1].text + part.text, part.strong)
        elif part.text:
            found.append(part)
    return found
