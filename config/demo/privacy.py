"""What the demo's customers agreed to and refused, with proof and without; all of it invented, the same at every load.

Everything goes through the services that a real company uses. The database's clock says when it was recorded, so all
of it was recorded at the load; when it happened lies in the past.
"""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID

from config.demo.companies import HARBOUR, Shop
from config.demo.requests import seed_requests
from crm.models import ContactPoint, CustomerSummary
from crm.services.summaries import tenant_today
from privacy.gate import Ask, check_many
from privacy.models import Capture, ConsentChain, Notice, PrivacyProfile, Purpose
from privacy.policy.facts import Message
from privacy.rule_kinds import KIND as CONTACT_POLICY
from privacy.selectors.purposes import current_notices
from privacy.services.captures import Captured, note_captures
from privacy.services.consents import ConsentEntry, record_consents
from privacy.services.notices import publish_notice
from privacy.services.persons import change_person, report_death, restrict_person
from privacy.services.profile import Sender, change_sender
from rules.models import RuleSet
from rules.selectors.rulesets import standing_of
from rules.services.activations import activate_rules
from rules.services.rule_sets import create_rule_set
from tenancy.access import access_of_member
from tenancy.models import Member, Tenant, TenantProfile

Json = dict[str, Any]
AT_ONCE: Final = 400
OUR_POLICY: Final = "How often, and when"
LONGEST_AGO: Final = 700
"""Days; nothing is older."""
LETTER: Final = {
    "en": "{name} may send me its newsletter, about twice a month, by the ways I choose here (e-mail or post). Each "
          "issue has a link with which I can stop it at once, at no cost and without giving a reason.",
    "de": "{name} darf mir seinen Newsletter, etwa zweimal im Monat, auf den Wegen schicken, die ich hier wähle "
          "(E-Mail oder Post). Jede Ausgabe hat einen Link, mit dem ich ihn sofort abbestellen kann, kostenlos und "
          "ohne Begründung.",
    "fr": "{name} peut m’envoyer sa lettre d’information, environ deux fois par mois, par les moyens que je choisis "
          "ici (e-mail ou courrier). Chaque envoi contient un lien pour l’arrêter aussitôt, sans frais ni motif.",
    "es": "{name} puede enviarme su boletín, unas dos veces al mes, por los medios que elijo aquí (correo electrónico "
          "o postal). Cada envío tiene un enlace para pararlo al instante, gratis y sin dar motivos.",
    "pt": "{name} pode enviar-me o seu boletim, cerca de duas vezes por mês, pelos meios que escolho aqui (e-mail ou "
          "correio). Cada envio tem um link para o parar de imediato, sem custos e sem dar motivos.",
}  # fmt: skip


def seed_privacy(tenant: Tenant, shop: Shop) -> None:
    """Sender, notices, contact policy, and what customers said. In the tenant's context; harmless when run again."""
    _state_sender(shop)
    _rewrite_newsletter(shop)
    _contact_policy(tenant, shop)
    customers = _customers()
    if customers:
        teller = _Teller(shop, customers)
        _record(teller)
        note_captures(teller.captures())
        _protect(customers)
        _ask(customers, at=time(11) if shop is HARBOUR else time(19, 30))
        limit = 30 if shop is HARBOUR else 45
        seed_requests([(one.id, one.name) for one in customers], _officer(shop), limit=limit)


def _officer(shop: Shop) -> Member:
    """Who looks after privacy: the officer, or in a small company whoever opened it."""
    officer = next((one for one in shop.staff if one.role == "privacy-officer"), shop.staff[0])
    return Member.objects.get(user__email=officer.email)


def _state_sender(shop: Shop) -> None:
    profile = PrivacyProfile.objects.get()
    if profile.postal_address:
        return
    street = (
        "Speicherstraße 12, 20457 Hamburg" if shop is HARBOUR else "48 Bluebird Lane, Fairhaven, MA 02199"
    )
    change_sender(
        sender=Sender(
            sender_name=shop.name, postal_address=f"{shop.name}, {street}",
            privacy_contact=f"privacy@{shop.slug}.example", sender_country=profile.sender_country, brand=shop.name,
            languages=tuple(profile.languages), is_charity=False, directed_at_children=False, order_days=30,
            balancing_test="" if shop is HARBOUR else "Records of processing, no. 7: letters to customers",
        )
    )  # fmt: skip


def _rewrite_newsletter(shop: Shop) -> None:
    """Its notice was made clearer once: there are consents to the first version and to the second."""
    newsletter = Purpose.objects.get(key="newsletter")
    if not Notice.objects.filter(purpose=newsletter, version__gt=1).exists():
        texts = {language: text.replace("{name}", shop.name) for language, text in LETTER.items()}
        publish_notice(purpose=newsletter, texts=texts, by=_officer(shop))


def _contact_policy(tenant: Tenant, shop: Shop) -> None:
    if RuleSet.objects.filter(kind=CONTACT_POLICY, name=OUR_POLICY).exists():
        return
    administrator = Member.objects.select_related("role").get(user__email=shop.staff[0].email)
    access = access_of_member(tenant, administrator, [])
    usual: Json = {
        "all_most": 6, "all_days": 30, "email_most": 3, "email_days": 14, "phone_most": 2, "phone_days": 30,
        "from": "09:00", "to": "20:00", "weekdays": ["1", "2", "3", "4", "5", "6"], "kept_for_important": 1,
    }  # fmt: skip
    lapsed = {"all": [{"fact": "crm.last_order_on", "is": "longer_ago", "value": {"days": 365}}]}
    content: Json = {
        "rules": [
            {"id": "r1", "name": "Seldom to those who no longer buy", "binding": False, "when": lapsed,
             "then": usual | {"all_most": 2, "email_most": 1, "email_days": 30, "phone_most": 1,
                              "kept_for_important": 0}},
        ],
        "otherwise": usual,
    }  # fmt: skip
    rules = create_rule_set(
        access=access, kind=CONTACT_POLICY, name=OUR_POLICY, content=content,
        description="What we hold ourselves to beyond the law.",
    )  # fmt: skip
    activate_rules(access=access, rule_set=rules, seen=standing_of(rules).seen, comment="First version")


class _Customer:
    """One customer who may be asked: where they are reached, and since when they buy."""

    def __init__(self, row: CustomerSummary, points: dict[str, ContactPoint], today: date) -> None:
        self.id: UUID = row.customer_id
        self.number = row.customer.external_id or ""
        self.name = row.customer.name
        self.points = points
        earliest = today - timedelta(days=LONGEST_AGO)
        self.since = max(row.first_order_on or earliest, earliest)
        self.today = today


def _customers() -> list[_Customer]:
    """Everybody in order of their number; where the demo was loaded before, nobody."""
    if ConsentChain.objects.exists():
        return []
    today = tenant_today(TenantProfile.objects.get())
    points: dict[UUID, dict[str, ContactPoint]] = {}
    for point in ContactPoint.objects.filter(is_primary=True):
        points.setdefault(point.customer_id, {})[point.kind] = point
    rows = CustomerSummary.objects.filter(trashed=False).select_related("customer")
    return [
        _Customer(row, points.get(row.customer_id, {}), today)
        for row in rows.order_by("customer__external_id")
    ]


class _Teller:
    """Makes up what each customer said; the same for the same number."""

    def __init__(self, shop: Shop, customers: Sequence[_Customer]) -> None:
        self.shop, self.customers = shop, customers
        self.language = "de" if shop is HARBOUR else "en"
        self.old = {
            notice.purpose.key: notice
            for notice in Notice.objects.filter(version=1, language=self.language).select_related("purpose")
        }
        self.notices = current_notices([self.language])

    def entries(self) -> Iterator[ConsentEntry]:
        for customer in self.customers:
            yield from self._of(customer, random.Random(f"{self.shop.slug}:{customer.number}"))  # noqa: S311

    def captures(self) -> list[Captured]:
        """Most addresses came with an order, and most of those at a till or form that offered a way out."""
        found = []
        for customer in self.customers:
            chance = random.Random(f"capture:{customer.number}")  # noqa: S311
            point = customer.points.get("email")
            if point and chance.random() < 0.8:
                origin = Capture.Origin.SALE if chance.random() < 0.9 else Capture.Origin.OTHER
                found.append(Captured(point.id, origin, customer.since, chance.random() < 0.85))
        return found

    def _of(self, customer: _Customer, chance: random.Random) -> Iterator[ConsentEntry]:
        draw = chance.random()
        agreed = self._moment(customer, chance)
        if draw < 0.34:
            yield self._form(customer, chance, agreed)
        elif draw < 0.52:
            yield from self._confirmed(customer, chance, agreed)
        elif draw < 0.62:
            yield self._imported(customer, chance, agreed)
        elif draw < 0.66:
            yield self._ticked(customer, chance, agreed)
        if "phone" in customer.points and chance.random() < 0.12:
            yield self._by_call(customer, chance, agreed)
        if "post" in customer.points and chance.random() < 0.08:
            yield self._on_paper(customer, chance, agreed)
        yield from self._refusals(customer, chance, agreed, has_agreed=draw < 0.66)

    def _form(self, customer: _Customer, chance: random.Random, at: datetime) -> ConsentEntry:
        purposes = chance.choice(
            (("newsletter",), ("newsletter",), ("newsletter", "marketing"), ("newsletter", "partner_offers"))
        )
        source = chance.choice(("Checkout", "Checkout", "Newsletter form in the footer", "Account page"))
        return self._grant(
            customer, "email", purposes, at, "web_form", source, evidence=(f"form-{_hex(chance)}",)
        )

    def _confirmed(self, customer: _Customer, chance: random.Random, at: datetime) -> Iterator[ConsentEntry]:
        """By double opt-in; one in nine never confirmed."""
        evidence = (f"form-{_hex(chance)}",)
        source = chance.choice(("Newsletter form in the footer", "Listening evening, sign-up page"))
        yield self._grant(
            customer, "email", ("newsletter", "marketing"), at, "double_opt_in", source, evidence=evidence
        )
        if chance.random() < 0.89:
            yield self._said(
                customer, "confirm", "email", ("newsletter", "marketing"),
                at + timedelta(minutes=chance.randint(1, 900)), method="double_opt_in", source=source,
                evidence=(f"click-{_hex(chance)}",),
            )  # fmt: skip

    def _imported(self, customer: _Customer, chance: random.Random, at: datetime) -> ConsentEntry:
        """A list from before: somebody ticked a column, and that is all that is known."""
        source = chance.choice(
            ("customers-2019.xlsx", "customers-2019.xlsx", "Fair in Leipzig, list of names")
        )
        return self._said(
            customer, "grant", "email", ("newsletter",), at if chance.random() < 0.3 else None, method="import",
            source=source, wording="none",
        )  # fmt: skip

    def _ticked(self, customer: _Customer, chance: random.Random, at: datetime) -> ConsentEntry:
        return self._said(
            customer, "grant", "email", ("marketing", "newsletter"), at, method="preticked_box",
            source="Checkout of the old shop", wording="generic", evidence=(f"order-{_hex(chance)}",),
            words="I accept the terms and agree to receive information.",
        )  # fmt: skip

    def _by_call(self, customer: _Customer, chance: random.Random, at: datetime) -> ConsentEntry:
        proof = {"documentation_record": f"call-record-{_hex(chance)}"} if chance.random() < 0.7 else {}
        return self._grant(
            customer, "phone", ("marketing",), at, "call", "Asked on the phone", point="phone",
            evidence=(f"recording-{_hex(chance)}",), **proof,
        )  # fmt: skip

    def _on_paper(self, customer: _Customer, chance: random.Random, at: datetime) -> ConsentEntry:
        purposes = ("marketing",) if chance.random() < 0.6 else ("newsletter",)
        card = (f"card-{_hex(chance)}",)
        return self._grant(
            customer, "post", purposes, at, "paper", "Card at the till", evidence=card, point="post"
        )

    def _refusals(
        self, customer: _Customer, chance: random.Random, agreed: datetime, *, has_agreed: bool
    ) -> Iterator[ConsentEntry]:
        later = _between(agreed + timedelta(hours=20), customer.today, chance)
        draw = chance.random()
        if draw < 0.045 and has_agreed:
            yield self._said(customer, "opt_out", "email", ("newsletter",), later, method="unsubscribe_link",
                             source="Newsletter")  # fmt: skip
        elif draw < 0.06:
            yield self._said(customer, "object", "*", ("marketing",), later, method="preference_centre",
                             source="Preference page")  # fmt: skip
        elif draw < 0.065 and has_agreed:
            yield self._said(customer, "complain", "email", ("*",), later, method="feedback_loop",
                             source="Report of a mailbox provider")  # fmt: skip
        elif draw < 0.075 and "phone" in customer.points:
            yield self._said(customer, "revoke", "phone", ("marketing",), later, method="call", source="Told a member",
                             point="phone")  # fmt: skip
        elif draw < 0.085:
            yield self._said(customer, "privacy_signal", "*", ("sale",), later, method="browser",
                             source="Global Privacy Control")  # fmt: skip
        elif draw < 0.092:
            yield self._said(customer, "object", "*", ("profiling",), later, method="preference_centre",
                             source="Preference page")  # fmt: skip
        elif draw < 0.1 and has_agreed:
            until = datetime.combine(customer.today + timedelta(days=chance.randint(10, 80)), time(22), UTC)
            yield self._said(customer, "pause", "*", ("marketing",), later, method="preference_centre",
                             source="Preference page", until=until)  # fmt: skip

    def _grant(
        self, customer: _Customer, channel: str, purposes: tuple[str, ...], at: datetime, method: str, source: str, *,
        point: str = "email", **proof: Any,
    ) -> ConsentEntry:  # fmt: skip
        """A consent with its notice: the first version, or the one of today for what is newer."""
        recent = at.date() > customer.today - timedelta(days=200)
        notice = (self.notices if recent else self.old)[purposes[0]]
        return self._said(
            customer, "grant", channel, purposes, at, method=method, source=source, point=point, notice=notice,
            language=notice.language, **proof,
        )  # fmt: skip

    def _said(
        self, customer: _Customer, action: str, channel: str, purposes: tuple[str, ...], at: datetime | None, *,
        point: str = "email", **values: Any,
    ) -> ConsentEntry:  # fmt: skip
        address = customer.points.get(point)
        return ConsentEntry(
            customer_id=customer.id, action=action, channel=channel, purposes=purposes, occurred_at=at,
            contact_point_id=address.id if address else None, brand=self.shop.name, **values,
        )  # fmt: skip

    def _moment(self, customer: _Customer, chance: random.Random) -> datetime:
        return _between(datetime.combine(customer.since, time(9), UTC), customer.today, chance)


def _between(earliest: datetime, today: date, chance: random.Random) -> datetime:
    """A moment in daylight from `earliest` until yesterday."""
    latest = datetime.combine(today - timedelta(days=1), time(8), UTC)
    days = max((latest - earliest).days, 0)
    moment = min(earliest, latest) + timedelta(days=chance.randint(0, days), minutes=chance.randint(0, 600))
    return min(moment, latest + timedelta(minutes=59))


def _hex(chance: random.Random) -> str:
    return f"{chance.getrandbits(32):08x}"


def _record(teller: _Teller) -> None:
    waiting: list[ConsentEntry] = []
    for entry in teller.entries():
        waiting.append(entry)
        if len(waiting) == AT_ONCE:
            record_consents(waiting, who="the demo")
            waiting = []
    record_consents(waiting, who="the demo")


def _protect(customers: Sequence[_Customer]) -> None:
    """A few whom the law protects in a special way."""
    year = customers[0].today.year
    for place, customer in enumerate(customers[11::97][:24]):
        born = date(year - (15 if place % 8 == 3 else 17 if place % 8 == 6 else 28 + place), 3, 1 + place)
        change_person(customer_id=customer.id, changes={"born_on": born}, who="the demo")
    for customer in customers[29:30]:
        report_death(customer_id=customer.id, reported_by="Daughter, by phone", who="the demo")
    for customer in customers[43:44]:
        restrict_person(
            customer_id=customer.id, reason="Says that orders were booked under a wrong name", who="the demo"
        )


def _working_day(today: date) -> date:
    """The next one: a letter is planned for it."""
    day = today + timedelta(days=1)
    while day.weekday() > 4:
        day += timedelta(days=1)
    return day


def _ask(customers: Sequence[_Customer], *, at: time) -> None:
    """What members and a letter in preparation asked of the gate today. `at` (UTC): day in all zones they may be in."""
    letter = Message(has_sender_identity=True, has_opt_out=True, has_postal_address=True, has_promotion=True)
    call = Message(has_sender_identity=True)
    some = customers[:: max(len(customers) // 90, 1)]
    noon = datetime.combine(_working_day(customers[0].today), at, UTC)
    asks = [
        Ask(
            customer_id=one.id,
            channel="email",
            purpose="newsletter",
            message=letter,
            at=noon,
            asked_for="newsletter",
        )
        for one in some
    ]
    asks += [Ask(customer_id=one.id, channel="phone", purpose="marketing", message=call, asked_for="customer page")
             for one in some[::3]]  # fmt: skip
    check_many(asks)
