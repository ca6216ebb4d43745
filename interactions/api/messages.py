"""`messages/`: what is written to customers, over the same services as the pages."""

from typing import ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from crm.selectors.scope import visible_customer
from interactions.api.message_bodies import MessageAskSerializer, MessageFilters, MessageStateSerializer
from interactions.selectors.messages import visible_message, visible_messages
from interactions.services.authors import author_of
from interactions.services.messages import MessageRefused, queue_message
from tenancy.api.pagination import Orderings
from tenancy.api.viewsets import ApiViewSet, found


class MessageViewSet(ApiViewSet):
    """Messages to customers in the scope of the caller."""

    permissions: ClassVar[dict[str, str]] = {
        "list": "interactions.view", "retrieve": "interactions.view", "create": "interactions.send",
    }  # fmt: skip
    tag = "messages"
    serializer_class = MessageStateSerializer
    filters = MessageFilters
    orderings = Orderings({"asked_at": "asked_at"}, default="-asked_at")

    def list(self, request: Request) -> Response:
        """A page of messages, the newest first."""
        return self.answer_page(MessageStateSerializer, visible_messages(self.access))

    def retrieve(self, request: Request, pk: UUID) -> Response:
        """One message, with what became of it."""
        return self.answer(MessageStateSerializer, found(visible_message(self.access, pk)))

    @extend_schema(
        request=MessageAskSerializer, responses={201: MessageStateSerializer, 200: MessageStateSerializer}
    )
    def create(self, request: Request) -> Response:
        """Queue a message. 200 with the message that is there for a key that was used for it."""
        given = self.read(MessageAskSerializer)
        customer = visible_customer(self.access, given.pop("customer"))
        if customer is None:
            raise MessageRefused("There is no such customer.", field="customer")
        made, created = queue_message(
            customer=customer, by=author_of(self.access), point_id=given.pop("contact_point"), **given
        )
        return self.answer(MessageStateSerializer, made, status=201 if created else 200)
