"""What reviewers type in: a decision, a note, a reason to see addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from calguard.conf import conf
from calguard.exemptions import MAX_DAYS, Exempt
from calguard.models import Case
from calguard.outcomes import Outcome

LABELS = (("", "Choose a label"), *Case.Label.choices)


class DecideForm(forms.Form):
    """Only what this person may do with this case is offered; `review.decide` checks again."""

    version = forms.IntegerField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        widget=forms.RadioSelect, error_messages={"invalid_choice": "You may not choose this outcome here."}
    )
    label = forms.ChoiceField(
        choices=LABELS, required=False, help_text="What it was. A release without a label counts as innocent."
    )
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "accesskey": "r"}),
        max_length=2000,
        help_text="Read by colleagues, and in the log that cannot be changed.",
    )
    exempt = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="On release, from now on do not count for this account",
    )
    exempt_days = forms.IntegerField(required=False, min_value=1, max_value=MAX_DAYS, label="for how many days")

    def __init__(self, *args: Any, outcomes: Iterable[Outcome], scopes: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["outcome"].choices = [(outcome.name, outcome.title) for outcome in outcomes]  # type: ignore[attr-defined]
        self.fields["exempt"].choices = [(scope, scope) for scope in scopes]  # type: ignore[attr-defined]
        self.fields["exempt_days"].initial = min(MAX_DAYS, conf.policy.exemptions.days)
        if not self.fields["exempt"].choices:  # type: ignore[attr-defined]
            del self.fields["exempt"], self.fields["exempt_days"]

    @property
    def exemption(self) -> Exempt | None:
        """What was ticked, or None."""
        scopes = self.cleaned_data.get("exempt") or []
        if not scopes:
            return None
        return Exempt(scopes=tuple(scopes), days=self.cleaned_data.get("exempt_days") or self.days)

    @property
    def days(self) -> int:
        return int(self.fields["exempt_days"].initial)


class DecideManyForm(forms.Form):
    """One reason and label for all the cases chosen."""

    label = forms.ChoiceField(choices=LABELS, required=False)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "accesskey": "r"}),
        max_length=2000,
        help_text="Written to each of the cases.",
    )


class NoteForm(forms.Form):
    text = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2, "accesskey": "n"}), max_length=4000, label="New note"
    )


class RevealForm(forms.Form):
    """Stands on one page with the form above, whose field for a reason must keep its label to itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_reveal_%s", **kwargs})

    reason = forms.CharField(max_length=300, label="Why you need to see the addresses")
