"""What a statement of reasons is made of in words: measures, their ground in the operator's terms, and redress."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from calguard.conf import conf
from calguard.statements.models import Statement

Lazy = str | Promise

OTHER = "terms_of_service"  # where no single term is named for what was found
BULK = "deceptive_high_volume"  # a person's word; the one ground on which nothing is told (DSA Art. 17(2))

HEADLINES: Mapping[str, Lazy] = {
    Statement.Measure.WITHHELD: _("A person has looked at your invitations, and they are not sent"),
    Statement.Measure.REFUSED: _("Your invitations were not sent"),
    Statement.Measure.RESTRICTED: _("Inviting others is paused for your account"),
    Statement.Measure.SUSPENDED: _("Your account is suspended"),
    Statement.Measure.CONTAINED: _("Inviting others waits for your answer"),
}

SCOPES: Mapping[str, Lazy] = {
    # Not "everything else works": who withheld it may have suspended the account as well, which is told apart.
    Statement.Measure.WITHHELD: _(
        "The invitations of this event stay unsent. The event itself stays in your own calendar."
    ),
    Statement.Measure.REFUSED: _(
        "The invitations of this event were not sent. The event itself stays in your own calendar if you keep it, and "
        "everything else works as before."
    ),
    Statement.Measure.RESTRICTED: _(
        "Your account cannot send invitations or changes to guests. It can receive, read, edit and export everything, "
        "and tell guests that an event is off."
    ),
    Statement.Measure.SUSPENDED: _("Nobody can sign in to your account. Nothing in it was deleted."),
    Statement.Measure.CONTAINED: _(
        "Your account cannot send invitations until you have said whether the last ones were yours: somebody else may "
        "be using it. Everything else works as before."
    ),
}

GROUNDS: Mapping[str, Lazy] = {
    "deception": _(
        "Invitations from here may not mislead people about who writes, or about where a link or number leads."
    ),
    "unwanted_bulk": _("Invitations from here are for people who expect them, and not for mailings to strangers."),
    "programs": _("Invitations from here are written by people, or by programs that the service knows."),
    "account_safety": _("The service protects accounts, and the guests of their owners, from use by somebody else."),
    OTHER: _("The terms of this service say what may be sent to guests, and how."),
}

SOURCES: Mapping[str, Lazy] = {
    Statement.Source.OWN: _("The service found it by itself; nobody reported it."),
    Statement.Source.NOTICE: _("Somebody reported it."),
}

AUTOMATION: Mapping[tuple[bool, bool], Lazy] = {  # found, and decided, by a machine
    (True, True): _("It was found and decided automatically. No person has looked at it yet."),
    (True, False): _("It was found automatically, and decided by a person."),
    (False, False): _("It was found and decided by a person."),
    (False, True): _("It was found by a person, and decided automatically."),
}

ALSO: Lazy = _("Invitations of yours that were waiting are not sent; their events stay in your calendar.")
FOR_GOOD: Lazy = _("There is no end date: it lasts until a person ends it.")
ENDED: Lazy = _("It is over.")
OVERTURNED: Lazy = _("It was taken back after your appeal.")


def ground_of(reasons: Iterable[str], label: str = "") -> str:
    """The code of the term that a person's label, or the strongest reason that has one, is about."""
    terms = conf.policy.terms
    for code, term in terms.items():
        if label and label in term.labels:
            return code
    for reason in reasons:
        for code, term in terms.items():
            if reason in term.reasons:
                return code
    return OTHER


def ground_text(code: str) -> str:
    """The term in the operator's words, or else in the shipped ones."""
    term = conf.policy.terms.get(code)
    return term.text if term and term.text else str(GROUNDS.get(code, GROUNDS[OTHER]))


def ground_url(code: str) -> str:
    """Where the operator's term can be read; "" where they do not say."""
    term = conf.policy.terms.get(code)
    return term.url if term else ""


def redress() -> str:
    """What else people can do, in the reader's language where the operator wrote it; "" where they wrote nothing."""
    given = conf.redress
    language = get_language() or ""
    for name in (language, language.partition("-")[0]):
        if name in given:
            return given[name]
    return next(iter(given.values()), "")
