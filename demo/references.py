"""By which names CalGuard hands things back: an event by its key, everything else by a word before its key."""

REPLY = "reply-"  # an answer to an invitation
SHARE = "share-"  # an invitation to a shared calendar
REMINDER = "reminder-"
