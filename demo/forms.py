"""The forms people fill in. The event form carries the guard's hidden fields."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UserCreationForm
from django.core.exceptions import ValidationError
from django.utils import timezone

from calguard.integrations.forms import GuardedFormMixin
from demo import webhooks
from demo.fields import Guests, WallTime, ZoneChoice
from demo.models import BookingPage, Event, Recurrence, Share, User, Webhook
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
FORMER_LASTS = timedelta(days=14)  # longer than a new address needs until links are sent to it


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
        initial = {**starting_values(event, owner), **(kwargs.pop("initial", None) or {})}
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


def starting_values(event: Event | None, owner: User) -> dict[str, Any]:
    """What the fields that are no columns begin with."""
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


class CancelForm(SendForm):
    """Calling an event off, with a word to the guests."""

    comment = forms.CharField(
        label="A word to your guests",
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="They read it with the cancellation.",
    )


class AnswerForm(forms.Form):
    """An answer to an invitation."""

    answer = forms.ChoiceField(choices=[("accept", "Accept"), ("decline", "Decline")])
    comment = forms.CharField(required=False, max_length=500)


class KeyForm(forms.Form):
    """A name for a new key, so that its owner knows later what it is for."""

    name = forms.CharField(max_length=100, label="What is it for?", help_text="Such as “Phone” or “Sign-up script”.")


class WebhookForm(forms.ModelForm):
    """Where a program of the user's own listens."""

    url = forms.URLField(label="Address", max_length=500, assume_scheme="https")

    class Meta:
        model = Webhook
        fields = ("url",)

    def clean_url(self) -> str:
        url = str(self.cleaned_data["url"])
        if not webhooks.allowed(url):
            raise ValidationError("This installation does not call that address. Ask its operator to allow it.")
        return url


class ShareForm(GuardedFormMixin, forms.ModelForm):
    """Invite somebody to see when one is free and busy."""

    class Meta:
        model = Share
        fields = ("address", "title", "words")
        labels = {"address": "With whom?", "title": "Name of the calendar", "words": "A word to them"}
        help_texts = {
            "address": "A mail address.",
            "words": "They read it with the invitation.",
        }
        widgets = {"words": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, owner: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owner = owner
        self.fields["title"].initial = f"{owner}’s calendar"[:100]

    def clean_address(self) -> str:
        address = str(self.cleaned_data["address"]).lower()
        if address == self.owner.email:
            raise ValidationError("This is your own calendar already.")
        if self.owner.shares.filter(address=address).exists():
            raise ValidationError("You have invited this address before. End that first to invite it again.")
        return address


HOURS = [(hour, f"{hour}:00") for hour in range(25)]


class BookingPageForm(forms.ModelForm):
    """What visitors of the booking page see, and when they may come."""

    minutes = forms.TypedChoiceField(
        label="Length", coerce=int, choices=[(n, f"{n} min") for n in (15, 20, 30, 45, 60, 90)]
    )
    first_hour = forms.TypedChoiceField(label="From", coerce=int, choices=HOURS[:24])
    last_hour = forms.TypedChoiceField(label="Until", coerce=int, choices=HOURS[1:])

    class Meta:
        model = BookingPage
        fields = ("title", "question", "minutes", "first_hour", "last_hour", "open")
        labels = {"question": "What do you ask your visitors?", "open": "Visitors may book"}
        help_texts = {"title": "Such as “First talk”.", "question": "Such as “What is it about?”"}

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        first, last = data.get("first_hour"), data.get("last_hour")
        if first is not None and last is not None and last * 60 < first * 60 + (data.get("minutes") or 0):
            self.add_error("last_hour", "There is no room for a visit between these hours.")
        return data


class BookingForm(GuardedFormMixin, forms.Form):
    """What a visitor of a booking page tells."""

    start = forms.ChoiceField(label="Time", error_messages={"invalid_choice": "This time was just taken."})
    name = forms.CharField(label="Your name", max_length=80)
    address = forms.EmailField(label="Your mail address", help_text="The invitation goes there.")
    answer = forms.CharField(label="Message", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, page: BookingPage, times: Sequence[datetime], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        days = groupby(times, key=lambda at: at.date())
        self.fields["start"].choices = [  # type: ignore[attr-defined]
            (f"{day:%A, %-d %B}", [(at.isoformat(), f"{at:%A, %-d %B, %H:%M}") for at in group]) for day, group in days
        ]
        if page.question:
            self.fields["answer"].label = page.question

    def clean_address(self) -> str:
        return str(self.cleaned_data["address"]).lower()


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
            self._replaced(str(self.initial.get("recovery_email") or ""), timezone.now())
        return cast("User", super().save(commit))

    def _replaced(self, former: str, at: datetime) -> None:
        """The former address is told of a theft for a while: a thief would change it first. The first of several stays,
        as those after it may be a thief's own."""
        user = self.instance
        if former and (user.former_recovery_until is None or user.former_recovery_until <= at):
            user.former_recovery_email, user.former_recovery_since = former, user.recovery_changed_at
            user.former_recovery_until = at + FORMER_LASTS
        user.recovery_changed_at = at
