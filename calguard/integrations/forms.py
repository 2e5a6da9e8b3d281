"""How a form tells people from programs without asking them anything: a signed time of rendering, and a trap (R12)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from calguard import client, current, hands


class TrapInput(forms.TextInput):
    """A text field outside the visible page. It counts as hidden, so that every way of rendering a form includes it."""

    template_name = "calguard/form_honeypot.html"

    @property
    def is_hidden(self) -> bool:
        return True


class TrapField(forms.CharField):
    """Filled only by programs. Never an error: they are not to learn what gave them away."""

    widget = TrapInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, label="", **kwargs)

    def clean(self, value: Any) -> str:
        return ""


class NonceField(forms.CharField):
    """When and for whom the form was rendered. What is wrong with it is for the judge, not for the user."""

    widget = forms.HiddenInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> str:
        return ""


class HandsInput(forms.HiddenInput):
    """Comes with the script that fills it: first-party, nothing inline, so `script-src 'self'` suffices."""

    template_name = "calguard/form_hands.html"


class HandsField(forms.CharField):
    """What the page's script counted while the form was filled in. Whatever is wrong with it says nothing."""

    widget = HandsInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)

    def clean(self, value: Any) -> str:
        return ""


def rendering(request: HttpRequest) -> str:
    """A fresh value of the field `calguard_form`, for pages that send several events from one form by a script."""
    return client.nonce(client.account_of(request), request=request)


class GuardedFormMixin:
    """Put it left of the host's form class; pass `guard_request`, or let the middleware know the request.

    `{{ form }}` shows everything needed; templates that write each field by hand add `{{ form.calguard }}`.
    `guard_script = False` leaves the script out, as where a policy of nonces would refuse it: nothing is held against
    a form without it.
    """

    guard_script = True

    def __init__(self, *args: Any, guard_request: HttpRequest | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guard_request = guard_request or current.request()
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]
        fields[client.NONCE] = NonceField(initial=self._fresh_nonce)
        fields[client.HONEYPOT] = TrapField()
        if self.guard_script:
            fields[hands.FIELD] = HandsField()
        if self.is_bound and self.guard_request is not None:  # type: ignore[attr-defined]
            # Shown again, the form keeps what was sent: the time of its first rendering, as to correct a letter quickly
            # is human, and a missing or forged nonce, which only a challenge makes good.
            client.expect_form(self.guard_request)

    @property
    def calguard(self) -> SafeString:
        """The hidden fields, for templates that render field by field."""
        names = (client.NONCE, client.HONEYPOT, *((hands.FIELD,) if self.guard_script else ()))
        return format_html_join("", "{}", ((self[name],) for name in names))  # type: ignore[index]

    def _fresh_nonce(self) -> str:
        return rendering(self.guard_request) if self.guard_request is not None else client.nonce("")
