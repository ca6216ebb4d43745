"""Is it really they who ask? A code goes to an address that we have; who reads mail there can say it.

Never to the address that whoever asks gives: a stranger would get another one's data.
"""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from crm.models import ContactPoint
from privacy.delivery import Mail, send_email
from privacy.events import IdentityCodeAsked
from privacy.gate import Ask, Permit, permit
from privacy.keys import keys_of
from privacy.models import PersonRequest, RequestStep
from privacy.policy.facts import Message
from privacy.selectors.purposes import sender
from privacy.services.requests import RequestRefused, identified_by_code, record_step
from tenancy.context import current_tenant_id
from tenancy.outbox import emit

GOOD_FOR: Final = timedelta(hours=1)
MOST_TRIES: Final = 5
BETWEEN: Final = timedelta(minutes=1)
PURPOSE: Final = "privacy_answer"

_WORDS: Final = {
    "en": ("Your code", "Somebody asked {company} about your data. If it was you, this is the code: {code}\n\n"
           "It works for an hour. If it was not you, do nothing: nobody gets anything without it."),
    "de": ("Ihr Code", "Jemand hat {company} nach Ihren Daten gefragt. Wenn Sie es waren, ist dies der Code: {code}\n\n"
           "Er gilt eine Stunde. Wenn Sie es nicht waren, tun Sie nichts: Ohne ihn bekommt niemand etwas."),
    "fr": ("Votre code", "Quelqu’un a interrogé {company} sur vos données. Si c’est vous, voici le code : {code}\n\n"
           "Il est valable une heure. Si ce n’est pas vous, ne faites rien : sans lui, personne n’obtient rien."),
    "es": ("Su código", "Alguien ha preguntado a {company} por sus datos. Si ha sido usted, es este código: {code}\n\n"
           "Vale una hora. Si no ha sido usted, no haga nada: sin él nadie recibe nada."),
    "pt": ("O seu código", "Alguém perguntou a {company} pelos seus dados. Se foi você, este é o código: {code}\n\n"
           "Vale uma hora. Se não foi você, não faça nada: sem ele ninguém recebe nada."),
}  # fmt: skip


def ask_for_code(*, request_id: UUID, contact_point_id: UUID) -> None:
    """Have a code sent to an e-mail address of the customer. Raises RequestRefused."""
    with transaction.atomic():
        request = _waiting(request_id)
        point = ContactPoint.objects.filter(
            id=contact_point_id, customer=request.customer, kind=ContactPoint.Kind.EMAIL
        ).first()
        if point is None:
            raise RequestRefused("Choose an e-mail address of this customer.", field="contact_point")
        if request.code_sent_at and timezone.now() - request.code_sent_at < BETWEEN:
            raise RequestRefused("A code was sent just now; wait a minute before another one.")
        emit(IdentityCodeAsked(request_id=request.id, contact_point_id=point.id))


def send_code(*, request_id: UUID, contact_point_id: UUID, key: str) -> bool:
    """Make a code and mail it; False where it is no longer wanted, or the gate says no. Only its hash is kept."""
    request = PersonRequest.objects.select_for_update().filter(id=request_id).first()
    if request is None or request.state != PersonRequest.State.RECEIVED or request.customer_id is None:
        return False
    ask = Ask(
        customer_id=request.customer_id, channel="email", purpose=PURPOSE, contact_point_id=contact_point_id,
        message=Message(has_sender_identity=True, automated=True), asked_for="identity check",
    )  # fmt: skip
    given = permit(ask, key=key)
    if not isinstance(given, Permit):
        return False
    code = f"{secrets.randbelow(10**8):08d}"
    request.code_digest, request.code_tries, request.code_sent_at = _digest(request, code), 0, timezone.now()
    request.address_hash = given.address_hash
    request.save(update_fields=["code_digest", "code_tries", "code_sent_at", "address_hash"])
    record_step(request, RequestStep.What.CODE_SENT)
    send_email(given, _letter(request, code))
    return True


def identify_by_code(*, request_id: UUID, code: str) -> bool:
    """Whether the code is right; then the request is theirs. A wrong one counts. Raises RequestRefused."""
    with transaction.atomic():
        request = _waiting(request_id)
        sent = request.code_sent_at
        if not (request.code_digest and sent) or timezone.now() - sent > GOOD_FOR:
            raise RequestRefused(
                "No code is waiting, or it is older than an hour; send another one.", field="code"
            )
        if request.code_tries >= MOST_TRIES:
            raise RequestRefused("Too many wrong codes; send another one.", field="code")
        plain = "".join(code.split())
        if any(secrets.compare_digest(made, request.code_digest) for made in _digests(request, plain)):
            identified_by_code(request)
            return True
        request.code_tries += 1
        request.save(update_fields=["code_tries"])
        record_step(request, RequestStep.What.CODE_WRONG)
    return False


def _waiting(request_id: UUID) -> PersonRequest:
    request = PersonRequest.objects.select_for_update().get(id=request_id)
    if request.state != PersonRequest.State.RECEIVED:
        raise RequestRefused("It is known already who asks.")
    if request.customer_id is None:
        raise RequestRefused("First say which customer it is about.", field="customer")
    return request


def _digests(request: PersonRequest, code: str) -> list[str]:
    message = f"{request.id}:{code}".encode()
    return [key.hash(message) for key in keys_of(current_tenant_id(), "code")]


def _digest(request: PersonRequest, code: str) -> str:
    return _digests(request, code)[0]


def _letter(request: PersonRequest, code: str) -> Mail:
    assert request.customer is not None
    wanted = [request.customer.language.partition("-")[0].lower(), *sender().languages, "en"]
    language = next(one for one in wanted if one in _WORDS)
    subject, text = _WORDS[language]
    words = text.format(company=sender().sender_name, code=f"{code[:4]} {code[4:]}")
    html = render_to_string("privacy/mail/code.html", {"words": words, "language": language})
    return Mail(subject=subject, text=words, html=html, language=language)
