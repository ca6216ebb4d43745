"""What is in force changes here: activated from a day, agreed to by a second person, taken back.

Every decision locks the rule set and names the standing it was made on (`seen`), so that of two at once one is refused.
"""

from datetime import date, datetime
from typing import Final

from django.contrib.postgres.fields import DateTimeRangeField
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from rules.content import Content, keys_in, read_content
from rules.events import ActivationRefused as Refusal
from rules.events import ActivationWaiting, RulesEnded, VersionActivated
from rules.kinds import find_kind
from rules.language.problems import Problem
from rules.models import Activation, RuleDraft, RuleSet, RuleVersion
from rules.moment import setting_now
from rules.selectors.findings import circle_of, findings_of, refusals
from rules.selectors.rulesets import may_activate, may_agree, standing_of
from rules.services.authors import author_of
from rules.services.rule_sets import EditedMeanwhile, locked, put_away, require_open
from rules.services.turns import hold_circles
from tenancy.access import Access
from tenancy.models import TenantProfile
from tenancy.outbox import emit

State = Activation.State
_Period: Final = DateTimeRangeField().range_type
LONGEST_COMMENT: Final = 500


class ActivationRefused(ValueError):
    """This cannot be decided so; the message says why. `problems` says what is wrong with the rules, if it is that."""

    def __init__(self, message: str, problems: list[Problem] | None = None) -> None:
        super().__init__(message)
        self.problems = problems or []


class StandingChanged(ActivationRefused):
    """Somebody else decided meanwhile."""


def activate_rules(
    *, access: Access, rule_set: RuleSet, seen: int, starts_on: date | None = None, comment: str = "",
    revision: int | None = None,
) -> Activation:  # fmt: skip
    """Put the draft in force, now or from the beginning of a day in the tenant's time zone.

    Where two people decide, it waits for the second. A version that is planned for later stays planned: what begins
    before it ends when it begins. `seen` is `Standing.seen`, `revision` the draft's, as they were read.
    Raises ActivationRefused (with the rules' problems), EditedMeanwhile and PermissionDenied.
    """
    with transaction.atomic():
        held = _held(access, rule_set, seen)
        _require_nobody_waits(held)
        draft = RuleDraft.objects.select_for_update().get(rule_set=held)
        if revision is not None and draft.revision != revision:
            raise EditedMeanwhile(draft)
        content = _readable(access, held, draft.content)
        starts = _start(starts_on)
        _require_sense(held, content, draft.content, starts)
        version = _version(access, held, draft, comment)
        return _decide(access, held, version, starts, comment, waits=_two_decide(), is_rollback=False)


def roll_back(*, access: Access, rule_set: RuleSet, to: int, seen: int, comment: str = "") -> Activation:
    """Put version number `to` in force again, now.

    Taking back the latest change needs no second person, whatever the company states: it must be quick, and what comes
    back was agreed to. Any other version waits. Raises ActivationRefused and PermissionDenied.
    """
    with transaction.atomic():
        held = _held(access, rule_set, seen)
        version = RuleVersion.objects.filter(rule_set=held, number=to).first()
        if version is None:
            raise ActivationRefused(f"There is no version {to} of these rules.")
        in_force = standing_of(held).in_force
        if in_force and in_force.version_id == version.id:
            raise ActivationRefused(f"Version {to} is in force.")
        _readable(access, held, version.content)
        _require_no_circle(held, version.content, timezone.now())
        waits = _two_decide() and not _is_undo(held, version)
        if waits:
            _require_nobody_waits(held)
        return _decide(access, held, version, timezone.now(), comment, waits=waits, is_rollback=True)


def agree_to_activation(*, access: Access, activation: Activation, seen: int) -> Activation:
    """The second person agrees: it is in force from its day, or now if that has passed.

    Raises ActivationRefused (also when the rules cannot be read any more) and PermissionDenied.
    """
    with transaction.atomic():
        held, waiting = _held_waiting(access, activation)
        _require_seen(held, seen)
        if not may_agree(access, waiting):
            raise PermissionDenied(
                "A second person has to agree, with a role that may: not who asked, and no token."
            )
        content = _readable(access, held, waiting.version.content)
        _require_sense(held, content, waiting.version.content, waiting.begins)
        _note_decision(access, waiting, State.AGREED)
        _put_in_force(held, waiting)
        _count(held)
    return waiting


def refuse_activation(*, access: Access, activation: Activation, reason: str) -> Activation:
    """The second person does not agree, and says why. Raises ActivationRefused and PermissionDenied."""
    with transaction.atomic():
        held, waiting = _held_waiting(access, activation)
        if not may_agree(access, waiting):
            raise PermissionDenied("Who asked can withdraw it; refusing is for a second person.")
        if not reason.strip():
            raise ActivationRefused("Say why, so that the rules can be mended.")
        _note_decision(access, waiting, State.REFUSED, reason)
        waiting.save()
        _count(held)
        emit(Refusal(rule_set_id=held.id, activation_id=waiting.id))
    return waiting


def withdraw_activation(*, access: Access, activation: Activation, seen: int) -> Activation:
    """Take back what waits, or what is planned and has not begun; what is in force then stays.

    Raises ActivationRefused and PermissionDenied.
    """
    with transaction.atomic():
        held = _held(access, activation.rule_set, seen)
        row = _activation(activation)
        begun = row.state == State.AGREED and row.begins <= timezone.now()
        if begun or row.state not in (State.WAITING, State.AGREED):
            raise ActivationRefused("Only what waits or has not begun can be withdrawn; otherwise roll back.")
        if row.state == State.AGREED:
            _require_one_is_enough("withdraw what two agreed to")
        was_agreed = row.state == State.AGREED
        _note_decision(access, row, State.WITHDRAWN)
        row.save()
        if was_agreed:
            _stretch_the_one_before(held, row)
        _count(held)
    return row


def archive_rule_set(*, access: Access, rule_set: RuleSet, seen: int) -> RuleSet:
    """End what is in force, withdraw what waits or is planned, and put the rules into the archive.

    Raises ActivationRefused and PermissionDenied.
    """
    with transaction.atomic():
        held = _held(access, rule_set, seen)
        standing = standing_of(held)
        if standing.in_force or standing.planned:
            _require_one_is_enough("end what is in force")
        for row in [*standing.planned, *([standing.waiting] if standing.waiting else [])]:
            _note_decision(access, row, State.WITHDRAWN, "the rules were archived")
            row.save()
        if standing.in_force:
            _end(standing.in_force, timezone.now())
            emit(RulesEnded(rule_set_id=held.id, kind=held.kind))
        held.standing += 1
        put_away(held)
    return held


def _held(access: Access, rule_set: RuleSet, seen: int) -> RuleSet:
    """The rule set, locked; open, in the hands of somebody who may, and as they saw it."""
    if not may_activate(access, rule_set):
        raise PermissionDenied("You may not decide what is in force here.")
    held = locked(rule_set)
    _require_seen(held, seen)
    require_open(held)
    return held


def _require_seen(held: RuleSet, seen: int) -> None:
    if held.standing == seen:
        return
    latest = Activation.objects.select_related("version").filter(rule_set=held)
    row = latest.order_by("-asked_at", "-id").first()
    who = (row.decided_by_name or row.asked_by_name or "Somebody") if row else "Somebody"
    what = f"decided on version {row.version.number}" if row else "decided"
    raise StandingChanged(f"{who} {what} a moment ago; look at what is in force now and decide again.")


def _require_nobody_waits(held: RuleSet) -> None:
    waiting = standing_of(held).waiting
    if waiting:
        raise ActivationRefused(
            f"{waiting.asked_by_name} already asked for version {waiting.version.number}; "
            "it must be agreed to, refused or withdrawn first."
        )


def _two_decide() -> bool:
    return TenantProfile.objects.get().rules_need_second_person


def _require_one_is_enough(what: str) -> None:
    if _two_decide():
        raise ActivationRefused(
            f"Two people decide here, so nobody can {what} alone: activate a version without rules instead."
        )


def _readable(access: Access, held: RuleSet, content: object) -> Content:
    found = read_content(
        find_kind(held.kind), content, currency=access.profile.currency, level=held.level, access=access
    )
    if found.problems:
        raise ActivationRefused("Some rules are not complete yet; mend what is marked.", list(found.problems))
    return found


def _require_sense(held: RuleSet, content: Content, raw: object, starts: datetime) -> None:
    """No rule holds for nobody or never gets its turn, and none comes to read what it decides."""
    found = refusals(findings_of(content, setting_now(starts)))
    if found:
        problems = [Problem(one.at, one.code, one.message) for one in found]
        raise ActivationRefused(found[0].message, problems)
    _require_no_circle(held, raw, starts)


def _require_no_circle(held: RuleSet, raw: object, starts: datetime) -> None:
    hold_circles()
    circle = circle_of(held, raw, at=starts)
    if circle:
        raise ActivationRefused(f"These rules would come to read what they decide. {circle}")


def _start(starts_on: date | None) -> datetime:
    now = timezone.now()
    if starts_on is None:
        return now
    setting = setting_now(now)
    if starts_on < setting.today:
        raise ActivationRefused("Rules cannot begin in the past; choose today or a later day.")
    if starts_on.year > setting.today.year + 10:
        raise ActivationRefused("Choose a day within ten years.")
    return max(now, setting.midnight(starts_on))


def _version(access: Access, held: RuleSet, draft: RuleDraft, comment: str) -> RuleVersion:
    """The draft as a version: a new one, or the newest one where nothing has changed."""
    newest = RuleVersion.objects.filter(rule_set=held).order_by("-number").first()
    if newest and newest.content == draft.content:
        return newest
    member, author = author_of(access)
    version = RuleVersion.objects.create(
        rule_set=held, number=newest.number + 1 if newest else 1, content=draft.content,
        reads=sorted(keys_in(draft.content)), comment=comment.strip()[:LONGEST_COMMENT], author=member,
        author_name=author,
    )  # fmt: skip
    draft.based_on = version.number
    draft.save(update_fields=["based_on"])
    return version


def _decide(
    access: Access, held: RuleSet, version: RuleVersion, starts: datetime, comment: str, *, waits: bool,
    is_rollback: bool,
) -> Activation:  # fmt: skip
    member, author = author_of(access)
    row = Activation(
        rule_set=held, version=version, period=_Period(starts, None, "[)"), is_rollback=is_rollback,
        state=State.WAITING, asked_by=member, asked_by_name=author, comment=comment.strip()[:LONGEST_COMMENT],
    )  # fmt: skip
    if waits:
        row.save(force_insert=True)
        emit(ActivationWaiting(rule_set_id=held.id, activation_id=row.id))
    else:
        _note_decision(access, row, State.AGREED)
        _put_in_force(held, row)
    _count(held)
    return row


def _put_in_force(held: RuleSet, row: Activation) -> None:
    """From its start, until the next planned one begins; the one before ends there."""
    starts: datetime = max(row.begins, timezone.now())
    agreed = Activation.objects.filter(rule_set=held, state=State.AGREED).exclude(id=row.id)
    covering = agreed.filter(period__contains=starts).first()
    following = agreed.filter(period__startswith__gt=starts).order_by("period").first()
    if covering:
        _end(covering, starts)
    row.period = _Period(starts, following.begins if following else None, "[)")
    row.save()
    emit(
        VersionActivated(
            rule_set_id=held.id, kind=held.kind, version_id=row.version_id, number=row.version.number,
            starts_at=starts.isoformat(),
        )
    )  # fmt: skip


def _end(row: Activation, at: datetime) -> None:
    if row.begins == at:
        row.state, row.reason = State.WITHDRAWN, "another version begins at the same moment"
    else:
        row.period = _Period(row.begins, at, "[)")
    row.save(update_fields=["state", "reason", "period"])


def _stretch_the_one_before(held: RuleSet, gone: Activation) -> None:
    """What was to end where the withdrawn one began goes on until the withdrawn one would have ended."""
    rows = Activation.objects.filter(rule_set=held, state=State.AGREED, period__endswith=gone.begins)
    before = rows.first()
    if before:
        before.period = _Period(before.begins, gone.period.upper, "[)")
        before.save(update_fields=["period"])


def _is_undo(held: RuleSet, version: RuleVersion) -> bool:
    """Whether this version was in force right before the one that is."""
    in_force = standing_of(held).in_force
    if in_force is None or in_force.is_rollback:
        return False
    before = Activation.objects.filter(
        rule_set=held, state=State.AGREED, period__endswith=in_force.begins, version=version
    )
    return before.exists()


def _held_waiting(access: Access, activation: Activation) -> tuple[RuleSet, Activation]:
    held = locked(activation.rule_set)
    row = _activation(activation)
    if row.state != State.WAITING:
        raise ActivationRefused(f"This is {row.get_state_display()} already.")
    return held, row


def _activation(activation: Activation) -> Activation:
    return Activation.objects.select_related("version").select_for_update(of=("self",)).get(id=activation.id)


def _note_decision(access: Access, row: Activation, state: str, reason: str = "") -> None:
    member, author = author_of(access)
    row.state, row.decided_at, row.reason = state, timezone.now(), reason.strip()[:LONGEST_COMMENT]
    row.decided_by, row.decided_by_name = member, author


def _count(held: RuleSet) -> None:
    held.standing += 1
    held.save(update_fields=["standing"])
