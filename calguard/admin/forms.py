"""What reviewers type in: a decision, a note, a reason to see addresses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms

from calguard.conf import conf
from calguard.exemptions import MAX_DAYS, Exempt
from calguard.models import Case
from calguard.outcomes import Outcome
from calguard.statements.telling import LONGEST, Telling

ANSWERS = "Answers their appeal, whichever way you decide: what you looked at, and why."
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
    words = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST,
        required=False,
        label="To the owner",
        help_text="Sent to them with the statement of reasons. Plain and friendly; never how it was found.",
    )
    reported = forms.BooleanField(required=False, label="Somebody reported it")
    omit = forms.BooleanField(
        required=False, label="Tell nothing: deceptive high-volume commercial content (only spam and phishing)"
    )
    exempt = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple,
        required=False,
        label="On release, from now on do not count for this account",
    )
    exempt_days = forms.IntegerField(required=False, min_value=1, max_value=MAX_DAYS, label="for how many days")

    def __init__(
        self, *args: Any, outcomes: Iterable[Outcome], scopes: Iterable[str] = (), appealed: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        if appealed:
            self.fields["words"].required = True
            self.fields["words"].help_text = ANSWERS
        self.fields["outcome"].choices = [(outcome.name, outcome.title) for outcome in outcomes]  # type: ignore[attr-defined]
        self.fields["exempt"].choices = [(scope, scope) for scope in scopes]  # type: ignore[attr-defined]
        self.fields["exempt_days"].initial = min(MAX_DAYS, conf.policy.exemptions.days)
        if not self.fields["exempt"].choices:  # type: ignore[attr-defined]
            del self.fields["exempt"], self.fields["exempt_days"]

    @property
    def telling(self) -> Telling:
        """How the owner is to be told."""
        return Telling(**{name: self.cleaned_data[name] for name in ("words", "reported", "omit")})

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
    """One reason and label for all the cases chosen, and the same words for all their owners."""

    label = forms.ChoiceField(choices=LABELS, required=False)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3, "accesskey": "r"}),
        max_length=2000,
        help_text="Written to each of the cases.",
    )
    words = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=LONGEST,
        required=False,
        label="To the owners",
        help_text="Sent to each of them with the statement of reasons, or as the answer to what they objected. It must "
        "be true of all of them, and name nobody.",
    )
    reported = forms.BooleanField(required=False, label="Somebody reported them")

    @property
    def telling(self) -> Telling:
        """How each owner is to be told."""
        return Telling(words=self.cleaned_data["words"], reported=self.cleaned_data["reported"])


class AnswerForm(forms.Form):
    """A second person's word on what another has decided; which of the two buttons was pressed says yes or no."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_answer_%s", "label_suffix": "", **kwargs})

    approval = forms.IntegerField(widget=forms.HiddenInput)
    version = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 2, "accesskey": "s"}),
        max_length=2000,
        label="Why you agree, or do not",
        help_text="Read by colleagues, and in the log that cannot be changed.",
    )
    agree = forms.ChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        error_messages={"required": "Agree or refuse.", "invalid_choice": "Agree or refuse."},
    )


class ImpendingForm(forms.Form):
    """What is to become of an order that automation has not carried out yet; one form for each of them."""

    def __init__(self, *args: Any, order: int | None = None, **kwargs: Any) -> None:
        initial = {"order": order} if order is not None else {}
        super().__init__(*args, **{"auto_id": f"id_order_{order}_%s", "label_suffix": "", "initial": initial, **kwargs})

    order = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(max_length=2000, label="Why", help_text="In the log that cannot be changed.")
    what = forms.ChoiceField(
        choices=[("hasten", "now"), ("call_off", "never")],
        error_messages={"required": "Do it now, or call it off.", "invalid_choice": "Do it now, or call it off."},
    )


class ArrivalForm(forms.Form):
    """What became of a copy whose end nobody knew; which of the two buttons was pressed says yes or no."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"auto_id": "id_arrival_%s", "label_suffix": "", **kwargs})

    reason = forms.CharField(
        max_length=2000, label="How you know", help_text="Such as a line of the mail server's log; kept for good."
    )
    arrived = forms.ChoiceField(
        choices=[("yes", "yes"), ("no", "no")],
        error_messages={"required": "Say yes or no.", "invalid_choice": "Say yes or no."},
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
