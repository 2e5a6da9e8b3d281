"""The calendar that is simulated, as the guard sees it: who its accounts are, and where its mail goes."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.http import HttpRequest

from calguard.host import Facts, Host, InternalMessage
from calguard.simulation.people import Person
from calguard.simulation.world import World

KEY = "HTTP_X_ALMANAC_KEY"  # what an API client of record authenticates with


class Register:
    """Who has an account in the world that is played; set once a run."""

    world: World
    people: dict[str, Person] = {}
    by_address: dict[str, Person] = {}

    @classmethod
    def open(cls, world: World) -> None:
        cls.world, cls.people, cls.by_address = world, {}, {}

    @classmethod
    def add(cls, person: Person) -> None:
        cls.people[person.account] = person
        cls.by_address[person.email] = person


class SimulatedHost(Host):
    """The adapter of the simulated calendar."""

    def account(self, user: Any) -> str:
        return str(user.account)

    def user(self, account: str) -> Person | None:
        return Register.people.get(account)

    def facts(self, account: str, user: Any | None = None) -> Facts:
        person = Register.people.get(account)
        if person is None:
            return Facts()
        return Facts(
            name=person.name,
            email=person.email,
            email_verified=person.verified,
            created_at=person.created_at,
            paid=person.paid,
            tenant=person.tenant,
            tenant_name=person.tenant,
            addresses=frozenset({person.email}),
            verified_domains=frozenset({person.domain}) if person.domain else frozenset(),
            credential_changed_at=person.credential_changed_at,
            language=person.language,
        )

    def names(self, accounts: Collection[str]) -> Mapping[str, str]:
        return {account: Register.people[account].name for account in accounts if account in Register.people}

    def account_for(self, address: str) -> str | None:
        person = Register.by_address.get(address.lower())
        return person.account if person else None

    def on_system(self, addresses: Collection[str]) -> frozenset[str]:
        return frozenset(address for address in addresses if address in Register.by_address)

    def registered_client(self, request: HttpRequest) -> bool:
        person = getattr(request, "user", None)
        return bool(person is not None and person.api_key and request.META.get(KEY) == person.api_key)

    def deliver(self, message: InternalMessage) -> bool:
        Register.world.delivered(message.recipient, message.method)
        return True

    def end_sessions(self, account: str) -> int:
        return 0

    def suspend(self, account: str) -> None:
        if account in Register.people:
            Register.people[account].suspended = True

    def reinstate(self, account: str) -> None:
        if account in Register.people:
            Register.people[account].suspended = False


class CountingBackend(BaseEmailBackend):
    """Where invitations arrive. Nothing leaves the process."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for mail in email_messages:
            for address in mail.recipients():
                Register.world.delivered(address, "REQUEST")
        return len(email_messages)


class NoticeBackend(BaseEmailBackend):
    """Where notices to owners and staff arrive."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        Register.world.notices += len(email_messages)
        return len(email_messages)
