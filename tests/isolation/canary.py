"""One row in every tenant table, with a canary in every text column: generated, so that no table is forgotten."""

import datetime
import decimal
import zlib
from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import connection, models
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.utils import timezone

from tenancy.db.models import TenantModel

CANARY = "kanarienvogel"
ROOMS = ("tenancy", "rules", "crm", "privacy", "value", "portfolios", "interactions")
MODELS: list[type[TenantModel]] = [
    model
    for room in ROOMS
    for model in apps.get_app_config(room).get_models()
    if issubclass(model, TenantModel)
]

# What the generator cannot guess: values that a constraint of the table asks for.
SPECIAL: dict[str, dict[str, Any]] = {
    "crm.Order": {"kind": "return", "gross": 1, "discount": 0, "net": 1},
    "crm.Customer": {"acts_for": None, "trashed_at": None, "trashed_by": None},
    "portfolios.Portfolio": {"is_house": False, "closed_at": None, "closing_to": None},
    "portfolios.AssignmentRun": {"rules": [], "result": {}},
    "portfolios.AssignmentProposal": {"state": "open"},
    "value.ModelFit": {"is_current": False},
    "value.ValueSnapshot": {"occasion": "refit"},
    "crm.Segment": {"archived_at": None},
    "crm.ContactPoint": {"is_primary": False},
    "crm.Import": {"mapping": {"columns": {"name": CANARY}}, "header": [CANARY], "delimiter": ","},
    "crm.ImportChunk": {"kind": "customers", "content": zlib.compress(f"1\tplain\t{CANARY}\n".encode())},
    "privacy.Person": {"erased_at": None, "deceased_at": None, "restricted_at": None},
    "privacy.TenantRegime": {"archived_at": None},
    "privacy.ConsentUpload": {
        "mapping": {"columns": {"number": CANARY}},
        "header": [CANARY],
        "delimiter": ",",
        "counts": {},
        "state": "mapping",
    },
    "privacy.ConsentEvent": {"purposes": ["marketing"]},
    "privacy.GateFacts": {"facts": {"now": "2026-01-01T00:00:00+00:00", "message": {"subject": CANARY}}},
    "interactions.BusinessCalendar": {
        "is_default": False,
        "archived_at": None,
        "time_zone": "Europe/London",
        "hours": {"1": [["09:00", "17:30"]]},
        "holidays": [{"on": "2026-12-25", "name": "Christmas"}],
    },
    "interactions.CaseKind": {"archived_at": None},
    "interactions.Promise": {"state": "open", "ended_at": None},
    "interactions.Case": {
        "state": "open",
        "resolved_at": None,
        "waiting_since": None,
        "score_parts": [{"key": "kind", "words": CANARY, "points": 1}],
    },
    "interactions.Story": {"hidden_at": None},
    "interactions.Task": {"follows": None},
    "interactions.Connector": {"is_active": False},
    "interactions.InboundMail": {"connector": None},
    "rules.RuleSet": {"archived_at": None},
    "rules.Activation": {"period": DateTimeTZRange(timezone.now(), None, "[)")},
    "tenancy.Member": {"left_at": None},
    "tenancy.OutboxStep": {"state": "parked"},
    "tenancy.StoredFile": {"size": len(CANARY)},
    "tenancy.StoredFilePart": {"number": 0},
}
# Made by opening a company: once, or all that there can be.
MADE_BY_OPENING = {"tenancy.TenantProfile", "privacy.PrivacyProfile", "interactions.ServiceLevel"}


Words = Callable[[type[TenantModel], Any], str]
"""(model, field) -> the text to put there."""


def canary_everywhere(model: type[TenantModel], field: Any) -> str:
    return CANARY


def fill(words: Words = canary_everywhere) -> dict[str, models.Model]:
    """A row of every tenant model of the active tenant, by label; the same values for every tenant."""
    made: dict[str, models.Model] = {}
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for model in _in_order():
        label = model._meta.label
        if label in MADE_BY_OPENING:
            found = model.objects.first()
            assert found is not None
            made[label] = found
        elif model._meta.label == "portfolios.Assignment":
            made[label] = model.objects.create(
                customer=made["crm.Customer"], portfolio=made["portfolios.Portfolio"], reason=CANARY,
                period=DateTimeTZRange(made["crm.Customer"].created_at, None, "[)"),
            )  # fmt: skip
        else:
            made[label] = model.objects.create(**_values(model, made, words))
    type(made["crm.CustomerSummary"]).objects.update(portfolio_id=made["portfolios.Portfolio"].pk)
    return made


def _in_order() -> list[type[TenantModel]]:
    """Targets before those that point at them."""
    ordered: list[type[TenantModel]] = []

    def visit(model: type[TenantModel]) -> None:
        if model in ordered:
            return
        for field in _references(model):
            if field.related_model is not model:
                visit(field.related_model)
        ordered.append(model)

    # The customer first: what names somebody by a bare id then names this one.
    visit(apps.get_model("crm.Customer"))
    for model in MODELS:
        visit(model)
    return ordered


def _references(model: type[TenantModel]) -> list[Any]:
    fields = [f for f in model._meta.local_fields if isinstance(f, models.ForeignKey)]
    return [f for f in fields if issubclass(f.related_model, TenantModel)]


def _values(model: type[TenantModel], made: dict[str, models.Model], words: Words) -> dict[str, Any]:
    special = SPECIAL.get(model._meta.label, {})
    values: dict[str, Any] = {}
    for field in model._meta.local_fields:
        if field.name in special:
            values[field.name] = special[field.name]
        elif field.name not in {"id", "tenant"}:
            values[field.name] = _value(field, model, made, words(model, field))
    if model._meta.label == "tenancy.Delegation":
        values["delegate"] = (
            type(made["tenancy.Member"]).objects.exclude(id=made["tenancy.Member"].id).first()
        )
        values["ends_at"] = values["starts_at"] + datetime.timedelta(days=1)
    return {name: value for name, value in values.items() if value is not ...}


def _value(field: Any, model: type[TenantModel], made: dict[str, models.Model], text: str) -> Any:
    if isinstance(field, models.ForeignKey):
        if not issubclass(field.related_model, TenantModel):
            return field.related_model.objects.create_user(
                email=f"{text}@{timezone.now().timestamp()}.example", name=text
            )
        return made.get(field.related_model._meta.label) if field.related_model is not model else None
    if field.choices:
        return field.choices[0][0]
    if isinstance(field, ArrayField):
        return []
    if isinstance(field, models.JSONField):
        return {"text": text}
    if isinstance(field, models.CharField | models.TextField):
        length = field.max_length or 20
        return text[:length]
    if isinstance(field, models.BinaryField):
        return text.encode()
    if isinstance(field, models.DateTimeField):
        return timezone.now()
    if isinstance(field, models.DateField):
        return datetime.date(2026, 1, 1)
    if isinstance(field, models.BooleanField):
        return False
    if isinstance(field, models.UUIDField):
        return made["crm.Customer"].id if "crm.Customer" in made else model._meta.pk.get_default()
    if isinstance(field, models.DecimalField):
        return decimal.Decimal("0.5")
    if isinstance(field, models.FloatField):
        return 0.5
    if isinstance(field, models.IntegerField):
        return 1
    if isinstance(field, DateTimeRangeField):
        return ...
    raise TypeError(f"No canary for {field!r}: teach tests/isolation/canary.py")
