"""Any answer can be given again, bit for bit."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from privacy.gate import Erased, check, check_many, replay
from privacy.gate.answering import judge, write_answers
from privacy.gate.replay import kept_to_facts
from privacy.models import GateAnswer, GateFacts, TenantRegime
from privacy.services.policy import publish_policy
from tests.cast import Company
from tests.privacy.gate.asking import give_address, may, reachable, say
from tests.privacy.gate.limits import limit_contacts


def test_an_answer_is_the_same_after_everything_has_changed(in_a: Company) -> None:
    ada = reachable(in_a)
    before = check(may(ada))
    say(ada, "object", purposes=("*",))
    limit_contacts(in_a, {"paused": True})
    TenantRegime.objects.create(
        code="JP", name="Japan",
        content={"code": "JP", "name": "Japan", "bases": []},
    )  # fmt: skip
    publish_policy()
    replayed = replay(before.answer_id)
    assert replayed.is_same
    assert replayed.answer == before.answer


def test_every_kind_of_answer_can_be_given_again(in_a: Company, order_of: Any) -> None:
    ada = reachable(in_a)
    give_address(ada, "+442079460000", "phone")
    say(ada, "grant", channel="sms", purposes=("marketing",), method="double_opt_in")
    say(ada, "opt_out", channel="*", purposes=("marketing",))
    limit_contacts(in_a, {"email_most": 1, "from": "09:00", "to": "09:01"})
    order_of(ada, ada.created_at)
    channels = ("email", "sms", "phone", "post", "push", "ad_audience")
    purposes = (
        "newsletter",
        "marketing",
        "order_confirmation",
        "doi_request",
        "share_third_party",
        "no_such_purpose",
    )
    asks = [may(ada, channel, purpose) for channel in channels for purpose in purposes]
    given = check_many([*asks, may(ada, "*", "profiling")])
    assert len({one.answer.code for one in given}) > 5
    for one in given:
        assert one.answer_id is not None
        again = replay(one.answer_id)
        assert (again.answer, again.differences) == (one.answer, ()), one.answer.code


def test_what_is_kept_is_what_was_looked_at(in_a: Company) -> None:
    ada = reachable(in_a, value="family@example.org")
    here = {"address": ("email", "family@example.org")}
    say(ada, "pause", purposes=("*",), until=timezone.now() + timedelta(days=30), **here)
    say(ada, method="call", documentation_record="r-1", written_agreement=True, record="2", evidence=())
    say(in_a.customer["ben"], "opt_out", **here)
    (judged,) = judge([may(ada)])
    write_answers([judged])
    say(ada, "object")
    kept = GateFacts.objects.get(answer_id=judged.given.answer_id).facts
    assert kept["ledger"]["events"] == 3
    assert len(kept["ledger"]["others"]) == 1
    assert kept_to_facts(ada.id, kept) == judged.facts


def test_a_changed_row_shows(in_a: Company) -> None:
    given = check(may(reachable(in_a)))
    row = GateAnswer.objects.get(id=given.answer_id)
    forged = GateAnswer(
        **{f.attname: getattr(row, f.attname) for f in row._meta.local_fields if f.name != "id"}
    )
    forged.decision, forged.code = "deny", "OPTED_OUT"
    forged.save()
    GateFacts.objects.create(answer=forged, facts=GateFacts.objects.get(answer=row).facts)
    assert replay(forged.id).differences == ("decision", "code")
    with pytest.raises(CommandError, match="differs in decision, code"):
        call_command("gate_replay", tenant=in_a.tenant.slug)


def test_the_command_gives_all_again(in_a: Company, capsys: pytest.CaptureFixture[str]) -> None:
    ada = reachable(in_a)
    check_many([may(ada), may(ada, "post"), may(ada, "phone", "marketing")])
    call_command("gate_replay", tenant=in_a.tenant.slug, json=True)
    assert capsys.readouterr().out == '{"tenant": "alpha", "same": 3, "erased": 0}\n'
    with pytest.raises(CommandError, match="no company"):
        call_command("gate_replay", tenant="nobody")


def test_what_was_erased_cannot_be_given_again(in_a: Company) -> None:
    row = GateAnswer.objects.get(id=check(may(reachable(in_a))).answer_id)
    alone = GateAnswer(
        **{f.attname: getattr(row, f.attname) for f in row._meta.local_fields if f.name != "id"}
    )
    alone.save()
    with pytest.raises(Erased):
        replay(alone.id)
