"""Two demo companies, through the same doors that a real company uses; harmless when run again.

A load that was killed goes on where it stopped: members, portfolios and imports that are there stay as they are.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from config.demo.companies import BLUEBIRD, HARBOUR, PASSWORD, Shop, Staff
from config.demo.interactions.cases import load_cases
from config.demo.interactions.contacts import load_contacts
from config.demo.interactions.letters import load_letters
from config.demo.interactions.promises import load_promises
from config.demo.interactions.work import seed_work
from config.demo.people import Person, invent_people
from config.demo.privacy import seed_privacy
from config.demo.purchases import Purchase, cdnow_purchases, simulated_purchases
from config.demo.rules import write_rules
from crm.models import Customer, Import
from crm.selectors.segments import FILL
from crm.services.imports import check_import, load_import, upload_import
from crm.services.summaries import tenant_today
from portfolios.models import Portfolio
from portfolios.services.assignments import house_portfolio, transfer_customers
from portfolios.services.portfolios import open_portfolio
from privacy.services.health import start_measure
from tenancy.context import tenant_context
from tenancy.jobs import run_job
from tenancy.models import Job, Member, Role, Tenant, TenantProfile, Unit
from tenancy.services.members import add_member
from tenancy.services.tenants import create_tenant
from tenancy.services.units import add_unit
from value.services.kinds import start_deciding
from value.services.recompute import start_history, start_recompute

MONTHS_OF_HISTORY = 12


class DemoFailed(RuntimeError):
    """A job of the load ended badly; the message is the job's."""


def load_demo() -> list[dict[str, str]]:
    """Load both companies unless they are there; returns who may sign in."""
    for shop, customers in ((BLUEBIRD, 2357), (HARBOUR, 60)):
        tenant = _open(shop)
        with tenant_context(tenant.id):
            loaded = bool(TenantProfile.objects.get().demo_note)
        if not loaded:
            _stock(tenant, shop, customers)
    return [
        {
            "company": shop.name,
            "who": f"{s.name}, {s.role.replace('-', ' ')}",
            "email": s.email,
            "password": PASSWORD,
        }
        for shop in (BLUEBIRD, HARBOUR)
        for s in shop.staff
    ]


def _open(shop: Shop) -> Tenant:
    found = Tenant.objects.filter(slug=shop.slug).first()
    if found:
        return found
    admin = shop.staff[0]
    return create_tenant(
        slug=shop.slug, name=shop.name, country=shop.country, currency=shop.currency, time_zone=shop.time_zone,
        admin_email=admin.email, admin_name=admin.name, admin_password=PASSWORD,
    ).tenant  # fmt: skip


def _stock(tenant: Tenant, shop: Shop, customers: int) -> None:
    with tenant_context(tenant.id):
        _hire(shop)
        today = tenant_today(TenantProfile.objects.get())
    purchases = _purchases(shop, customers, yesterday=today - timedelta(days=1))
    numbers = sorted({purchase.customer for purchase in purchases})
    people = invent_people(len(numbers), seed=len(shop.slug))
    _import(tenant, Import.Kind.CUSTOMERS, "customers.csv", _customer_rows(numbers, people, shop.country))
    _import(tenant, Import.Kind.ORDERS, "orders.csv", _order_rows(purchases))
    _share_out(tenant, shop, numbers)
    _value(tenant, today)
    _rule(tenant, shop)
    _consent(tenant, shop)
    _talk(tenant, shop)
    with tenant_context(tenant.id):
        TenantProfile.objects.update(demo_note=list(shop.invented))


def _purchases(shop: Shop, customers: int, *, yesterday: date) -> list[Purchase]:
    if shop is BLUEBIRD:
        return cdnow_purchases(last_day=yesterday)
    return simulated_purchases(customers=customers, last_day=yesterday, seed=7)


def _hire(shop: Shop) -> None:
    """Units, members and portfolios that are not there yet."""
    root = Unit.objects.get(parent=None)
    units = {u.name: u for u in Unit.objects.all()}
    for name in shop.units:
        units[name] = units.get(name) or add_unit(name=name, parent=root)
    roles = {role.key: role for role in Role.objects.all()}
    present = {member.user.email: member for member in Member.objects.select_related("user")}
    for staff in shop.staff:
        unit = units.get(staff.unit, root)
        member = present.get(staff.email) or add_member(
            email=staff.email, name=staff.name, role=roles[staff.role], unit=unit, password=PASSWORD
        )
        if staff.portfolio and not Portfolio.objects.filter(name=staff.portfolio[0]).exists():
            open_portfolio(name=staff.portfolio[0], manager=member)


def _customer_rows(numbers: Sequence[str], people: Sequence[Person], country: str) -> Iterable[Sequence[Any]]:
    yield "number", "name", "email", "phone", "street", "city", "postal_code", "country"
    for number, person in zip(numbers, people, strict=True):
        # Not everybody told us everything.
        phone = person.phone if int(number[-2:]) % 3 else ""
        yield (
            number, person.name, person.email, phone, person.street, person.city, person.postal_code, country
        )  # fmt: skip


def _order_rows(purchases: Sequence[Purchase]) -> Iterable[Sequence[Any]]:
    yield "order", "date", "customer", "product", "description", "quantity", "amount", "cost", "channel"
    for p in purchases:
        yield (
            p.order, p.day.isoformat(), p.customer, p.product, p.description, p.quantity, p.amount, p.cost, "web shop"
        )  # fmt: skip


def _import(tenant: Tenant, kind: str, name: str, rows: Iterable[Sequence[Any]]) -> None:
    """Upload, check under the guessed mapping, and load, as an administrator would in the browser."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    with tenant_context(tenant.id):
        run = upload_import(kind=kind, name=name, chunks=[text.getvalue().encode()], created_by=None)
        job = check_import(run=run, mapping=run.mapping)
    _work(tenant, job)
    with tenant_context(tenant.id):
        run.refresh_from_db()
        job = load_import(run=run)
    _work(tenant, job)


def _work(tenant: Tenant, job: Job) -> None:
    """Do a job here and now, beside whatever workers there are."""
    run_job(tenant.id, job.id)
    with tenant_context(tenant.id):
        job.refresh_from_db()
    if job.state != Job.State.DONE:
        raise DemoFailed(f"{job.title}: {job.state}. {job.error}")


def _share_out(tenant: Tenant, shop: Shop, numbers: Sequence[str]) -> None:
    """Each portfolio gets its share of the customers who are still in the house; the rest stays there."""
    with tenant_context(tenant.id):
        waiting = Customer.objects.filter(summary__portfolio_id=house_portfolio().id)
        ids = dict(waiting.values_list("external_id", "id"))
        start = 0
        for staff in shop.staff:
            if staff.portfolio:
                end = start + staff.portfolio[1]
                _give(
                    staff, [ids[n] for i, n in enumerate(numbers) if start <= i * 37 % 100 < end and n in ids]
                )
                start = end


def _give(staff: Staff, customer_ids: list[UUID]) -> None:
    if staff.portfolio and customer_ids:
        transfer_customers(
            customer_ids=customer_ids, to=Portfolio.objects.get(name=staff.portfolio[0]),
            reason="First distribution of customers among the managers",
        )  # fmt: skip


def _value(tenant: Tenant, today: date) -> None:
    with tenant_context(tenant.id):
        job = start_recompute()
    _work(tenant, job)
    for month_end in reversed(list(_month_ends(before=today))):
        with tenant_context(tenant.id):
            job = start_history(taken_on=month_end)
        _work(tenant, job)


def _rule(tenant: Tenant, shop: Shop) -> None:
    with tenant_context(tenant.id):
        write_rules(tenant, shop)
        # Who is of which kind first: a segment reads it.
        jobs = [start_deciding(slot="demo"), *Job.objects.filter(kind=FILL, state=Job.State.QUEUED)]
    for job in jobs:
        _work(tenant, job)


def _consent(tenant: Tenant, shop: Shop) -> None:
    with tenant_context(tenant.id):
        seed_privacy(tenant, shop)
        load_cases()
        job = start_measure()
    _work(tenant, job)


def _talk(tenant: Tenant, shop: Shop) -> None:
    with tenant_context(tenant.id):
        load_contacts(shop)
        load_promises()
        seed_work(tenant, shop)
        load_letters(shop)


def _month_ends(*, before: date) -> Iterable[date]:
    day = before
    for _ in range(MONTHS_OF_HISTORY):
        day = day.replace(day=1) - timedelta(days=1)
        yield day
