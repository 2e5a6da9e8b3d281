"""Form fields a calendar needs: wall-clock times, lists of guests, time zones."""

from __future__ import annotations

import re
from datetime import datetime
from email.utils import parseaddr
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from demo import zones

SEPARATORS = re.compile(r"[,;\n\r]+")
LONGEST_LIST = 2_000_000  # characters


class WallTime(forms.DateTimeField):
    """A local time as written on a clock, without a zone: the form's own zone field says which clock."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault(
            "widget", forms.DateTimeInput(attrs={"type": "datetime-local", "step": "60"}, format="%Y-%m-%dT%H:%M")
        )
        super().__init__(**kwargs)

    def to_python(self, value: Any) -> datetime | None:
        with timezone.override("UTC"):  # a zone in which every time exists, so that nothing is moved
            aware = super().to_python(value)
        return aware.replace(tzinfo=None) if aware else None


class Guests(forms.CharField):
    """Mail addresses, one a line or with commas; `Name <address>` is understood. Cleans to a list without doubles."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("widget", forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocapitalize": "off"}))
        super().__init__(max_length=LONGEST_LIST, **kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> list[str]:
        text = super().clean(value)
        found: dict[str, None] = {}
        wrong = []
        for written in (one.strip() for one in SEPARATORS.split(text)):
            if not written:
                continue
            address = parseaddr(written)[1].lower() or written
            try:
                validate_email(address)
            except ValidationError:
                wrong.append(written[:80])
            else:
                found[address] = None
        if wrong:
            more = f" and {len(wrong) - 3} more" if len(wrong) > 3 else ""
            raise ValidationError(f"Not a mail address: {', '.join(wrong[:3])}{more}.", code="invalid")
        return list(found)


class ZoneChoice(forms.ChoiceField):
    """One of the zones Almanac knows."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=lambda: [(name, name.replace("_", " ")) for name in zones.names()], **kwargs)
