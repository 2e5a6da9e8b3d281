"""What turns or hides text must not reach a reviewer's page by any field, name or file."""

from __future__ import annotations

import pytest

from calguard import cases
from calguard.models import Appeal, Note
from tests.admin.conftest import lead, sender  # noqa: F401
from tests.admin.test_case_page import page_of
from tests.review import factories

TURN = "\u202e\u200b\u2066"
HOSTILE = """BEGIN:VCALENDAR\r
METHOD:REQUEST\r
BEGIN:VEVENT\r
UID:1{t}\r
DTSTART:20260616T100000Z\r
RRULE:FREQ=DAI{t}LY;COUNT=5\r
SUMMARY:a{t}b\r
X-A{t}B;C{t}D="e{t}f":g{t} https://evil.example/\r
ORGANIZER;CN="h{t}i":mailto:j{t}k@evil.example\r
ATTENDEE;CN="l{t}m":mailto:n{t}o@victim.example\r
CONFERENCE;LABEL="https://evil.example/{t}":https://evil.example/{t}\r
ATTACH;FMTTYPE=text/{t}html;FILENAME="invoice{t}gpj.exe https://evil.example":https://evil.example/a{t}\r
ATTACH;VALUE=BINARY;ENCODING=BASE64;FMTTYPE=text/{t}x;FILENAME="{t}http://evil.example/q.exe":PGI+\r
BEGIN:VALARM\r
ACTION:DIS{t}PLAY\r
TRIGGER:-PT5M\r
REPEAT:2\r
DESCRIPTION:p{t}q\r
END:VALARM\r
BEGIN:X-{t}Z\r
SUMMARY:r\r
END:X-{t}Z\r
END:VEVENT\r
END:VCALENDAR\r
""".replace("{t}", TURN)


@pytest.mark.requirement("R88")
def test_nothing_turns_or_hides_and_no_link_stays_whole(lead, sender, clock, now):  # noqa: F811
    sender.first_name = f"Jane{TURN}"
    sender.save()
    signal = {**factories.LURE_SIGNALS[0], "reason": f"says {TURN}", "field": f"X-{TURN}"}
    row = factories.decision(
        factories.account_of(sender), at=now, content=HOSTILE.encode(), signals=[signal], facts={f"u{TURN}": [TURN]}
    )
    Appeal.objects.create(decision=row, account=row.account, text=f"please {TURN}", created_at=now)
    case = cases.open_for(row, at=now)
    Note.objects.create(case=case, author=row.account, text=f"noted {TURN}", created_at=now)
    for page in (page_of(lead, case), lead.get("/admin/calguard/case/?state=all").content.decode()):
        for character in TURN:
            at = page.find(character)
            assert at < 0, page[max(0, at - 120) : at + 60]
        assert "://evil." not in page
