"""After a restore: everybody on the list outside the database who is back is erased again."""

from dataclasses import dataclass

from privacy.models import Erasure
from privacy.services.erasure import erase_person, suppress
from privacy.services.erasures_list import append_line, customers_back, read_lines
from tenancy.context import tenant_context
from tenancy.models import Tenant


@dataclass(frozen=True)
class Replayed:
    """What a replay found and did."""

    lines: int
    erased: int
    added: int
    """Erasures that the database knew and the list did not; they stand in it now."""
    unknown: int
    """Lines of companies that are not in this database."""


def replay_erasures() -> Replayed:
    """Every company in turn, each in a transaction of its own; running it again does nothing more."""
    lines = list(read_lines())
    tenants = {tenant.id for tenant in Tenant.objects.all()}
    erased = added = 0
    for tenant_id in sorted(tenants):
        with tenant_context(tenant_id):
            own = [line for line in lines if line.tenant_id == tenant_id]
            suppress(sorted({made for line in own for made in line.addresses}))
            for customer_id in customers_back([line.customer for line in own]):
                erase_person(customer_id=customer_id, why=Erasure.Why.REPLAYED)
                erased += 1
            added += _add_missing({line.customer for line in lines})
    unknown = sum(line.tenant_id not in tenants for line in lines)
    return Replayed(lines=len(lines), erased=erased, added=added, unknown=unknown)


def _add_missing(known: set[str]) -> int:
    lasting = Erasure.objects.exclude(why=Erasure.Why.UNANSWERED).order_by("at")
    missing = [e for e in lasting if e.hashes["customer"] not in known]
    written: set[str] = set()
    for erasure in missing:
        if erasure.hashes["customer"] not in written and erasure.why != Erasure.Why.REPLAYED:
            append_line(erasure)
            written.add(erasure.hashes["customer"])
    return len(written)
