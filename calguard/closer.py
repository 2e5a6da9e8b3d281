"""The worker's closer look at what a request has no time for: codes in pictures, judged with the event (R34)."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from calguard import attempts, codes, recheck
from calguard.calls import Call
from calguard.conf import conf
from calguard.content import pictures
from calguard.content.types import Content
from calguard.engine.types import Verdict
from calguard.letting_go import let_go
from outbound.models import Submission

LOOKED = "pictures"  # word in a submission's note: its pictures are read
PLACE = "picture"


def passes(submission: Submission, content: Content, *, at: datetime) -> bool:
    """Whether the event may go on as far as its pictures are concerned. If not, it has become another attempt, which
    is recorded and kept back like any other. What a person released is not looked at again."""
    if LOOKED in submission.note.split():
        return True
    said = codes.read(pictures.inline(content.raw))
    if not said or submission.decisions.filter(let_go()).exists():
        return True
    texts = {PLACE: "\n".join(said)}
    call = recheck.call_for(submission, content, at=at, extra_texts=texts)
    # It was judged before by who sent it and how; only what the pictures add is news.
    call = replace(call, besides=(submission.decision,))
    if not _worse(call):
        return True
    recheck.judge_again(submission, content, at=at, extra_texts=texts, note=LOOKED)
    return False


def _worse(call: Call) -> bool:
    if conf.mode == "off":
        return False
    seen, unseen = attempts.compare(call, call.content)
    return seen.verdict > max(Verdict.OBSERVE, unseen.verdict)
