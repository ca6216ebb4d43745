"""Nobody is contacted without the gate's yes: a forgotten check is a red build.

mypy holds that a permit is given (`send_email(permit, ...)` takes nothing else), import-linter that no room speaks to a
mail server; here is held what they cannot see.
"""

import ast
import inspect
import typing
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType

import pytest

from privacy import delivery
from privacy.gate import Permit, PermitInvalid
from tenancy.models import Member
from tenancy.services.letters import write_to_member
from tests.architecture.test_house import ROOT, sources

# What hands something over to the world outside.
WAYS_OUT = {
    "django.core.mail",
    "urllib.request",
    "http.client",
    "smtplib",
    "requests",
    "httpx",
    "aiohttp",
    "anymail",
}
MAIL_WORDS = {"send_mail", "send_mass_mail", "EmailMessage", "EmailMultiAlternatives", "mail_admins", "mail_managers",
              "get_connection", "email_user"}  # fmt: skip
# privacy.delivery is the one way to a customer; privacy.wire is its own, and an import contract keeps it so. Members
# are written to by the house itself: invitations and sign-in are no messages to customers, and no consent is asked for
# them. config.local starts the servers of a development machine.
TO_CUSTOMERS = {"privacy/delivery.py", "privacy/wire.py"}
TO_MEMBERS = {"tenancy/services/invitations.py", "tenancy/services/letters.py"}
OF_THE_HOUSE = {"config/local/launcher.py"}
MAY = TO_CUSTOMERS | TO_MEMBERS | OF_THE_HOUSE


def imported(tree: ast.AST) -> Iterator[str]:
    """Every module that is imported, anywhere in the file, and every name with the module it comes from."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Call) and _called(node) in {"import_module", "__import__", "import_string"}:
            yield from (str(arg.value) for arg in node.args if isinstance(arg, ast.Constant))


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def ways_out(tree: ast.AST) -> set[str]:
    """What a file could hand a message over with."""
    found = {
        name for name in imported(tree) if any(name == way or name.startswith(f"{way}.") for way in WAYS_OUT)
    }
    words = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    return found | (words & MAIL_WORDS)


def test_only_the_listed_files_can_send() -> None:
    can = {
        str(path.relative_to(ROOT)): found
        for path in sources()
        if (found := ways_out(ast.parse(path.read_text())))
    }
    assert {path: found for path, found in can.items() if path not in MAY} == {}


@pytest.mark.parametrize(
    "forgotten",
    [
        "from django.core.mail import send_mail",
        "from django.core import mail\nmail.EmailMessage().send()",
        "def later():\n    from django.core.mail import EmailMultiAlternatives as E",
        "import smtplib",
        "import requests\nrequests.post('https://sms.example')",
        "from urllib.request import urlopen",
        "import http.client as h",
        "from importlib import import_module\nimport_module('django.core.mail')",
        "def remind(user):\n    user.email_user('Hello')",
    ],
)
def test_a_forgotten_check_is_seen(forgotten: str) -> None:
    assert ways_out(ast.parse(forgotten))


def channels() -> list[FunctionType]:
    """Functions of privacy.delivery that others may call."""
    return [
        found
        for name, found in vars(delivery).items()
        if inspect.isfunction(found) and found.__module__ == delivery.__name__ and not name.startswith("_")
    ]


def test_every_channel_demands_a_permit_and_asks_whether_it_holds() -> None:
    assert channels()
    for channel in channels():
        first = next(iter(inspect.signature(channel).parameters))
        assert typing.get_type_hints(channel)[first] is Permit, channel
        body = ast.parse(inspect.getsource(channel)).body[0]
        calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
        asked = [n for n in calls if ast.unparse(n.func) in {f"{first}.require", f"{first}.accepted"}]
        assert [ast.unparse(n.func) for n in asked][:1] == [f"{first}.require"], (
            f"{channel} does not ask require() first"
        )
        assert any(ast.unparse(n.func) == f"{first}.accepted" for n in asked), f"{channel} notes nothing"


def test_letters_of_the_house_go_to_members() -> None:
    assert typing.get_type_hints(write_to_member)["member"] is Member


def test_permits_are_made_in_one_place() -> None:
    made = []
    for path in sources():
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and _called(node) == "Permit":
                made.append(str(path.relative_to(ROOT)))
            if isinstance(node, ast.Name | ast.Attribute) and ast.unparse(node).endswith("_MADE_HERE"):
                assert path == ROOT / "privacy/gate/permits.py", path
    assert made == ["privacy/gate/permits.py"]
    with pytest.raises((PermitInvalid, TypeError)):
        Permit(object())  # type: ignore[call-arg]


def test_nobody_writes_contacts_but_their_services() -> None:
    """A contact that was not permitted would be one that nobody asked about."""
    here = {"privacy/services/contacts.py", "privacy/gate/permits.py"}
    for path in sources():
        if str(path.relative_to(ROOT)) in here:
            continue
        text = path.read_text()
        assert "INSERT INTO privacy_contact " not in text, path
        assert "Contact.objects.create" not in text, path
        assert "Contact.objects.bulk_create" not in text, path


def test_the_listed_files_are_still_there() -> None:
    assert [path for path in MAY if not (Path(ROOT) / path).exists()] == []
