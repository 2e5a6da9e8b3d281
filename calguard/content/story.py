"""Whether the parts of one mail tell the same story: plain text, HTML, and each of its calendars (R74)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from calguard.content.hosts import registrable
from calguard.content.types import Content, Link

BODIES = ("mail.text", "mail.html")
LITTLE = 8  # words in a body below which it only points to another part
SHARED = 0.3  # of the words of the shorter body that the longer one should say too
_WORD = re.compile(r"\w{3,40}")
_PICTURE = re.compile(r"(?i)\.(?:png|jpe?g|gif|svg|webp|ico)(?:[?#]|$)")
_PREFIX = re.compile(r"^\s*(?:(?:re|fwd?|aw|wg|tr|rv|sv|vs)\s*:\s*)+")
MAX_READ = 20_000  # characters of a body


def differs(calendars: Sequence[Content], letter: Content, subject: str) -> bool:
    """Whether two calendars are not the same message, or the bodies speak of something else than each other and the
    event. A body that says less than the event is ordinary, as are the service's own links."""
    return _calendars_differ(calendars) or (bool(calendars) and _letter_differs(calendars, letter, subject))


def _calendars_differ(calendars: Sequence[Content]) -> bool:
    return len({(calendar.hash, calendar.method, calendar.uid, calendar.sequence) for calendar in calendars}) > 1


def _letter_differs(calendars: Sequence[Content], letter: Content, subject: str) -> bool:
    words = {name: _words(letter, name) for name in BODIES}
    text, html = words["mail.text"], words["mail.html"]
    if min(len(text), len(html)) >= LITTLE and len(text & html) < SHARED * min(len(text), len(html)):
        return True
    title = set(_WORD.findall(calendars[0].text("SUMMARY")[:MAX_READ]))
    return (
        _title_in_one(title, text, html)
        or _other_subject(title, subject)
        or _number_in_one(calendars, letter, words)
        or _link_in_one(calendars, letter, words)
    )


def _words(letter: Content, name: str) -> set[str]:
    return set(_WORD.findall(letter.text(name)[:MAX_READ]))


def _title_in_one(title: set[str], text: set[str], html: set[str]) -> bool:
    """One body speaks of the event, and the other, of some length, does not."""
    spoken, silent = (text, html) if len(title & text) > len(title & html) else (html, text)
    return len(title) > 1 and title <= spoken and not title & silent and len(silent) >= 2 * LITTLE


def _other_subject(title: set[str], subject: str) -> bool:
    """ "Invitation: ..." and then a title that is not the event's."""
    _, colon, named = _PREFIX.sub("", subject.casefold()).partition(":")
    said = set(_WORD.findall(named))
    return bool(colon) and len(title) > 1 and len(said) > 2 and not said & title


def _number_in_one(calendars: Sequence[Content], letter: Content, words: dict[str, set[str]]) -> bool:
    """A telephone number that one body has, and neither the event nor the other body, which is more than a pointer."""
    in_event = {phone.number for calendar in calendars for phone in calendar.phones}
    given = {name: _numbers(letter, name) - in_event for name in BODIES}
    return _only_one(given, words) or bool(in_event and any(given.values()) and not _any_shared(letter, in_event))


def _numbers(letter: Content, name: str) -> set[str]:
    """Numbers a body has; the letter lists each once, so the text itself is asked, by its digits."""
    digits = re.sub(r"\D", "", _as_written(letter, name))
    return {phone.number for phone in letter.phones if phone.field == name or phone.number[-8:] in digits}


def _any_shared(letter: Content, in_event: set[str]) -> bool:
    return any(number in _numbers(letter, name) for name in BODIES for number in in_event)


def _link_in_one(calendars: Sequence[Content], letter: Content, words: dict[str, set[str]]) -> bool:
    """A link away from the service that one body has, and neither the event nor the other body."""
    service = {registrable(a.domain) or a.domain for a in letter.addresses if a.field in ("mail.from", "mail.sender")}
    in_event = {link.domain for calendar in calendars for link in calendar.links}
    known = service | in_event
    said = {name: _as_written(letter, name, source=True) for name in BODIES}  # links stand in the markup
    given = {
        name: {
            link.domain
            for link in letter.links
            if _leads(link) and link.domain not in known and (link.field == name or link.domain in said[name])
        }
        for name in BODIES
    }
    return _only_one(given, words)


def _as_written(letter: Content, name: str, *, source: bool = False) -> str:
    found = (text.value if source else text.visible for text in letter.texts if text.field == name)
    return "\n".join(found)[: 4 * MAX_READ].casefold()


def _leads(link: Link) -> bool:
    return bool(link.host) and "conference" not in link.flags and not _PICTURE.search(link.url)


def _only_one(given: dict[str, set[str]], words: dict[str, set[str]]) -> bool:
    text, html = (given[name] for name in BODIES)
    said_text, said_html = (len(words[name]) for name in BODIES)
    return bool((html - text and said_text >= LITTLE) or (text - html and said_html >= LITTLE))
