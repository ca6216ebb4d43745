"""My day: one ranked list of everything that needs me, and what my portfolio is worth beside it."""

from typing import Any, Final

from crm.selectors.scope import visible_summaries
from desk.selectors.attention import attention_lines
from desk.selectors.day.basis import MOST, Day, day_of, times
from desk.selectors.day.cases import case_lines
from desk.selectors.day.customers import customer_lines
from desk.selectors.day.facts import may_we_of, opened
from desk.selectors.day.grants import grant_lines
from desk.selectors.day.hand_overs import hand_over_lines
from desk.selectors.day.messages import message_lines
from desk.selectors.day.promises import promise_lines
from desk.selectors.day.ranking import KINDS, RULE, at_stake, minutes, minutes_words, ranked
from desk.selectors.day.since import since_yesterday
from desk.selectors.day.tasks import task_lines
from desk.selectors.day_worth import company_worth, portfolio_worth
from desk.selectors.line import Line
from desk.templatetags.figures import money
from tenancy.access import Access
from value.selectors.margins import margin_words

_LINES: Final = (promise_lines, case_lines, grant_lines, task_lines, hand_over_lines, message_lines)
"""Of everybody; each asks what the member may see."""


def my_day(access: Access, *, kind: str = "", at: int = 0) -> dict[str, Any]:
    """Context of desk/my_day.html. `kind` of KINDS, else all; `at`: which line is open, from 0."""
    day = day_of(access)
    may_value = day.sees_customers and access.may("value.view_value")
    return day_part(access, kind=kind, at=at, day=day) | {
        "may_import": access.may("crm.import"),
        "may_add": access.may("crm.add_customer"),
        "worth": _worth(day) if may_value else None,
        "since": since_yesterday(day) if day.sees_customers else [],
        "margin_words": margin_words() if may_value else "",
        "invented": access.profile.demo_note,
        "import_url": day.url("imports"),
        "new_url": day.url("customer_new"),
    }


def day_part(access: Access, *, kind: str = "", at: int = 0, day: Day | None = None) -> dict[str, Any]:
    """Context of desk/_day.html: the head and the list, which every answer draws anew."""
    day = day or day_of(access)
    lines = ranked(_lines(day))
    shown = [line for line in lines if not kind or line.kind == kind]
    open_at = min(max(at, 0), len(shown) - 1) if shown else 0
    if shown:
        shown[open_at] = opened(day, shown[open_at])
    return {
        "today": day.today, "today_words": f"{day.today:%A %-d %B}", "sentence": _sentence(lines, day),
        "currency": day.currency, "tabs": _tabs(day, lines, kind), "kind": kind, "lines": shown, "open_at": open_at,
        "may_we": may_we_of(day, shown[open_at]) if shown else [], "rule": RULE, "minutes_words": minutes_words(),
        "most": MOST, "may_see": day.sees_customers, "customers_url": day.url("customers"),
        "tasks_url": day.url("tasks"),
        "first_run": day.sees_customers and not shown and not visible_summaries(access).exists(),
    }  # fmt: skip


def _lines(day: Day) -> list[Line]:
    """Newcomers and changes of whom another line speaks already are left out."""
    lines = [*attention_lines(day.access), *(line for kind in _LINES for line in kind(day))]
    if not day.sees_customers:
        return lines
    named = {line.customer_id for line in lines if line.customer_id}
    quiet = [line for line in customer_lines(day) if line.kind != "change" or line.customer_id not in named]
    return lines + quiet


def _sentence(lines: list[Line], day: Day) -> str:
    if not lines:
        return ""
    parts = [times(len(lines), "line")]
    stake = at_stake(lines) if day.sees_customers else 0
    if stake:
        parts.append(f"{money(stake, day.currency)} at stake")
    return ", ".join([*parts, f"about {minutes(lines)} minutes"]) + "."


def _tabs(day: Day, lines: list[Line], kind: str) -> list[dict[str, Any]]:
    home = day.url("home")
    tabs = [{"label": "All", "count": len(lines), "url": home, "active": not kind}]
    for key, label in KINDS.items():
        count = sum(line.kind == key for line in lines)
        if count or kind == key:
            tabs.append({"label": label, "count": count, "url": f"{home}?kind={key}", "active": kind == key})
    return tabs


def _worth(day: Day) -> dict[str, Any] | None:
    if day.own:
        return portfolio_worth(day.access, day.own_ids, day.rows, day.today)
    return company_worth(day.access, day.rows) if day.access.scope == "all" else None
