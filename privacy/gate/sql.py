"""The one statement that reads everything the gate needs to know, of any number of customers.

Each row is one customer that was asked for. What a customer has many of comes as JSON lists, in the order of the
constants below. The first column says what is in force: policy, rules, profile; it is the same for all, so one row has
it. Of each customer those addresses are read that were asked about: `kinds` names their kinds, with blanks between.
"""

from functools import lru_cache
from typing import Final

from privacy.keys import Key

HEADER: Final = """
SELECT json_build_object(
    'now', clock_timestamp(), 'zone', tp.time_zone, 'currency', tp.currency, 'country', tp.country,
    'policy', pr.policy_id, 'sender_country', pr.sender_country, 'is_charity', pr.is_charity,
    'directed_at_children', pr.directed_at_children, 'balancing_test', pr.balancing_test,
    'order_days', pr.order_days, 'paused_until', pr.marketing_paused_until,
    'important', (SELECT json_agg(pu.key) FROM privacy_purpose pu
        WHERE pu.tenant_id = %(tenant)s::uuid AND pu.is_important),
    'versions', (SELECT json_agg(ac.version_id ORDER BY rs.id) FROM rules_ruleset rs
        JOIN rules_activation ac ON ac.tenant_id = rs.tenant_id AND ac.rule_set_id = rs.id
        WHERE rs.tenant_id = %(tenant)s::uuid AND rs.kind = %(kind)s
            AND ac.state = 'agreed' AND ac.period @> clock_timestamp()))
FROM tenancy_tenantprofile tp LEFT JOIN privacy_privacyprofile pr ON pr.tenant_id = tp.tenant_id
WHERE tp.tenant_id = %(tenant)s::uuid
"""

HASHES: Final = "/*hashes*/"
"""Stands where `hashes_sql` is put in: which keys there are is not part of what is kept."""

_EVENT: Final = """json_build_array(e.id, e.action, e.channel, e.purposes, e.occurred_at, e.recorded_at, e.method,
    e.source, e.wording, e.notice_version, e.evidence, e.documentation_record, e.written_agreement, e.record,
    e.address_hash, e.until)"""

# Stops that somebody else said for the same address: it is one address, whoever's record it stands in.
_STOPS_OF_ADDRESS: Final = f"""
SELECT json_agg({_EVENT} ORDER BY e.recorded_at, e.id) FROM privacy_consentevent e
WHERE e.tenant_id = %(tenant)s::uuid AND e.address_hash = ANY(h.hashes) AND e.customer_id <> cp.customer_id
    AND NOT (e.address_hash = '') AND NOT (e.action IN ('grant', 'confirm', 'expire'))
    AND e.action IN ('withdraw', 'opt_out', 'revoke', 'object', 'complain', 'privacy_signal')
"""

_SUPPRESSED: Final = """
SELECT json_agg(json_build_array(s.reason, s.since) ORDER BY s.reason) FROM privacy_suppression s
WHERE s.tenant_id = %(tenant)s::uuid AND s.address_hash = ANY(h.hashes)
"""

# OFFSET 0: else the planner puts the hashing wherever its result is used, and every address is hashed three times.
_POINTS: Final = f"""
SELECT json_agg(json_build_array(cp.id, cp.kind, cp.is_primary, cp.value, cp.invalid_at IS NOT NULL, h.hashes,
    ca.origin, ca.collected_on, ca.way_out_offered, ca.hard_bounced_at IS NOT NULL,
    ({_SUPPRESSED}), ({_STOPS_OF_ADDRESS})))
FROM crm_contactpoint cp
LEFT JOIN privacy_capture ca ON ca.tenant_id = cp.tenant_id AND ca.contact_point_id = cp.id
CROSS JOIN LATERAL (SELECT {HASHES} OFFSET 0) AS h (hashes)
WHERE cp.tenant_id = %(tenant)s::uuid AND cp.customer_id = c.id
    AND ((cp.is_primary AND cp.kind = ANY(string_to_array(a.kinds, ' '))) OR cp.id = ANY(%(points)s::uuid[]))
"""

_EVENTS: Final = f"""
SELECT json_agg({_EVENT} ORDER BY e.sequence) FROM privacy_consentevent e
WHERE e.tenant_id = %(tenant)s::uuid AND e.customer_id = c.id
"""

_LAST_PURCHASE: Final = """
SELECT o.ordered_at FROM crm_order o
WHERE o.tenant_id = %(tenant)s::uuid AND o.customer_id = c.id AND o.kind = 'sale'
    AND o.ordered_at <= coalesce(%(latest)s::timestamptz, clock_timestamp())
ORDER BY o.ordered_at DESC LIMIT 1
"""

# The one mail that asks to confirm is sent once, however long ago.
_CONTACTS: Final = """
SELECT json_agg(json_build_array(k.key, k.at, k.channel, k.purpose, k.subject, k.outcome) ORDER BY k.at, k.id)
FROM privacy_contact k
WHERE k.tenant_id = %(tenant)s::uuid AND k.customer_id = c.id AND NOT (k.state = 'let_go')
    AND (k.at > coalesce(%(earliest)s::timestamptz, clock_timestamp()) - %(days)s * interval '1 day'
        OR k.purpose = 'doi_request')
"""


# Requests to be erased that are not finished; another kind of request holds nothing back. Only of those of whom we know
# that it is they who ask: nobody stops another one's messages by pretending.
_REQUESTS: Final = """
SELECT json_agg(json_build_array(q.kind, q.received_at) ORDER BY q.received_at, q.id) FROM privacy_personrequest q
WHERE q.tenant_id = %(tenant)s::uuid AND q.customer_id = c.id AND q.kind = 'erasure' AND q.state = 'open'
"""

COLUMNS: Final = (
    "header", "customer_id", "is_here", "kind", "acts_for", "country", "time_zone", "person_kind", "residences",
    "born_on", "parental", "deceased", "restricted", "erased", "contract_until", "last_contact_at", "points", "events",
    "last_purchase", "contacts", "requests", "line",
)  # fmt: skip


def statement(*, line: str) -> str:
    """The statement with named parameters. `line`: SQL of (customer_id, line), or "" where there are no rules."""
    deciding = (
        f"LEFT JOIN LATERAL (SELECT r.line FROM ({line}) r WHERE r.customer_id = c.id) r ON true"
        if line
        else ""
    )
    return f"""
SELECT CASE WHEN a.place = 1 THEN ({HEADER})::text END, a.id, c.id IS NOT NULL AND c.trashed_at IS NULL, c.kind,
    c.acts_for_id IS NOT NULL, c.country, c.time_zone, p.kind, to_json(p.residences), p.born_on,
    p.parental_authorisation_at, p.deceased_at IS NOT NULL, p.restricted_at IS NOT NULL, p.erased_at,
    p.contract_until, ch.last_contact_at,
    ({_POINTS}), ({_EVENTS}), ({_LAST_PURCHASE}), ({_CONTACTS}), ({_REQUESTS}), {"r.line" if line else "NULL"}
FROM unnest(%(customers)s::uuid[], %(kinds)s::text[]) WITH ORDINALITY AS a (id, kinds, place)
LEFT JOIN crm_customer c ON c.tenant_id = %(tenant)s::uuid AND c.id = a.id
LEFT JOIN privacy_person p ON p.tenant_id = c.tenant_id AND p.customer_id = c.id
LEFT JOIN privacy_consentchain ch ON ch.tenant_id = c.tenant_id AND ch.customer_id = c.id
{deciding}
"""


@lru_cache(maxsize=1024)
def hashes_sql(keys: tuple[Key, ...]) -> str:
    """HMAC-SHA-256 of contact point `cp` under each key, as privacy.keys makes it: text[], the key in use first."""
    made = (
        f"'{key.name}:' || encode(sha256('\\x{key.outer.hex()}'::bytea || sha256('\\x{key.inner.hex()}'::bytea "
        f"|| convert_to(cp.kind || ':' || cp.value_key, 'UTF8'))), 'hex')"
        for key in keys
    )
    return f"ARRAY[{', '.join(made)}]"


# What a permit holds until its transaction ends, in the order of privacy.services.locks: the customer's chain, then
# the address. Each is a statement of its own, so that what follows reads what was committed while it waited.
LOCKS: Final = f"""
INSERT INTO privacy_consentchain (tenant_id, customer_id, events, head)
    SELECT c.tenant_id, c.id, 0, '' FROM crm_customer c
    WHERE c.tenant_id = %(tenant)s::uuid AND c.id = ANY(%(customers)s::uuid[])
    ON CONFLICT DO NOTHING;
SELECT FROM privacy_consentchain
    WHERE tenant_id = %(tenant)s::uuid AND customer_id = ANY(%(customers)s::uuid[]) FOR UPDATE;
SELECT pg_advisory_xact_lock(hashtextextended('privacy:address:' || %(tenant)s || cp.hash, 0))
    FROM (SELECT DISTINCT ({HASHES})[1] AS hash FROM crm_contactpoint cp
        WHERE cp.tenant_id = %(tenant)s::uuid AND cp.customer_id = ANY(%(customers)s::uuid[])
            AND ((cp.is_primary AND cp.kind = ANY(string_to_array(array_to_string(%(kinds)s::text[], ' '), ' ')))
                OR cp.id = ANY(%(points)s::uuid[]))
        ORDER BY 1) cp;
"""
