"""Words by which people say that they want no more, at the beginning of what they write: en, de, fr, es, pt.

Strong ones mean nothing else, whatever follows. Weak ones count only where little else is said: "Stop by tomorrow" and
"Cancel my order" are letters.
"""

import re
import unicodedata
from typing import Final

_STRONG: Final = (
    "unsubscribe", "opt out", "optout", "opt-out", "remove me", "take me off", "stop all", "stopall", "stop sending",
    "stop emailing", "stop texting", "stop writing", "no more emails", "no more mails", "no more texts",
    "abmelden", "abbestellen", "newsletter abbestellen", "newsletter abmelden", "keine werbung", "keine e-mails mehr",
    "keine mails mehr", "keine weiteren mails", "keine weiteren e-mails", "keine newsletter",
    "desinscrire", "desinscription", "me desinscrire", "desinscrivez", "desabonner", "desabonnement", "me desabonner",
    "darme de baja", "dar de baja", "darse de baja", "cancelar suscripcion", "cancelar la suscripcion",
    "cancelar mi suscripcion", "no mas correos", "no mas mensajes",
    "cancelar inscricao", "cancelar a inscricao", "cancelar subscricao", "cancelar a subscricao", "cancelar assinatura",
    "descadastrar", "descadastre", "remova-me", "remover-me", "nao quero receber",
)  # fmt: skip
_WEAK: Final = (
    "stop", "stopp", "end", "quit", "cancel", "revoke", "remove", "abmeldung", "austragen", "stornieren", "halt",
    "arret", "arreter", "arretez", "fin", "alto", "baja", "parar", "pare", "sair", "cancelar", "cancela", "anular",
    "remover",
)  # fmt: skip
_AROUND: Final = frozenset(
    (
        "please thanks thank you thx all everything now immediately it this these them that the your me from of mail "
        "mails email emails e-mail e-mails newsletter newsletters message messages sms text texts texting marketing "
        "advertising ads promotions stop "
        "bitte danke alle alles sofort der das den die diese dieses ihre vom von nachricht nachrichten werbung mich "
        "stopp merci svp s'il sil vous te plait de du des les la vos ces tout tous toutes publicite "
        "gracias por favor todo todos el los las correo correos mensajes publicidad "
        "obrigado obrigada mensagens publicidade"
    ).split()
)
_GREETING: Final = re.compile(
    r"^(?:hi|hello|hey|dear|hallo|guten tag|liebe|lieber|sehr geehrte|bonjour|hola|ola|bom dia|buenos dias)\b.{0,60}$"
)
_NO_LETTER: Final = re.compile(r"[^\w'\- ]+")
_MOST_WORDS: Final = 8


def stop_word_in(words: str, *, only_strong: bool = False) -> str:
    """The first line where it says stop, as it was written; empty where it does not."""
    for line in words.split("\n")[:10]:
        plain = _plain(line[:300])
        if plain and not _GREETING.match(plain):
            return line.strip()[:300] if _says_stop(plain, only_strong) else ""
    return ""


def _says_stop(plain: str, only_strong: bool) -> bool:
    said = plain.removeprefix("please ").removeprefix("bitte ")
    if any(said == word or said.startswith(f"{word} ") for word in _STRONG):
        return True
    words = said.split()
    is_weak = bool(words) and words[0] in _WEAK and len(words) <= _MOST_WORDS and set(words[1:]) <= _AROUND
    return is_weak and not only_strong


def _plain(line: str) -> str:
    """Lower case, without accents and punctuation: "Désinscrire !" -> "desinscrire"."""
    apart = unicodedata.normalize("NFKD", line.casefold().replace("\u2019", "'"))
    bare = "".join(one for one in apart if not unicodedata.combining(one))
    return " ".join(_NO_LETTER.sub(" ", bare).split()).strip("-' ")
