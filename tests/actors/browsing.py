"""Requests as a browser makes them."""

from __future__ import annotations

from typing import Any

from django.test import RequestFactory

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def posted(path: str, ip: str) -> Any:
    """A form that somebody sent from there."""
    return RequestFactory().post(
        path,
        REMOTE_ADDR=ip,
        HTTP_USER_AGENT=FIREFOX,
        HTTP_ACCEPT="text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        HTTP_ACCEPT_LANGUAGE="de,en;q=0.5",
        HTTP_ACCEPT_ENCODING="gzip, deflate, br, zstd",
        HTTP_SEC_FETCH_DEST="document",
        HTTP_SEC_FETCH_MODE="navigate",
        HTTP_SEC_FETCH_SITE="same-origin",
    )
