"""Files that come with the event (R34)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calguard.content.hosts import covers, is_freemail, registrable
from calguard.content.types import Attachment, Content, Link
from calguard.engine.channels import is_own
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

ACTIVE_TYPES = re.compile(
    r"(?i)html|javascript|x-ms(?:download|dos|i\b)|x-dosexec|x-executable|x-sh\b|x-bat|hta\b|java-archive|x-elf"
    r"|macroenabled|x-msdownload|x-iso9660|x-mach-binary|shortcut"
)
ACTIVE_NAMES = re.compile(
    r"(?i)\.(?:html?|xhtml|shtml|svgz|js|jse|vbs?|vbe|wsf|hta|exe|scr|com|pif|bat|cmd|ps1|msi|jar|lnk|url|iso|img|vhdx?"
    r"|docm|xlsm|pptm|chm|one|reg|apk|dmg)$"
)
PACKED_TYPES = re.compile(
    r"(?i)zip|x-rar|x-7z|x-tar|gzip|x-cab|text/calendar|ole-storage|msword|ms-excel|ms-powerpoint|rtf"
)
HELD = {
    "macro": "holds macros",
    "script": "holds a script",
    "bomb": "unpacks to hundreds of times its size",
}
FEW_WORDS = 12  # beside a picture, up to these many words are no event but a caption


@detector(
    group="structure",
    codes={
        "active": Reason.ATTACHMENT_NOT_ALLOWED,
        "packed": Reason.ATTACHMENT_NOT_ALLOWED,
        "locked": Reason.ATTACHMENT_NOT_ALLOWED,
        "image_only": Reason.ATTACHMENT_NOT_ALLOWED,
        "code_link": Reason.LINK_NOT_ALLOWED,
    },
)
def attachments(attempt: Attempt) -> Iterator[Signal]:
    """A file inside the event can run or show a page when opened, holds such a file, packs others away from scanners,
    or is a picture that says what the text does not. Links to files are judged as links."""
    content = attempt.content
    if not attempt.audience.external:
        return
    active = False
    for attachment in content.attachments[:50]:
        if not attachment.inline:
            continue
        code, why = _look(attachment)
        if code:
            active = active or code == "active"
            name = attachment.name[:80] or "unnamed"
            yield Signal(code=code, reason=f"“{name}” {why}", field=attachment.field, quote=attachment.name[:160])
    picture = "" if active else _picture(content)
    if picture and _words(content) <= FEW_WORDS:
        yield Signal(code="image_only", reason="hardly any text, and a picture that may hold one", field=picture)
    leads = next((link for link in content.links if link.field == "picture" and _is_foreign(link, attempt)), None)
    if leads:
        reason = f"a code in a picture leads to {leads.host}"
        yield Signal(code="code_link", reason=reason, field=leads.field, quote=leads.raw[:160])


def _look(attachment: Attachment) -> tuple[str, str]:
    """(code, why in words); the worst of the file and of what it holds."""
    for held, words in HELD.items():
        if held in attachment.holds:
            return "active", words
    for name, kind in ((attachment.name, attachment.media_type), *attachment.inside):
        if ACTIVE_NAMES.search(name) or ACTIVE_TYPES.search(kind):
            within = "" if (name, kind) == (attachment.name, attachment.media_type) else f"holds “{name[:80]}”, which "
            return "active", f"{within}is {kind or 'a file that runs'}"
    if "encrypted" in attachment.holds:
        return "locked", "is locked against scanners"
    if PACKED_TYPES.search(attachment.media_type):
        return "packed", f"is {attachment.media_type}"
    return "", ""


def _is_foreign(link: Link, attempt: Attempt) -> bool:
    """Whether a code leads away from the sender, its address's own site included, and from the meeting."""
    home = attempt.account.email.rpartition("@")[2]
    at_home = bool(home) and not is_freemail(home) and covers(frozenset({registrable(home) or home}), link.host)
    return bool(link.host) and "conference" not in link.flags and not at_home and not is_own(link, attempt)


def _picture(content: Content) -> str:
    """The field of a picture inside the event; "" where there is none."""
    for attachment in content.attachments:
        if attachment.inline and attachment.media_type.startswith("image/"):
            return attachment.field
    return next((link.field for link in content.links if link.url[:11].lower() == "data:image/"), "")


def _words(content: Content) -> int:
    said = (text for text in content.texts if ";" not in text.field and not text.field.startswith(("account.", "V")))
    return sum(len(text.visible[:2000].split()) for text in said)
