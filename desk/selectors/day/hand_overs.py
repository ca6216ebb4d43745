"""Hand-overs to read: what the former manager and the books pass on."""

from desk.selectors.day.basis import MOST, NOBODY, Day, Stake
from desk.selectors.line import TODAY, Line
from desk.templatetags.figures import short_date
from interactions.models import HandOver
from interactions.selectors.hand_overs import in_short, to_read


def hand_over_lines(day: Day) -> list[Line]:
    if not day.access.may("interactions.view"):
        return []
    found = list(to_read(day.access)[:MOST])
    stakes = day.stakes([one.customer_id for one in found])
    return [_line(day, one, stakes.get(one.customer_id, NOBODY)) for one in found]


def _line(day: Day, one: HandOver, stake: Stake) -> Line:
    url = day.url("hand_over", one.customer_id, one.id)
    by = f" from {one.transfer.author_name}" if one.transfer.author_name else ""
    what = in_short(one.content) or "words of who had them"
    return Line(
        kind="hand_over", icon="arrows-exchange", tone="", url=url, who=one.customer.name,
        why=f"Hand-over to read{by}: {what}", value=stake.value, value_words=stake.words,
        due=f"since {short_date(one.written_at)}",
        answers=[day.say("hand_over", one.id, "read", key="r", label="Read", icon="check"), day.open(url)],
        urgency=TODAY, at=one.written_at, customer_id=one.customer_id,
    )  # fmt: skip
