"""What rules can ask about what protects a person. Nothing here says what somebody may do with them: the gate does."""

from typing import Final

from django.db.models import (
    BooleanField,
    Case,
    DateField,
    Exists,
    F,
    IntegerField,
    OuterRef,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.expressions import Combinable, Func
from django.db.models.lookups import GreaterThanOrEqual, LessThan

from privacy.models import ConsentChain, Person
from privacy.selectors.persons import GROWN_UP, set_aside
from rules.catalogue import Beside, Cost, Fact, PersonalDataClass, Type, register_facts
from rules.moment import Setting

IDENTITY: Final = PersonalDataClass.IDENTITY


SEES: Final = "privacy.view_consent"


def _persons() -> QuerySet[Person]:
    return Person.objects.filter(customer_id=OuterRef("customer_id"))


def _objectors() -> QuerySet[ConsentChain]:
    return ConsentChain.objects.filter(
        customer_id=OuterRef("customer_id"), profiling_objected_at__isnull=False
    )


def _objected(setting: Setting) -> Combinable:
    return Exists(_objectors())


def _restricted(setting: Setting) -> Combinable:
    return Exists(_persons().filter(restricted_at__isnull=False))


def _dead(setting: Setting) -> Combinable:
    return Exists(_persons().filter(deceased_at__isnull=False))


def _may_be_profiled(setting: Setting) -> Combinable:
    refused = Exists(_persons().filter(set_aside())) | Exists(_objectors())
    return Case(When(refused, then=Value(False)), default=Value(True), output_field=BooleanField())


def _age_known(setting: Setting) -> Combinable:
    return Exists(_persons().filter(born_on__isnull=False))


class _Years(Func):
    """Completed years from the second date to the first, as `selectors.persons.age_on` counts them."""

    template = "date_part('year', age(%(expressions)s))::integer"
    arity = 2
    output_field = IntegerField()


def _age(setting: Setting) -> Combinable:
    years = _Years(Value(setting.today, DateField()), F("born_on"))
    return Subquery(_persons().filter(born_on__isnull=False).annotate(years=years).values("years")[:1])


def _minor(setting: Setting) -> Combinable:
    """Unknown where the age is: nobody is taken for grown up because nothing is known."""
    years = _age(setting)
    return Case(
        When(GreaterThanOrEqual(years, GROWN_UP), then=Value(False)), When(LessThan(years, GROWN_UP), then=Value(True)),
        output_field=BooleanField(),
    )  # fmt: skip


def _with_contract() -> QuerySet[Person]:
    return Person.objects.filter(contract_until__isnull=False)


FACTS: Final = (
    Fact(
        "privacy.may_be_profiled", "May be profiled", Type.FLAG,
        "They did not object to profiling, are not restricted and not reported dead. Of others no score is made.",
        IDENTITY, _may_be_profiled, cost=Cost.RELATED,
        phrases={"yes": "who may be profiled", "no": "who may not be profiled"},
    ),
    Fact(
        "privacy.objected_to_profiling", "Objected to profiling", Type.FLAG,
        "An objection to profiling is in force, by the consent ledger.", IDENTITY, _objected, cost=Cost.RELATED,
        permission=SEES,
        phrases={"yes": "who objected to profiling", "no": "who did not object to profiling"},
    ),
    Fact(
        "privacy.restricted", "Restricted", Type.FLAG, "What is known of them is stored and not used (GDPR 18).",
        IDENTITY, _restricted, cost=Cost.RELATED,
        phrases={"yes": "who are restricted", "no": "who are not restricted"},
    ),
    Fact(
        "privacy.deceased", "Reported dead", Type.FLAG, "Somebody reported that they died: nobody contacts them.",
        IDENTITY, _dead, cost=Cost.RELATED,
        phrases={"yes": "who are reported dead", "no": "who are not reported dead"},
    ),
    Fact(
        "privacy.age_known", "Age known", Type.FLAG, "We know when they were born.", IDENTITY, _age_known,
        cost=Cost.RELATED, permission=SEES,
        phrases={"yes": "whose age is known", "no": "whose age is not known"},
    ),
    Fact(
        "privacy.age", "Age", Type.COUNT, "Completed years; unknown where nobody told us.", IDENTITY, _age,
        unit="years", cost=Cost.RELATED, permission=SEES,
    ),
    Fact(
        "privacy.minor", "Under 18", Type.FLAG,
        "Younger than 18 today; unknown where the age is. Contact of younger people follows the law of where they "
        "live: the gate knows it.",
        IDENTITY, _minor, cost=Cost.RELATED, permission=SEES,
        phrases={"yes": "who are under 18", "no": "who are 18 or older"},
    ),
    Fact(
        "privacy.contract_until", "Contract until", Type.DATE, "The last day of a contract that runs, as it was noted.",
        PersonalDataClass.BEHAVIOUR, Subquery(_persons().values("contract_until")[:1]), cost=Cost.RELATED,
        beside=Beside(_with_contract, "customer_id", F("contract_until")),
    ),
)  # fmt: skip


def register() -> None:
    register_facts(*FACTS)
