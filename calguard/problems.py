"""Why what a reviewer asked for was not done."""


class Problem(Exception):  # noqa: N818  callers read "except review.Problem"
    """Nothing was done; the text says why, for the reviewer."""


class Conflict(Problem):
    """Somebody else decided or works on it, or it changed since it was looked at (R89)."""


class NotAllowed(Problem):
    """This person may not do this."""


class Invalid(Problem):
    """A reason is missing, or the label does not fit the outcome, or the exemption cannot be given."""
