"""Forms of mailboxes."""

from django import forms


class MailboxForm(forms.Form):
    address = forms.CharField(max_length=254, help_text="At which people write to you, as hello@example.org.")
    name = forms.CharField(max_length=80, required=False, help_text="As you call it.")
    checked_by = forms.CharField(
        label="Mail server that checks senders", max_length=120, required=False,
        help_text="The name that stands first in the Authentication-Results it writes, as mx.example.org. Without it "
        "no sender counts as proven.",
    )  # fmt: skip
