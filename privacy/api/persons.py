"""`customers/<id>/person/`: what protects a customer as a person."""

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, extend_schema, extend_schema_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from crm.models import Customer
from crm.selectors.scope import visible_customer
from privacy.models import Person
from privacy.selectors.persons import person_of
from privacy.services.persons import (
    MOST_RESIDENCES,
    change_person,
    lift_restriction,
    report_death,
    restrict_person,
    take_back_death,
)
from tenancy.api.serializers import StrictSerializer
from tenancy.api.viewsets import ApiViewSet, found

PERSON = {
    "kind": "consumer", "residences": ["EU-DE"], "born_on": "1987-04-12", "parental_authorisation_at": None,
    "parental_evidence": "", "contract_until": None, "deceased_at": None, "deceased_reported_by": "",
    "restricted_at": None, "note": "",
}  # fmt: skip


@extend_schema_serializer(examples=[OpenApiExample("a consumer", value=PERSON, response_only=True)])
class PersonSerializer(serializers.Serializer[Person]):
    kind = serializers.ChoiceField(
        Person.Kind.choices, allow_blank=True, help_text="Empty: told by whom they act for."
    )
    residences = serializers.ListField(
        child=serializers.CharField(),
        help_text="Codes of places, as EU-DE, UK, US-CA; empty: the customer's country.",
    )
    born_on = serializers.DateField(allow_null=True)
    parental_authorisation_at = serializers.DateTimeField(allow_null=True)
    parental_evidence = serializers.CharField()
    contract_until = serializers.DateField(allow_null=True)
    deceased_at = serializers.DateTimeField(allow_null=True)
    deceased_reported_by = serializers.CharField()
    restricted_at = serializers.DateTimeField(allow_null=True)
    note = serializers.CharField(help_text="On what ground the use is restricted.")


@extend_schema_serializer(
    examples=[
        OpenApiExample(
            "a child", value={"born_on": "2014-05-02", "residences": ["EU-DE"]}, request_only=True
        ),
        OpenApiExample(
            "a death", value={"deceased": True, "reason": "her daughter, by phone"}, request_only=True
        ),
        OpenApiExample(
            "restricted", value={"restricted": True, "reason": "accuracy contested"}, request_only=True
        ),
    ]
)
class PersonChangeSerializer(StrictSerializer):
    kind = serializers.ChoiceField(Person.Kind.choices, allow_blank=True)
    residences = serializers.ListField(child=serializers.CharField(max_length=8), max_length=MOST_RESIDENCES)
    born_on = serializers.DateField(allow_null=True)
    parental_authorisation_at = serializers.DateTimeField(allow_null=True)
    parental_evidence = serializers.CharField(max_length=200, allow_blank=True)
    contract_until = serializers.DateField(allow_null=True)
    deceased = serializers.BooleanField(
        help_text="With `reason`: who reported it and how, or why the report was wrong."
    )
    restricted = serializers.BooleanField(help_text="With `reason`: on what ground, or why it ends.")
    reason = serializers.CharField(max_length=200, help_text="Needed with `deceased` and `restricted`.")


class PersonViewSet(ApiViewSet):
    """Age, residence, restriction and death of one customer in scope."""

    permissions: ClassVar[dict[str, str]] = {
        "retrieve": "privacy.view_consent",
        "partial_update": "privacy.change_person",
    }
    tag = "privacy"
    has_etag = True
    serializer_class = PersonSerializer

    @property
    def customer(self) -> Customer:
        return found(visible_customer(self.access, self.kwargs["customer_id"]))

    @extend_schema(operation_id="customers_person")
    def retrieve(self, request: Request, customer_id: UUID) -> Response:
        """What is known; a customer of whom nothing is known is a consumer whose age nobody knows."""
        return self.answer(PersonSerializer, person_of(self.customer.id))

    @extend_schema(
        operation_id="customers_person_change", request=PersonChangeSerializer, responses=PersonSerializer
    )
    def partial_update(self, request: Request, customer_id: UUID) -> Response:
        """Note what is sent. Death and restriction hold from now on and can be taken back, each with a reason."""
        customer = self.customer
        self.require_unchanged(PersonSerializer, person_of(customer.id))
        changes = self.read(PersonChangeSerializer, partial=True)
        self._set_aside(customer.id, changes)
        if changes:
            change_person(customer_id=customer.id, changes=changes, who=self._who)
        return self.answer(PersonSerializer, person_of(customer.id))

    def _set_aside(self, customer_id: UUID, changes: dict[str, Any]) -> None:
        """Death and restriction, taken out of `changes` with their reason."""
        about: dict[str, Any] = {"customer_id": customer_id, "who": self._who}
        reason = changes.pop("reason", "")
        match changes.pop("deceased", None):
            case True:
                report_death(reported_by=reason, **about)
            case False:
                take_back_death(reason=reason, **about)
        match changes.pop("restricted", None):
            case True:
                restrict_person(reason=reason, **about)
            case False:
                lift_restriction(reason=reason, **about)

    @property
    def _who(self) -> str:
        member, token = self.access.member, self.access.token
        return member.name if member else f"token {token.name}" if token else ""
