"""What is counted beside an account's own budget, and how many bookings of visitors may wait, as policy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

Count = Annotated[int, Field(ge=0)]
AtLeastOne = Annotated[int, Field(ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]


class Room(BaseModel, extra="forbid", frozen=True):
    """Recipient-sends that several share, in rolling windows; 0 is no limit."""

    hour: Count = 0
    day: Count = 0
    week: Count = 0


class Allowances(BaseModel, extra="forbid", frozen=True):
    """What is counted beside an account's own budget (R16, R60)."""

    tenant: Room  # all accounts of an organisation
    tenant_untrusted: Room  # strangers, of new and trial accounts of one that has proved no domain
    network: Room  # strangers, of new and trial accounts in one network
    client: Room  # strangers, of new and trial accounts through one API client
    delegate: Room  # one person, on the accounts of others
    bookings: Room  # visitors of one established account's booking page
    bookings_share: dict[Literal["new", "trial"], Share]  # of another's own budgets, which its visitors may use up
    booked: Room  # copies for one guest through one booking page
    visitor: Room
    visitors: Room  # all visitors in one network
    recipient: Room  # copies for one guest from new and trial accounts and visitors that have nothing to do with them
    lifetime: dict[Literal["new", "trial"], Count]  # until the account is established; 0 is no limit
    warn_at: Annotated[float, Field(gt=0, le=1)]  # share of a budget from which its owner is told


class Bookings(BaseModel, extra="forbid", frozen=True):
    """How many bookings of visitors may wait at one time, and which of them keep their time."""

    of_visitor: AtLeastOne  # of one, on all pages
    for_guest: AtLeastOne  # for one, on one page
    of_network: AtLeastOne  # from one, on all pages
    of_page: AtLeastOne
    keep_hours: Annotated[float, Field(ge=0)]
    kept: Count  # of one page
