"""What a few of the demo's customers asked about their data, in several states; one is near its limit. Invented."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Final
from uuid import UUID

from django.utils import timezone

from privacy.models import PersonRequest
from privacy.services import requests as services
from tenancy.models import Member

Kind = PersonRequest.Kind
Then = Callable[[UUID], object]
BY_PHONE: Final = "Called back at the number we have; knew the last two orders"


def seed_requests(customers: Sequence[tuple[UUID, str]], officer: Member, *, limit: int) -> None:
    """In the tenant's context; harmless when run again. `limit`: days that the law gives where the customers live."""
    if PersonRequest.objects.exists() or len(customers) < 40:
        return

    def ask(
        place: int, kind: str, words: str, days: float, *, known: bool = True, then: Then | None = None
    ) -> None:
        customer_id, name = customers[place]
        request = services.open_request(
            kind=kind, came=PersonRequest.Came.MEMBER, asker=f"{name}, by e-mail", words=words,
            customer_id=customer_id, received_at=timezone.now() - timedelta(days=days),
        )  # fmt: skip
        if known:
            services.identify_by_member(request_id=request.id, how=BY_PHONE)
            services.take_up(request_id=request.id, member=officer)
        if then:
            then(request.id)

    ask(5, Kind.ACCESS, "What do you know about me, and from where?", limit - 4)
    ask(9, Kind.PORTABILITY, "Please send my orders as a file.", 2, known=False)
    ask(14, Kind.ERASURE, "Delete everything about me.", limit * 0.55)
    ask(17, Kind.RECTIFICATION, "My street is wrong: it is number 14.", limit * 0.4, then=_correct)
    ask(21, Kind.OBJECTION, "No more advertising, by any way.", limit * 0.7, then=partial(_object, officer))
    ask(26, Kind.ACCESS, "I want the notes of your meetings with my neighbour.", limit * 0.8, then=_refuse)
    ask(33, Kind.RESTRICTION, "Do not use my data until the orders under my name are cleared up.", 6)


def _correct(request_id: UUID) -> None:
    services.correct(request_id=request_id, what="The street was corrected to number 14.")


def _object(officer: Member, request_id: UUID) -> None:
    services.object_to(request_id=request_id, member=officer, against="marketing")


def _refuse(request_id: UUID) -> None:
    services.refuse(request_id=request_id, reason="It asks for data of somebody else, who did not agree.")
