"""The people of the demo: who they are, and the passwords anybody may know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import Group, Permission

from calguard import feedback
from demo.models import Organisation, User

PASSWORD = "almanac-demo"
CALGUARD_APPS = ("calguard", "calguard_outbound", "calguard_accounts_risk")


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """One demo account; `age` is how long it has existed when it is first loaded."""

    email: str
    name: str
    age: timedelta
    about: str
    organisation: str = ""
    paid: bool = False
    verified: bool = True
    group: str = ""
    time_zone: str = "Europe/Berlin"
    recovery: str = ""


ORGANISATIONS = {"Northwind Clinic": "northwind-clinic.example", "Almanac": "almanac.example"}

PEOPLE = (
    Person(
        email="ada@northwind-clinic.example",
        name="Ada Okafor",
        age=timedelta(days=730),
        about="runs Northwind Clinic, paid for two years, domain verified",
        organisation="Northwind Clinic",
        paid=True,
        recovery="ada.okafor@posteo.example",
    ),
    Person(
        email="noor@northwind-clinic.example",
        name="Noor Haddad",
        age=timedelta(days=500),
        about="Ada's colleague, gets her invitations inside Almanac",
        organisation="Northwind Clinic",
        paid=True,
    ),
    Person(
        email="ben.carter@gmail.com",
        name="Ben Carter",
        age=timedelta(days=1095),
        about="private account for three years, plans a wedding",
        time_zone="Europe/London",
    ),
    Person(
        email="cleo@brightpath-webinars.example",
        name="Cleo Marin",
        age=timedelta(days=10),
        about="on trial for ten days, sells webinars",
        time_zone="America/New_York",
    ),
    Person(email="dana@freshmail.example", name="Dana Quist", age=timedelta(hours=1), about="signed up an hour ago"),
    Person(
        email="emil@lakeside-choir.example",
        name="Emil Lindqvist",
        age=timedelta(days=400),
        about="a guest with an inbox here",
        time_zone="Europe/Stockholm",
    ),
    Person(
        email="rita@almanac.example",
        name="Rita Reviewer",
        age=timedelta(days=900),
        about="staff, reviews and decides cases",
        organisation="Almanac",
        group="Reviewers",
    ),
    Person(
        email="theo@almanac.example",
        name="Theo Second",
        age=timedelta(days=600),
        about="staff too: answers appeals against what Rita decided",
        organisation="Almanac",
        group="Reviewers",
    ),
    Person(
        email="vic@almanac.example",
        name="Vic Viewer",
        age=timedelta(days=300),
        about="staff, may look but not decide",
        organisation="Almanac",
        group="Viewers",
    ),
)


def load(at: datetime) -> list[User]:
    """Make who is missing, and return those made. Whoever exists stays as they are, passwords included."""
    for name, domain in ORGANISATIONS.items():
        Organisation.objects.get_or_create(name=name, defaults={"verified_domain": domain})
    groups = _groups()
    missing = [person for person in PEOPLE if not User.objects.filter(email=person.email).exists()]
    return [_make(person, at, groups) for person in missing]


def _groups() -> dict[str, Group]:
    """Reviewers get every permission of CalGuard's apps, Viewers those to view."""
    every = Permission.objects.filter(content_type__app_label__in=CALGUARD_APPS)
    reviewers, _ = Group.objects.get_or_create(name="Reviewers")
    reviewers.permissions.set(every)
    viewers, _ = Group.objects.get_or_create(name="Viewers")
    viewers.permissions.set(every.filter(codename__startswith="view_"))
    return {"Reviewers": reviewers, "Viewers": viewers}


def _make(person: Person, at: datetime, groups: dict[str, Group]) -> User:
    first, _, last = person.name.partition(" ")
    born = at - person.age
    user = User(
        email=person.email,
        first_name=first,
        last_name=last,
        date_joined=born,
        plan=User.Plan.PAID if person.paid else User.Plan.FREE,
        organisation=Organisation.objects.get(name=person.organisation) if person.organisation else None,
        email_verified_at=born + timedelta(minutes=5) if person.verified else None,
        time_zone=person.time_zone,
        recovery_email=person.recovery,
        recovery_changed_at=born + timedelta(days=1) if person.recovery else None,
        is_staff=bool(person.group),
    )
    user.set_password(PASSWORD)
    user.password_changed_at = born
    user.save()
    if person.group:
        user.groups.add(groups[person.group])
    if person.age > timedelta(days=30):
        feedback.known_since(user, born, networks=("127.0.0.1", "198.51.100.20"))
    return user
