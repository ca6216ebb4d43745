"""Mail to members about their work. Never to customers: that asks privacy.gate for a permit."""

from typing import Any

from django.core.mail import send_mail
from django.template.loader import render_to_string

from tenancy.models import Member


def write_to_member(*, member: Member, template: str, context: dict[str, Any]) -> None:
    """Send `<template>_subject.txt` and `<template>_message.txt`. Raises what the mail server raises."""
    words = context | {"member": member}
    subject = " ".join(render_to_string(f"{template}_subject.txt", words).split())
    send_mail(subject, render_to_string(f"{template}_message.txt", words), None, [member.user.email])
