"""Rules of places that the product brings none for, or that ask for more; never instead of what is shipped."""

import json
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from privacy.models import TenantRegime
from privacy.policy import RegimeInvalid, extend, read_regime, shipped_policy
from privacy.services.policy import publish_policy


class RegimeRefused(ValueError):
    """The rules cannot be kept; `problems` are sentences, each with its place and, where we can tell, its line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(" ".join(problems))
        self.problems = problems


def save_regime(*, content: Any, written: str = "", regime: TenantRegime | None = None) -> TenantRegime:
    """Keep rules of the company's own and put them in force. `written`: the text they were read from, for its lines.

    The code of a regime stays: past answers name it. Raises RegimeRefused.
    """
    try:
        read = read_regime(content)
        if regime is not None and read.code != regime.code:
            raise RegimeInvalid([f"code: stays {regime.code}; write rules for {read.code} as new ones"])
        with transaction.atomic():
            row = regime or TenantRegime(code=read.code)
            row.name, row.content, row.archived_at = read.name[:80], read.to_json(), None
            others = TenantRegime.objects.filter(archived_at=None).exclude(id=row.id)
            extend(shipped_policy(), regimes=[*(read_regime(one.content) for one in others), read])
            row.save()
            publish_policy()
    except RegimeInvalid as error:
        raise RegimeRefused([_with_line(problem, written) for problem in error.problems]) from None
    except IntegrityError:
        raise RegimeRefused([f"There are rules for {read.code} already: open and change those."]) from None
    return row


def archive_regime(*, regime: TenantRegime) -> None:
    """From now on not applied; answers that were given under it can still be replayed."""
    with transaction.atomic():
        TenantRegime.objects.select_for_update().filter(id=regime.id, archived_at=None).update(
            archived_at=timezone.now()
        )
        try:
            publish_policy()
        except RegimeInvalid as error:
            raise RegimeRefused([f"Something else stands on it: {error}."]) from None


def _with_line(problem: str, written: str) -> str:
    """ "bases[2].try: must be ..." -> "Line 14, bases[2].try: must be ..."."""
    place = problem.partition(":")[0]
    line = _line_of(place, written)
    return f"Line {line}, {problem}." if line else f"{problem[:1].upper()}{problem[1:]}."


def _line_of(place: str, written: str) -> int | None:
    """The line on which the value at a place such as `bases[2].try` begins, by reading the text again."""
    steps = place.replace("[", ".[").split(".")
    at = 0
    for step in steps:
        if step.startswith("[") and step[1:-1].isdecimal():
            found = _item(written, at, int(step[1:-1]))
        else:
            found = written.find(json.dumps(step), at)
        if found < 0:
            break
        at = found
    return written.count("\n", 0, at) + 1 if at else None


def _item(written: str, at: int, number: int) -> int:
    """Where the item of the list that follows `at` begins; -1 where it cannot be told."""
    start = written.find("[", at)
    if start < 0:
        return -1
    decoder, place = json.JSONDecoder(), start + 1
    for index in range(number + 1):
        while place < len(written) and written[place] in " \n\r\t,":
            place += 1
        if index == number:
            return place
        try:
            _, place = decoder.raw_decode(written, place)
        except ValueError:
            return -1
    return -1
