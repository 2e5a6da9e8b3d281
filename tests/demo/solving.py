"""A person answers a challenge on the page that explains a decision."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

from demo.visitor import _solution


def solve(who: Any, address: str) -> Any:
    """Open the page of that address, do the work it asks for, and send its form."""
    path = urlsplit(address).path
    page = who.client.get(path)
    found = re.search(r'challengeurl="([^"]+)"', page.content.decode())
    assert found, page.content.decode()[:2000]
    question = who.client.get(unescape(found[1])).json()
    who.clock.shift(5)
    return who.client.post(path, {"altcha": _solution(question)})
