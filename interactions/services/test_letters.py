"""A template as a letter to the member who asks for it: never to a customer, so the gate is not asked."""

from interactions.models import Template
from interactions.selectors.templates import wordings_now
from interactions.services.refusals import Refused
from interactions.wording import FIELDS, fill
from privacy.selectors.purposes import sender
from tenancy.models import Member
from tenancy.services.letters import write_to_member

SAMPLE = {
    "customer.name": "Ada Example", "customer.first_name": "Ada", "customer.number": "10001", "today": "today",
}  # fmt: skip


class TestLetterRefused(Refused):
    """The letter could not be sent."""


def send_test_letter(*, template: Template, language: str, member: Member) -> None:
    """The newest wording in this language, its fields filled with an invented customer. Raises TestLetterRefused."""
    wording = wordings_now(template).get(language)
    if wording is None:
        raise TestLetterRefused("The template has no words in this language.")
    company = sender().sender_name
    values = dict.fromkeys(FIELDS, "") | SAMPLE | {"manager.name": member.name, "company.name": company}
    words = {"subject": fill(wording.subject, values) or template.name, "body": fill(wording.body, values)}
    try:
        write_to_member(member=member, template="interactions/mail/test", context=words)
    except Exception as error:  # a mail server's client raises many kinds
        raise TestLetterRefused("The mail server did not take it. Try again in a while.") from error
