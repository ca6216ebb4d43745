"""Cases of the demo: opened at the load, so that their clocks run; some answered, one waits, one is done."""

from typing import Final

from crm.models import Customer
from interactions.models import Case, CaseKind
from interactions.services.authors import Author
from interactions.services.cases import answer_case, note_case, open_case, resolve_case, wait_for_customer
from portfolios.models import Portfolio
from privacy.models import Person
from tenancy.models import Member

# (subject, kind, severity, what they said, raised by us, what became of it)
CASES: Final = (
    ("Box set came with disc two cracked", "Something is broken", 2,
     "Says the parcel was fine and the case inside was not. Wants the same pressing, no refund.", False, "answered"),
    ("Charged twice for the March order", "Bill", 2, "Two debits on the same day; sent the statement.", False, "open"),
    ("Pre-order is two weeks late", "Delivery", 1, "Asked twice by mail and got no answer.", False, "waiting"),
    ("Warped copies from the same pallet", "Something is broken", 1,
     "Three others returned it; this customer has not opened theirs yet.", True, "answered"),
    ("Wrong sleeve size in the return box", "Return", 0, "", False, "resolved"),
    ("Which pressing is on offer?", "Question", 0, "Collects first pressings only.", False, "open"),
)  # fmt: skip


def load_cases() -> None:
    """In the tenant's context; harmless when run again."""
    if Case.objects.exists():
        return
    kinds = {kind.name: kind for kind in CaseKind.objects.select_related("calendar")}
    for place, customer in enumerate(_customers(len(CASES))):
        subject, kind, severity, text, is_proactive, became = CASES[place]
        by = _manager_of(customer)
        made, _ = open_case(
            customer=customer, kind=kinds[kind], subject=subject, text=text, severity=severity,
            is_proactive=is_proactive, by=by, key=f"demo:{place}",
        )  # fmt: skip
        _go_on(made, became, by)


def _customers(count: int) -> list[Customer]:
    """Two managers' customers, from valuable ones to others; nobody whose data may not be used."""
    aside = Person.objects.exclude(deceased_at=None, restricted_at=None).values("customer_id")
    rows = Customer.objects.select_related("summary").filter(trashed_at=None).exclude(id__in=aside)
    with_manager = Portfolio.objects.filter(manager__isnull=False).values("id")
    found = rows.filter(summary__portfolio_id__in=with_manager, summary__value__isnull=False)
    ranked = list(found.order_by("-summary__value", "id")[: count * 7 : 7])
    return ranked[:count]


def _manager_of(customer: Customer) -> Author:
    manager = Member.objects.get(portfolios=customer.summary.portfolio_id)
    return Author(f"member:{manager.id}", manager.name, manager)


def _go_on(made: Case, became: str, by: Author) -> None:
    if became == "answered":
        answer_case(
            case=made, text="Called back; a new copy goes out as soon as the warehouse has it.", by=by
        )
        note_case(case=made, text="Warehouse: Thursday at the latest.", by=by)
    elif became == "waiting":
        wait_for_customer(
            case=made, text="Offered the black pressing, which is here. Which do they want?", by=by
        )
    elif became == "resolved":
        resolve_case(case=made, resolution="Sent a larger box and the label with it.", by=by)
