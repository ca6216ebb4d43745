"""Kinds of values that several bodies share."""

import re
from decimal import Decimal
from typing import Any
from zoneinfo import available_timezones

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from tenancy.access import Access
from tenancy.api.serializers import money
from tenancy.money import minor_digits, to_minor

_ZONES = frozenset(available_timezones())


def access_in(context: dict[str, Any]) -> Access:
    access: Access = context["request"].auth
    return access


@extend_schema_field({"type": "string", "pattern": r"^-?\d+(\.\d+)?$", "example": "34.20"})
class MoneyField(serializers.Field[int, str, str, Any]):
    """Minor units inside, a decimal text of the tenant's currency outside. Read only."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: int) -> str:
        text = money(value, minor_digits(access_in(self.context).profile.currency))
        return text or ""


@extend_schema_field({"type": "string", "example": "GBP"})
class CurrencyField(serializers.Field[Any, Any, str, Any]):
    """The tenant's currency, said beside every sum."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, source="*", **options)

    def to_representation(self, value: Any) -> str:
        return access_in(self.context).profile.currency


class AmountField(serializers.DecimalField):
    """An amount of the major unit, as a text or a number: "34.20"."""

    def __init__(self, **options: Any) -> None:
        super().__init__(max_digits=16, decimal_places=options.pop("decimal_places", 4), **options)


def minor(amount: Decimal, access: Access) -> int:
    """An amount in minor units of the tenant's currency. Raises ValidationError where it would be rounded."""
    currency = access.profile.currency
    if amount != amount.quantize(Decimal(1).scaleb(-minor_digits(currency))):
        raise serializers.ValidationError({"amount": [f"{currency} has {minor_digits(currency)} decimals."]})
    return to_minor(amount, currency)


def country(value: str) -> None:
    if value and not re.fullmatch(r"[A-Z]{2}", value):
        raise serializers.ValidationError("Two letters of ISO 3166, as GB.")


def language(value: str) -> None:
    if value and not re.fullmatch(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", value):
        raise serializers.ValidationError("A language tag, as en or pt-BR.")


def time_zone(value: str) -> None:
    if value and value not in _ZONES:
        raise serializers.ValidationError("A time zone of the IANA list, as Europe/Berlin.")
