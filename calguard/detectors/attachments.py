"""Files that come with the event (R34)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from calguard.content.types import Attachment
from calguard.engine.pointing import at
from calguard.engine.reasons import Reason
from calguard.engine.registry import detector
from calguard.engine.types import Attempt, Signal

ACTIVE_TYPES = re.compile(
    r"(?i)html|svg|javascript|x-ms(?:download|dos|i\b)|x-dosexec|x-executable|x-sh\b|x-bat|hta\b|java-archive|x-elf"
    r"|macroenabled|x-msdownload|x-iso9660|x-mach-binary|shortcut"
)
ACTIVE_NAMES = re.compile(
    r"(?i)\.(?:html?|xhtml|shtml|svgz?|js|jse|vbs?|vbe|wsf|hta|exe|scr|com|pif|bat|cmd|ps1|msi|jar|lnk|url|iso|img|vhdx?"
    r"|docm|xlsm|pptm|chm|one|reg|apk|dmg)$"
)
PACKED_TYPES = re.compile(
    r"(?i)zip|x-rar|x-7z|x-tar|gzip|x-cab|text/calendar|officedocument|msword|ms-excel|ms-powerpoint|rtf"
)


@detector(
    group="structure",
    codes={"active": Reason.ATTACHMENT_NOT_ALLOWED, "packed": Reason.ATTACHMENT_NOT_ALLOWED},
)
def attachments(attempt: Attempt) -> Iterator[Signal]:
    """A file inside the event can run or show a page when opened, or packs others away from scanners. Links to files
    are judged as links."""
    if not attempt.audience.external:
        return
    for attachment in attempt.content.attachments[:50]:
        kind = _kind(attachment)
        if kind:
            reason = f"“{attachment.name[:80] or 'unnamed'}” is {attachment.media_type or 'of no declared type'}"
            yield at(Signal(code=kind, reason=reason, field=attachment.field), attempt.content, attachment.name)


def _kind(attachment: Attachment) -> str:
    if ACTIVE_NAMES.search(attachment.name):
        return "active" if attachment.inline else ""
    if not attachment.inline:
        return ""
    if ACTIVE_TYPES.search(attachment.media_type):
        return "active"
    return "packed" if PACKED_TYPES.search(attachment.media_type) else ""
