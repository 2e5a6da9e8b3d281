"""Pictures of what owners read in the harder hours: suspended, being given an account back, guests who follow later."""

from __future__ import annotations

import email
import email.policy
import re
import time
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page

from docs.picturing import CODE, PASSWORD, case_of, outside, settled, signed_in, take, write
from tests.support.demo import LiveDemo

OWN_NETWORK = "203.0.113.31"
THIEF, TAKEN, NEW = "192.0.2.88", "almanac-demo-taken", "a-quite-other-one-7"
GREETA = "greta@rowing-club.example"
LURE = "Norton renewal: 398.66 USD was charged. Call 1-839-268-8812 immediately to cancel"
CONTEST = "You have won a voucher of 500 USD from Walmart. Call +1 (805) 302-8042 to claim it today"
# An account of two years whose only mailbox is its own.
LONG_HERE = f"""
from datetime import timedelta
from django.utils import timezone
from demo import people
person = people.Person(email={GREETA!r}, name="Greta Holm", age=timedelta(days=600), about="")
people._make(person, timezone.now(), {{}})
"""
STRANGERS = (
    "anouk",
    "bert",
    "chiara",
    "deniz",
    "elin",
    "femke",
    "goran",
    "hana",
    "ines",
    "jorge",
    "kaja",
    "lars",
    "mila",
)
# Guests of others have answered by mail, so that silence would say something.
ANSWERED = """
from django.utils import timezone
from accounts_risk import ledger as people
for n in range(6):
    people.accepted(f"demo.user:elder{n}", f"{n:064x}", "k1", at=timezone.now(), domain=f"firm{n}")
"""


def mailed(demo: LiveDemo, address: str, purpose: str) -> str:
    """The link of that kind in the last mail to this address."""
    wanted = re.compile(rf"https?://\S+({purpose}\S+)")
    for _ in range(120):
        for path in sorted((demo.data / "mail").glob("*.eml"), reverse=True):
            mail = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            body = mail.get_body(("plain",))
            if body is None or address not in str(mail["to"]):
                continue
            if found := wanted.search(body.get_content()):
                return urlsplit(found[0]).path
        time.sleep(0.5)
    raise LookupError(f"no mail to {address} with {purpose}")


def run(demo: LiveDemo, code: str) -> None:
    done = demo.manage("shell", "-c", code)
    if done.returncode:
        raise RuntimeError(done.stderr)


def introduced(browser: Browser, base: str, demo: LiveDemo) -> None:
    """Fourteen strangers, of whom ten are told at once and the others when somebody accepts."""
    run(demo, ANSWERED)
    with signed_in(browser, base, "cleo@brightpath-webinars.example", network=OWN_NETWORK) as cleo:
        guests = [f"{name}@{name}-photo.example" for name in STRANGERS]
        write(cleo, base, "Reading a balance sheet in an hour", guests, day=8, notes="Slides come afterwards.")
        asked = cleo.get_by_label("I am not a program")
        if asked.count():  # whoever writes to so many strangers may be
            asked.click()
            cleo.get_by_text("You can send now.").wait_for()
            cleo.get_by_role("button", name="Send", exact=True).first.click()
        cleo.wait_for_url(re.compile(r"/events/[0-9a-f-]{36}/$"))
        for _ in range(80):
            if cleo.locator("tr[data-state=sent]").count() and cleo.locator("tr[data-state=delayed]").count():
                break
            cleo.wait_for_timeout(500)
            cleo.reload()
        take(cleo, "introductions", full=True)
        cleo.get_by_role("link", name="Why?").first.click()
        cleo.wait_for_load_state()
        take(cleo, "introductions-why", full=True)


def suspended(browser: Browser, base: str, demo: LiveDemo) -> None:
    """What a suspended person reads by the link in the mail, without signing in."""
    address = "cleo@brightpath-webinars.example"
    with signed_in(browser, base, address) as cleo:
        write(cleo, base, CONTEST, ["someone@victims.example"], day=3)
        settled(cleo, "review")
        code = CODE.search(cleo.inner_text("main"))
    with signed_in(browser, base, "rita@almanac.example") as rita:
        case_of(rita, base, code[0] if code else "")
        rita.get_by_label(re.compile(r"^\s*Suspend:")).check()
        rita.locator("[name=label]").select_option("phish")
        rita.get_by_label("Reason").fill("The second call-back fraud within a day.")
        rita.get_by_label("To the owner").fill("Your invitations led people to a number that is known for fraud.")
        rita.get_by_role("button", name="Decide").click()
        rita.get_by_text("is decided:").wait_for()
    with outside(browser) as anybody:
        for _ in range(4):  # the statement on the invitations may be mailed first
            anybody.goto(base + mailed(demo, address, "/guard/objection/"))
            if anybody.get_by_role("heading", name="Your account is suspended").count():
                break
            anybody.wait_for_timeout(3000)
        take(anybody, "suspended", full=True)


def given_back(browser: Browser, base: str, demo: LiveDemo) -> None:
    """Who reads the only mailbox of a stolen account has it back after a while."""
    run(demo, LONG_HERE)
    with signed_in(browser, base, GREETA, network=THIEF) as thief:
        password(thief, f"{base}/password/", TAKEN, old=PASSWORD)
        start = (datetime.now() + timedelta(days=5)).replace(hour=15, minute=0)
        thief.goto(f"{base}/events/new/")
        end = start + timedelta(hours=1)
        for name, value in {
            "title": LURE,
            "start": f"{start:%Y-%m-%dT%H:%M}",
            "end": f"{end:%Y-%m-%dT%H:%M}",
            "guests": "prey@valley.example",
        }.items():
            thief.fill(f"[name={name}]", value)
        thief.wait_for_timeout(6000)
        thief.get_by_role("button", name="Save").click()
        thief.wait_for_load_state()
    with outside(browser) as owner:
        link = base + mailed(demo, GREETA, "/guard/secure/")
        owner.goto(link)
        take(owner, "secure", full=True)
        owner.get_by_role("button", name="End every session").click()
        owner.goto(f"{base}/password/reset/")
        owner.fill("[name=email]", GREETA)
        owner.locator("[name=email]").press("Enter")
        owner.wait_for_load_state()
        password(owner, base + mailed(demo, GREETA, "/password/reset/"), NEW)
        owner.goto(link)
        if owner.get_by_role("button", name="I have chosen a new password").count():
            owner.get_by_role("button", name="I have chosen a new password").click()
        owner.get_by_text("we have told every address").wait_for()
        owner.goto(link)
        take(owner, "returning", full=True)


def password(page: Page, url: str, chosen: str, *, old: str = "") -> None:
    page.goto(url)
    if old:
        page.fill("[name=old_password]", old)
    for field in ("new_password1", "new_password2"):
        page.fill(f"[name={field}]", chosen)
    page.locator("[name=new_password2]").press("Enter")
    page.wait_for_load_state()
