"""From a message's words to what is handed over, with all that the law asks for around it."""

from typing import Any, Final

from django.template.loader import render_to_string

from crm.models import ContactPoint, Customer
from interactions.wording import html_of
from portfolios.selectors.card import portfolio_of
from privacy.delivery import Mail, Note
from privacy.links import preferences_link, unsubscribe_link
from privacy.models import PrivacyProfile, Purpose
from privacy.policy.facts import Message as Described
from privacy.selectors.purposes import sender
from tenancy.wording import day_in_words, language_for, say

BY_MACHINE: Final = frozenset({"email", "sms", "push"})


def field_values(customer: Customer, language: str, at: Any) -> dict[str, str]:
    """What the fields of a template stand for, for one customer. Three queries at most."""
    portfolio = portfolio_of(customer)
    manager = portfolio.manager if portfolio else None
    is_person = customer.kind == Customer.Kind.PERSON
    profile = sender()
    return {
        "customer.name": customer.name,
        "customer.first_name": customer.name.split()[0] if is_person else customer.name,
        "customer.number": customer.external_id or "",
        "manager.name": manager.name if manager else profile.sender_name,
        "company.name": profile.sender_name,
        "today": day_in_words(language, at),
    }


def describe(channel: str, *, is_marketing: bool, campaign: str = "") -> Described:
    """The message as the gate is to judge it: what is stated of the sender stands in it, and a way out always does."""
    profile = sender()
    return Described(
        has_promotion=is_marketing,
        has_sender_identity=bool(profile.sender_name.strip()),
        has_postal_address=bool(profile.postal_address.strip()),
        has_opt_out=True,
        automated=channel in BY_MACHINE,
        subject=campaign[:80] or None,
    )


def unmet_duties(described: Described) -> list[str]:
    """What a message would not say, in sentences that tell where to mend it."""
    found = []
    if not described.has_sender_identity:
        found.append(
            "It does not say who writes. State the sender’s name under Privacy, Contact policy, Sender."
        )
    if not described.has_postal_address:
        found.append(
            "It names no postal address, which marketing needs in many countries. State it under Privacy, Contact "
            "policy, Sender."
        )
    return found


def mail_of(
    *, subject: str, body: str, language: str, point: ContactPoint, way_out_of: Purpose | None
) -> Mail:
    """An e-mail. `way_out_of`: the purpose that one click ends; None for what nobody can unsubscribe from."""
    language = language_for([language])
    unsubscribe = unsubscribe_link(point, way_out_of) if way_out_of else ""
    context = {
        **_around(language), "subject": subject, "body": body, "html": html_of(body),
        "unsubscribe_url": f"{unsubscribe}?language={language}" if unsubscribe else "",
        "preferences_url": f"{preferences_link(point)}?language={language}",
    }  # fmt: skip
    return Mail(
        subject=subject,
        text=render_to_string("public/mail/message.txt", context),
        html=render_to_string("public/mail/message.html", context),
        language=language,
        unsubscribe_url=unsubscribe,
    )


def note_of(*, title: str, body: str, language: str, point: ContactPoint, way_out_of: Purpose | None) -> Note:
    """A text or push message: who writes stands first, the way out last."""
    language = language_for([language])
    link = unsubscribe_link(point, way_out_of) if way_out_of else ""
    ends = f"\n{say(language, 'mail_unsubscribe')}: {link}" if link else ""
    return Note(
        title=title, text=f"{sender().sender_name}: {body}{ends}", language=language, unsubscribe_url=link
    )


def task_text_of(*, body: str, point: ContactPoint | None) -> str:
    """For whoever writes the letter or calls: the words, and what has to be said with them."""
    profile = sender()
    lines = [body, "", f"Say that you are from {profile.sender_name}, and how they can say no to more."]
    if profile.postal_address:
        lines.append(f"Our address: {profile.postal_address}")
    if point:
        lines += [f"Use only: {point.value}", f"Their choices: {preferences_link(point)}"]
    return "\n".join(lines).strip()


def _around(language: str) -> dict[str, Any]:
    profile: PrivacyProfile = sender()
    return {
        "language": language, "profile": profile,
        "sent_by": say(language, "mail_sent_by", company=profile.sender_name),
        "unsubscribe": say(language, "mail_unsubscribe"), "preferences": say(language, "mail_preferences"),
    }  # fmt: skip
