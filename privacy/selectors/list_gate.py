"""Lists that leave the house to contact people: only those whom the gate allows, and why the others are left out."""

from collections import Counter
from collections.abc import Sequence
from uuid import UUID

from privacy.gate import Ask, check_many
from privacy.policy.facts import NO_CHANNEL
from privacy.selectors.checks import ordinary_message
from privacy.selectors.may_we import CHANNELS, short_reason

ASKED_FOR = "export"
BY = dict(CHANNELS)


def allowed_for_list(
    customer_ids: Sequence[UUID], channel: str, purpose: str
) -> tuple[set[UUID], dict[str, int]]:
    """Those who may be contacted so now, and how many of the others there are by reason. Every answer is logged."""
    message = ordinary_message()
    asks = [
        Ask(customer_id=id_, channel=channel, purpose=purpose, message=message, asked_for=ASKED_FOR)
        for id_ in customer_ids
    ]
    given = check_many(asks)
    left_out = Counter(short_reason(one.answer.code) for one in given if not one.may)
    return {one.ask.customer_id for one in given if one.may}, dict(left_out.most_common())


def is_channel(channel: str) -> bool:
    """One by which people can be reached with an address of the list."""
    return channel in BY and channel not in (NO_CHANNEL, "push")
