"""What every company starts with: the usual purposes, a first notice for each. They are rows: it may change them."""

from dataclasses import dataclass, field
from typing import Final

from privacy.models.purpose import Channel, Purpose

Class = Purpose.Class
LANGUAGES: Final = ("en", "de", "fr", "es", "pt")
_LANGUAGE_OF: Final = {
    **dict.fromkeys(("DE", "AT", "LI", "CH"), "de"),
    **dict.fromkeys(("FR", "MC"), "fr"),
    **dict.fromkeys(("ES", "MX", "AR", "CL", "CO", "PE", "UY"), "es"),
    **dict.fromkeys(("PT", "BR", "AO", "MZ"), "pt"),
}


def languages_of(country: str) -> list[str]:
    """The languages of the first notices, the country's own first."""
    first = _LANGUAGE_OF.get(country, "en")
    return [first, *(language for language in LANGUAGES if language != first)]


@dataclass(frozen=True)
class UsualPurpose:
    """`notice`: text by language; {sender} is the company. `channels`: on which people may choose."""

    key: str
    name: str
    purpose_class: str
    description: str
    legal_basis: str
    channels: tuple[str, ...] = ()
    is_important: bool = False
    notice: dict[str, str] = field(default_factory=dict)


BREACH: Final = UsualPurpose(
    "security_breach_notice", "Security notices", Class.LEGAL_DUTY,
    "Telling people that something happened to their data.",
    "legal duty: GDPR 6(1)(c), 34", is_important=True,
    notice={"en": "{sender} tells you without delay when something happens to your data that may put you at risk. "
                  "The law demands it, so it cannot be switched off."},
)  # fmt: skip
RIGHTS: Final = UsualPurpose(
    "privacy_answer", "Answers to privacy requests", Class.LEGAL_DUTY,
    "Answering people who ask what is known about them, or ask for a correction or erasure.",
    "legal duty: GDPR 6(1)(c), 12, 15 to 21", is_important=True,
    notice={"en": "When you ask {sender} about your data, we answer you at the address you asked from. "
                  "The law demands it."},
)  # fmt: skip
ORDERS: Final = UsualPurpose(
    "order_confirmation", "Order and service messages", Class.SERVICE,
    "What an order needs: confirmation, delivery, repair, warranty. No promotion in it.",
    "contract: GDPR 6(1)(b)", is_important=True,
    notice={"en": "{sender} writes to you about what you ordered: confirmation, delivery, repairs and warranty. "
                  "These messages carry no advertising."},
)  # fmt: skip
NEWSLETTER: Final = UsualPurpose(
    "newsletter", "Newsletter", Class.MARKETING,
    "The regular letter with news from the shop.",
    "consent: GDPR 6(1)(a)", channels=(Channel.EMAIL, Channel.POST),
    notice={
        "en": "{sender} may send me its newsletter by the ways I choose here (e-mail or post). "
              "I can stop it at any time with the link in every issue, at no cost and without giving a reason.",
        "de": "{sender} darf mir seinen Newsletter auf den Wegen schicken, die ich hier wähle (E-Mail oder Post). "
              "Ich kann ihn jederzeit über den Link in jeder Ausgabe abbestellen, kostenlos und ohne Begründung.",
        "fr": "{sender} peut m’envoyer sa lettre d’information par les moyens que je choisis ici (e-mail ou "
              "courrier). Je peux l’arrêter à tout moment par le lien de chaque envoi, sans frais ni motif.",
        "es": "{sender} puede enviarme su boletín por los medios que elijo aquí (correo electrónico o postal). "
              "Puedo darme de baja en cualquier momento con el enlace de cada envío, gratis y sin dar motivos.",
        "pt": "{sender} pode enviar-me o seu boletim pelos meios que escolho aqui (e-mail ou correio). "
              "Posso cancelá-lo a qualquer momento pelo link em cada envio, sem custos e sem dar motivos.",
    },
)  # fmt: skip
MARKETING: Final = UsualPurpose(
    "marketing", "Offers and news", Class.MARKETING,
    "Offers, invitations and news about our own products.",
    "consent: GDPR 6(1)(a); for customers also the soft opt-in of ePrivacy 13(2) where it applies",
    channels=(Channel.EMAIL, Channel.SMS, Channel.PUSH, Channel.PHONE, Channel.POST),
    notice={
        "en": "{sender} may tell me about its own offers and news by the ways I choose here (e-mail, text message, "
              "app, phone or post). I can take this back at any time, for each way by itself, at no cost.",
        "de": "{sender} darf mich über eigene Angebote und Neuigkeiten auf den Wegen informieren, die ich hier wähle "
              "(E-Mail, SMS, App, Telefon oder Post). Ich kann das jederzeit und für jeden Weg einzeln kostenlos "
              "widerrufen.",
        "fr": "{sender} peut m’informer de ses propres offres et nouveautés par les moyens que je choisis ici "
              "(e-mail, SMS, application, téléphone ou courrier). Je peux retirer cet accord à tout moment, moyen "
              "par moyen, sans frais.",
        "es": "{sender} puede informarme de sus propias ofertas y novedades por los medios que elijo aquí (correo "
              "electrónico, SMS, aplicación, teléfono o correo postal). Puedo retirarlo en cualquier momento, medio "
              "por medio, sin coste.",
        "pt": "{sender} pode informar-me das suas próprias ofertas e novidades pelos meios que escolho aqui "
              "(e-mail, SMS, aplicação, telefone ou correio). Posso retirar este acordo a qualquer momento, meio "
              "por meio, sem custos.",
    },
)  # fmt: skip
SURVEY: Final = UsualPurpose(
    "survey", "Questions after a contact", Class.MARKETING,
    "A short question after a contact: how it was. Courts judge it as advertising (BGH VI ZR 225/17), so we do too.",
    "consent: GDPR 6(1)(a); for customers also the soft opt-in of ePrivacy 13(2) where it applies",
    channels=(Channel.EMAIL,),
    notice={
        "en": "{sender} may ask me by e-mail after a contact how it was. I need not answer, and I can stop the "
              "questions at any time with the link in each of them, at no cost.",
        "de": "{sender} darf mich nach einem Kontakt per E-Mail fragen, wie er war. Ich muss nicht antworten und kann "
              "die Fragen jederzeit über den Link in jeder E-Mail kostenlos beenden.",
        "fr": "{sender} peut me demander par e-mail, après un contact, comment il s’est passé. Je ne suis pas obligé "
              "de répondre et peux arrêter ces questions à tout moment par le lien de chaque e-mail, sans frais.",
        "es": "{sender} puede preguntarme por correo electrónico, después de un contacto, cómo fue. No tengo que "
              "responder y puedo parar las preguntas en cualquier momento con el enlace de cada una, sin coste.",
        "pt": "{sender} pode perguntar-me por e-mail, depois de um contacto, como correu. Não sou obrigado a responder "
              "e posso parar as perguntas a qualquer momento pelo link em cada uma, sem custos.",
    },
)  # fmt: skip
PARTNERS: Final = UsualPurpose(
    "partner_offers", "Offers of partners", Class.MARKETING,
    "Offers of other companies, sent by us; no data goes to them.",
    "consent: GDPR 6(1)(a)", channels=(Channel.EMAIL, Channel.POST),
    notice={
        "en": "{sender} may send me offers of its partners by the ways I choose here (e-mail or post). {sender} sends "
              "them itself: the partners do not get my data. I can stop this at any time, at no cost.",
        "de": "{sender} darf mir Angebote von Partnern auf den Wegen schicken, die ich hier wähle (E-Mail oder Post). "
              "{sender} verschickt sie selbst: Die Partner erhalten meine Daten nicht. Ich kann das jederzeit "
              "kostenlos beenden.",
        "fr": "{sender} peut m’envoyer des offres de ses partenaires par les moyens que je choisis ici (e-mail ou "
              "courrier). {sender} les envoie lui-même : les partenaires ne reçoivent pas mes données. Je peux "
              "arrêter à tout moment, sans frais.",
        "es": "{sender} puede enviarme ofertas de sus socios por los medios que elijo aquí (correo electrónico o "
              "postal). Las envía {sender}: los socios no reciben mis datos. Puedo pararlo en cualquier momento, "
              "sin coste.",
        "pt": "{sender} pode enviar-me ofertas dos seus parceiros pelos meios que escolho aqui (e-mail ou correio). "
              "É {sender} que as envia: os parceiros não recebem os meus dados. Posso parar a qualquer momento, sem "
              "custos.",
    },
)  # fmt: skip
CHARITY: Final = UsualPurpose(
    "charity_purpose", "News of the charity", Class.MARKETING,
    "News and appeals for the purposes of the charity.",
    "consent: GDPR 6(1)(a); in the UK also PECR 22(3A) for supporters",
    channels=(Channel.EMAIL, Channel.SMS, Channel.PHONE, Channel.POST),
    notice={
        "en": "{sender} may tell me about its charitable work and how to support it by the ways I choose here (e-mail, "
              "text message, phone or post). I can stop this at any time, at no cost.",
        "de": "{sender} darf mich über seine gemeinnützige Arbeit und ihre Unterstützung auf den Wegen informieren, "
              "die ich hier wähle (E-Mail, SMS, Telefon oder Post). Ich kann das jederzeit kostenlos beenden.",
        "fr": "{sender} peut m’informer de son action et des moyens de la soutenir par les moyens que je choisis ici "
              "(e-mail, SMS, téléphone ou courrier). Je peux arrêter à tout moment, sans frais.",
        "es": "{sender} puede informarme de su labor benéfica y de cómo apoyarla por los medios que elijo aquí "
              "(correo electrónico, SMS, teléfono o correo postal). Puedo pararlo en cualquier momento, sin coste.",
        "pt": "{sender} pode informar-me do seu trabalho solidário e de como o apoiar pelos meios que escolho aqui "
              "(e-mail, SMS, telefone ou correio). Posso parar a qualquer momento, sem custos.",
    },
)  # fmt: skip
SHARING: Final = UsualPurpose(
    "share_third_party", "Sharing with partners", Class.SHARING,
    "Passing an identifier to advertisers or selling data, as the law of some places calls it.",
    "consent: GDPR 6(1)(a); opt-out where Cal. Civ. Code 1798.120 applies",
    channels=(Channel.AD_AUDIENCE,),
    notice={
        "en": "{sender} may pass a scrambled form of my e-mail address or phone number to advertising partners, so "
              "that I see its advertisements with them. I can stop this at any time, at no cost.",
        "de": "{sender} darf eine verschlüsselte Form meiner E-Mail-Adresse oder Telefonnummer an Werbepartner geben, "
              "damit ich dort Anzeigen von {sender} sehe. Ich kann das jederzeit kostenlos beenden.",
        "fr": "{sender} peut transmettre une forme chiffrée de mon adresse e-mail ou de mon numéro à des partenaires "
              "publicitaires, afin que j’y voie ses annonces. Je peux arrêter à tout moment, sans frais.",
        "es": "{sender} puede pasar una forma cifrada de mi correo electrónico o teléfono a socios publicitarios, "
              "para que yo vea allí sus anuncios. Puedo pararlo en cualquier momento, sin coste.",
        "pt": "{sender} pode passar uma forma cifrada do meu e-mail ou telefone a parceiros de publicidade, para que "
              "eu veja ali os seus anúncios. Posso parar a qualquer momento, sem custos.",
    },
)  # fmt: skip
PROFILING: Final = UsualPurpose(
    "profiling", "Working out what suits you", Class.PROFILING,
    "Working out from orders what a customer may like and what they are worth.",
    "legitimate interest: GDPR 6(1)(f), with the right to object: GDPR 21",
    notice={
        "en": "{sender} works out from my orders what may interest me, and whom it should look after first. No "
              "decision about me is made by a machine alone. I can object at any time: then nothing is worked out.",
        "de": "{sender} leitet aus meinen Bestellungen ab, was mich interessieren könnte und um wen es sich zuerst "
              "kümmert. Keine Entscheidung über mich trifft allein eine Maschine. Ich kann jederzeit widersprechen: "
              "Dann wird nichts mehr abgeleitet.",
        "fr": "{sender} déduit de mes commandes ce qui peut m’intéresser et de qui s’occuper d’abord. Aucune décision "
              "me concernant n’est prise par une machine seule. Je peux m’y opposer à tout moment : plus rien n’est "
              "alors déduit.",
        "es": "{sender} deduce de mis pedidos qué puede interesarme y a quién atender primero. Ninguna decisión sobre "
              "mí la toma solo una máquina. Puedo oponerme en cualquier momento: entonces no se deduce nada.",
        "pt": "{sender} deduz das minhas encomendas o que me pode interessar e de quem cuidar primeiro. Nenhuma "
              "decisão sobre mim é tomada só por uma máquina. Posso opor-me a qualquer momento: então nada é deduzido.",
    },
)  # fmt: skip
CONFIRM_REQUEST: Final = UsualPurpose(
    "doi_request", "Asking to confirm", Class.PROCEDURAL,
    "The one e-mail that asks whether a consent really came from the owner of the address.",
    "practice of the courts on double opt-in; GDPR 7(1)",
    notice={"en": "After you ask for messages from {sender}, we send one e-mail that asks you to confirm. "
                  "It carries no advertising; if you do not answer, nothing more comes."},
)  # fmt: skip
STOP_CONFIRMED: Final = UsualPurpose(
    "opt_out_confirmation", "Confirming a refusal", Class.PROCEDURAL,
    "The one message that says: understood, nothing more comes.",
    "47 CFR 64.1200(a)(12); everywhere by house policy",
    notice={"en": "When you refuse messages from {sender}, we may confirm it once, within five minutes and without "
                  "advertising."},
)  # fmt: skip
ASK_CONSENT: Final = UsualPurpose(
    "consent_request", "Asking for consent", Class.MARKETING,
    "Asking somebody for consent to marketing. The law judges the question as marketing itself.",
    "as marketing; CASL 1(3)",
    notice={"en": "{sender} may ask you whether you would like to hear from it. The question itself is judged as "
                  "advertising."},
)  # fmt: skip
ASK_SHARING_AGAIN: Final = UsualPurpose(
    "reoptin_prompt_sale", "Asking about sharing again", Class.MARKETING,
    "Asking again, after a refusal, whether data may be shared; not within twelve months.",
    "Cal. Civ. Code 1798.135(c)",
    notice={"en": "If you refused that {sender} shares your data, it does not ask you again for twelve months."},
)  # fmt: skip

USUAL: Final = (
    BREACH, RIGHTS, ORDERS, NEWSLETTER, MARKETING, SURVEY, PARTNERS, SHARING, PROFILING,
    CONFIRM_REQUEST, STOP_CONFIRMED, ASK_CONSENT, ASK_SHARING_AGAIN,
)  # fmt: skip
FOR_CHARITIES: Final = (CHARITY,)
