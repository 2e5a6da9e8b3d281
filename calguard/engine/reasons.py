"""The public reason codes: what a refused sender is told, stable, and never how the check works (R53)."""

from __future__ import annotations

from enum import StrEnum


class Reason(StrEnum):
    """Names the kind of field and the kind of problem. `meaning` is the English source of the translated texts."""

    meaning: str

    def __new__(cls, code: str, meaning: str) -> Reason:
        member = str.__new__(cls, code)
        member._value_ = code
        member.meaning = meaning
        return member

    CONTENT_LOOKS_LIKE_SCAM = "content_looks_like_scam", "The text reads like a message that cheats people."
    NAMES_ANOTHER_COMPANY = "names_another_company", "A name claims a company that this account does not belong to."
    LINK_NOT_ALLOWED = "link_not_allowed", "A link leads to a site that may not be sent."
    LINK_UNSAFE = "link_unsafe", "A link hides where it leads."
    TOO_MANY_GUESTS = "too_many_guests", "There are more guests than this account may invite at once."
    SENDING_TOO_FAST = "sending_too_fast", "Invitations are being sent faster than people send them."
    LOOKS_AUTOMATED = "looks_automated", "The request looks as if a program made it."
    ACCOUNT_TOO_NEW = "account_too_new", "The account is too new for this."
    ORGANIZER_NOT_YOURS = "organizer_not_yours", "The organiser's address does not belong to this account."
    REPEATS_TOO_OFTEN = "repeats_too_often", "The event or its reminder repeats too often."
    UNREADABLE_EVENT = "unreadable_event", "The event is damaged or not written as calendars write events."
    ATTACHMENT_NOT_ALLOWED = "attachment_not_allowed", "An attachment is of a kind that may not be sent."
    RESUBMITTED_REFUSED_CONTENT = "resubmitted_refused_content", "Nearly the same event was refused before."
    UNUSUAL_SIGN_IN = "unusual_sign_in", "The sign-in was unusual for this account."
    NETWORK_NOT_TRUSTED = "network_not_trusted", "The network this came from is often used for abuse."
    DISPOSABLE_ADDRESS = "disposable_address", "The address comes from a provider of throw-away addresses."
    METHOD_NOT_SUPPORTED = "method_not_supported", "No mail can be made for this kind of calendar message."
    WRONG_ROLE = "wrong_role", "A guest cannot send what only the organiser may send."
    HIDDEN_TEXT = "hidden_text", "The text contains parts that a reader cannot see or that are disguised."
    BUDGET_EXHAUSTED = "budget_exhausted", "This account has invited as many people as it may for now."
    ACCOUNT_CONTAINED = "account_contained", "Perhaps somebody else uses the account; its owner was asked."
    ACCOUNT_RESTRICTED = "account_restricted", "Sending is restricted for this account."
    CHECK_UNAVAILABLE = "check_unavailable", "A check could not be made and will be made again."
    BOOKINGS_WAITING = "bookings_waiting", "Bookings like this one still wait to be looked at."
    PART_OF_CAMPAIGN = "part_of_campaign", "Other accounts that are not known yet send nearly the same."
    ADDRESSES_BOUNCE = "addresses_bounce", "Many of the invited addresses do not exist or do not want to be invited."
    REFUSED_REPEATEDLY = "refused_repeatedly", "Several invitations were refused, and that was confirmed."
    UNUSUAL_DATES = "unusual_dates", "The dates of the event are unusual."
