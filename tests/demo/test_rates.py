"""The demo's forms answer 429 when a program posts without end, and nobody else notices."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client

from demo.models import User

pytestmark = pytest.mark.django_db


@pytest.mark.requirement("R53")
def test_posting_without_end_is_slowed_down_and_looking_is_not(settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "RATE_LIMITS": {"write": "3/m"}}
    cache.clear()
    browser = Client()
    browser.force_login(User.objects.create_user(email="ada@x.example", password="long enough to be one"))
    answers = [browser.post("/events/new/", {"title": ""}).status_code for _ in range(5)]
    assert answers == [200, 200, 200, 429, 429]
    late = browser.post("/events/new/", {"title": ""})
    assert 0 < int(late["Retry-After"]) <= 60
    assert browser.get("/events/new/").status_code == 200
