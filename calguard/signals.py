"""What CalGuard tells its host. It listens to none of these itself."""

from django.dispatch import Signal

decision_made = Signal()
"""A check was answered. Arguments: `decision` (calguard.decision.Decision), `account`."""

submission_changed = Signal()
"""An invitation was released, sent, refused or expired. Arguments: `reference`, `submission` (UUID), `state`."""

account_restricted = Signal()
"""Sending was restricted or the account suspended. Arguments: `account`, `kind`, `reason`, `expires_at`."""

account_restored = Signal()
"""Nothing restricts the account any more. Arguments: `account`."""

budget_low = Signal()
"""An invitation brought the account near the end of its own budget; once for each time a window fills up. Arguments:
`account`, `window` ("hour", "day" or "week"), `used`, `limit`."""

degraded = Signal()
"""A decision was made without some fact; operators alarm on it. Arguments: `missing` (names), `account`."""
