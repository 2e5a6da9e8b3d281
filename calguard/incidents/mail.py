"""The mails that tell an owner of a takeover: their kinds, and the links in them."""

from __future__ import annotations

from django.urls import NoReverseMatch

from calguard import links, moments
from calguard.models import Notice

KIND = "owner_alert"
RETURNING = "owner_returning"
KINDS = frozenset({KIND, RETURNING})


def of_mail(notice: Notice) -> dict[str, str]:
    """The links of one mail, made when it is sent, and its moment on the owner's clock. An address that may be the
    thief's gets no link that gives anything back; anybody may object."""
    context = notice.context
    if notice.kind not in KINDS:
        return {}
    when = {"when": moments.read(context.get("time") or context.get("until"), notice.account)}
    try:
        of = (notice.account, int(context["pk"]), notice.pk)
        if notice.kind == RETURNING:
            return when | {"contest_url": links.contest(*of)}
        decide = {"secure_url": links.secure(*of), "mine_url": links.mine(*of)} if context.get("rested") else {}
        return when | decide
    except NoReverseMatch:
        return when  # the host did not include calguard.urls
