"""The forms people fill in. The event form carries the guard's hidden fields."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from calguard.integrations.forms import GuardedFormMixin
from demo.fields import Guests, WallTime, ZoneChoice
from demo.models import Event, Recurrence, User
from demo.zones import FIRST_YEAR, LAST_YEAR, NoSuchTimeError, instant

REMINDERS = [
    ("", "No reminder"),
    ("0", "At the start"),
    ("10", "10 minutes before"),
    ("30", "30 minutes before"),
    ("60", "1 hour before"),
    ("1440", "1 day before"),
    ("10080", "1 week before"),
]
MOST_BYTES = 2 * 1024 * 1024


class EventForm(GuardedFormMixin, forms.ModelForm):
    """Create or edit an event."""

    start = WallTime(label="Starts")
    end = WallTime(label="Ends")
    time_zone = ZoneChoice(label="Time zone")
    link = forms.URLField(
        required=False, max_length=500, assume_scheme="https", widget=forms.URLInput(attrs={"placeholder": "https://"})
    )
    reminder = forms.TypedChoiceField(choices=REMINDERS, coerce=int, empty_value=None, required=False)
    guests = Guests(required=False, help_text="One address a line, or with commas between.")

    class Meta:
        model = Event
        fields = ("title", "notes", "place", "link", "time_zone", "recurrence", "until", "count", "reminder")
        labels = {"recurrence": "Repeats", "until": "Until", "count": "Times"}
        help_texts = {"until": "Last day, or leave empty.", "count": "How often in all, or leave empty."}
        widgets = {
            "notes": forms.Textarea(attrs={"rows": 5}),
            "until": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        event: Event | None = kwargs.get("instance")
        initial = {**_initial(event, owner), **(kwargs.pop("initial", None) or {})}
        super().__init__(*args, initial=initial, **kwargs)
        self.owner = owner
        kept = event.reminder if event else None
        choices = list(REMINDERS)
        if kept is not None and str(kept) not in dict(choices):
            choices.append((str(kept), f"{kept} minutes before"))
        self.fields["reminder"].choices = choices  # type: ignore[attr-defined]

    def clean_guests(self) -> list[str]:
        return [address for address in self.cleaned_data["guests"] if address != self.owner.email]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        start, end = (self._instant(name) for name in ("start", "end"))
        if start and end:
            if end < start:
                self.add_error("end", "The event ends before it starts.")
            self.instance.starts_at, self.instance.ends_at = start, end
        if data.get("recurrence") == Recurrence.NONE:
            data["until"] = data["count"] = None
        elif data.get("until") and data.get("count"):
            self.add_error("count", "Choose either a last day or a number of times.")
        if data.get("until") and data.get("start") and data["until"] < data["start"].date():
            self.add_error("until", "The last day lies before the first.")
        return data

    def _instant(self, name: str) -> datetime | None:
        wall, zone = self.cleaned_data.get(name), self.cleaned_data.get("time_zone")
        if wall is None or not zone:
            return None
        if not FIRST_YEAR <= wall.year <= LAST_YEAR:
            self.add_error(name, "This date lies outside every calendar.")
            return None
        try:
            return instant(wall, zone)
        except NoSuchTimeError as error:
            self.add_error(name, str(error))
        return None


def _initial(event: Event | None, owner: User) -> dict[str, Any]:
    if event is not None and not event._state.adding:
        return {
            "start": event.local_start.replace(tzinfo=None),
            "end": event.local_end.replace(tzinfo=None),
            "guests": [guest.address for guest in event.guests.all()],
        }
    start = timezone.localtime().replace(minute=0, second=0, microsecond=0, tzinfo=None) + timedelta(hours=1)
    return {"start": start, "end": start + timedelta(hours=1), "time_zone": owner.time_zone}


class SendForm(GuardedFormMixin, forms.Form):
    """No field of its own: a button that sends, with the guard's hidden fields."""


class UploadForm(forms.Form):
    """An .ics file."""

    file = forms.FileField(label="Calendar file (.ics)", widget=forms.FileInput(attrs={"accept": ".ics,text/calendar"}))

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise ValidationError("The file is larger than 2 MB. Export a shorter period and try again.")
        return file


class SignUpForm(UserCreationForm):
    """A new account."""

    class Meta:
        model = User
        fields = ("first_name", "last_name", "email", "time_zone")

    time_zone = ZoneChoice(label="Time zone", initial="Europe/Berlin")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email=email).exists():
            raise ValidationError("Somebody already uses this address. Log in instead?")
        return email


class LoginForm(AuthenticationForm):
    """Login by mail address."""

    error_messages = {
        "invalid_login": "This mail address and password do not go together.",
        "inactive": "This account is suspended. The mail we sent you says why, and how to appeal.",
    }

    def clean_username(self) -> str:
        return str(self.cleaned_data["username"]).lower()


class ProfileForm(forms.ModelForm):
    """What people may change about themselves."""

    time_zone = ZoneChoice(label="Time zone")

    class Meta:
        model = User
        fields = ("first_name", "last_name", "time_zone", "recovery_email")
        help_texts = {"recovery_email": "Where we reach you if someone else gets into your account."}

    def save(self, commit: bool = True) -> User:
        if "recovery_email" in self.changed_data:
            self.instance.recovery_changed_at = timezone.now()
        return cast("User", super().save(commit))
