"""Products come with the orders that name them."""

from collections.abc import Mapping

from crm.models import Product


def ensure_products(names: Mapping[str, str]) -> dict[str, Product]:
    """The products of these numbers; those that are missing are made with the name given (or their number).

    number -> name; a product that exists keeps its name and cost.
    """
    wanted = sorted(names)
    found = {p.external_id: p for p in Product.objects.filter(external_id__in=wanted)}
    missing = [Product(external_id=n, name=(names[n] or n)[:200]) for n in wanted if n not in found]
    if not missing:
        return found
    # Somebody may make the same product meanwhile: theirs stays, and is read again.
    Product.objects.bulk_create(missing, ignore_conflicts=True)
    return {p.external_id: p for p in Product.objects.filter(external_id__in=wanted)}


def save_product(*, external_id: str, name: str, unit_cost: int | None) -> Product:
    """Make or change a product. `unit_cost` in minor units counts for orders recorded from now on."""
    product, _ = Product.objects.update_or_create(
        external_id=external_id, defaults={"name": name[:200], "unit_cost": unit_cost}
    )
    return product
