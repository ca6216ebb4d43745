"""What several pages of rules need."""

from uuid import UUID

from django.http import Http404

from rules.models import RuleSet
from rules.selectors.rulesets import visible_rule_set
from tenancy.requests import TenantRequest


def rule_set_or_404(request: TenantRequest, rule_set_id: UUID) -> RuleSet:
    """The rule set of the address; one out of reach is as if it did not exist."""
    found = visible_rule_set(request.access, rule_set_id)
    if found is None:
        raise Http404
    return found
