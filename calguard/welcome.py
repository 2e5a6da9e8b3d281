"""Whether anybody wants what an account sends to strangers, where the host tells of guests' answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from accounts_risk.types import Answers
from calguard import people
from calguard.conf import conf
from calguard.engine.types import Attempt

ENOUGH = 30  # strangers of a week, and half the guests of five, below which silence says nothing
HARDLY = 0.03  # share of the copies that were sent whose guests accepted
DAY = timedelta(days=1)


def unanswered(attempt: Attempt, answers: Answers, *, at: datetime, using: str) -> int:
    """How many guests the account wrote to a day ago and longer, strangers of this week or anybody in five, while
    hardly one accepted; 0 where that is few, for a sender who earned trust otherwise, and where nobody could know. A
    query only where the rest holds."""
    behaviour = attempt.behaviour
    strangers = behaviour.strangers_week - behaviour.strangers_day
    anybody = answers.sent - behaviour.recipients_day
    if strangers < ENOUGH and anybody < 2 * ENOUGH:
        return 0
    if conf.policy.earned(attempt.account):
        return 0
    told = min(ENOUGH, conf.policy.introductions.of(attempt.account, earned=False) or ENOUGH)  # no more are, at first
    if answers.sent < told or answers.accepted >= HARDLY * answers.sent:
        return 0
    return max(strangers, anybody) if people.answers_told(at=at, using=using) else 0
