"""Which model judges: what was put to use, at once and everywhere, and never one that cannot be used."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.core import checks

from calguard import alarm, diagnosis, text_models
from calguard.engine import textmodel
from calguard.engine.textmodel import BUCKETS, TextModel, Written
from calguard.guard import Verdict
from calguard.models import Decision
from calguard.retraining.store import POINTER, Store, Stored
from tests.guard.events import invitation
from tests.guard.test_check import send


@pytest.fixture
def fresh() -> Iterator[None]:
    """As in a process that has read nothing yet."""
    text_models._sound.clear()
    text_models._pointers._seen.clear()
    yield
    text_models._sound.clear()
    text_models._pointers._seen.clear()


def teaching(*words: str) -> TextModel:
    """The shipped model, to which these words are the worst there are."""
    weights = bytearray(bytes(textmodel.shipped().weights))
    for bucket in Written.of([("SUMMARY", " ".join(words))]).singles:
        weights[bucket & (BUCKETS - 1)] = 127
    return replace(textmodel.shipped(), weights=memoryview(bytes(weights)).cast("b"))


def put(store: Store, model: TextModel, stamp: str) -> Stored:
    stored = store.add(model.octets(), {}, stamp)
    store.activate(stored)
    return stored


def finding() -> diagnosis.Finding:
    (found,) = diagnosis._text_model()
    return found


def test_the_shipped_one_without_a_directory_and_with_an_empty_one(settings: Any, store: Store, fresh: None) -> None:
    assert text_models.current() is None
    assert (finding().state, textmodel.shipped().version in finding().said) == ("ok", True)
    settings.CALGUARD = {**settings.CALGUARD, "TEXT_MODEL_DIR": None}
    assert text_models.in_use() == text_models.InUse()


def test_a_running_process_follows(store: Store, fresh: None) -> None:
    first = put(store, teaching("marzipan"), "20260615T100000Z")
    model = text_models.current()
    assert model is not None
    assert text_models.current() is model, "read once"
    second = put(store, teaching("nougat"), "20260616T100000Z")
    assert text_models.in_use().version == second.version
    store.roll_back()
    assert text_models.in_use().version == first.version
    assert (finding().state, first.version in finding().said) == ("ok", True)
    store.roll_back()
    assert text_models.current() is None


def test_one_made_from_an_earlier_shipped_model_goes_on_and_is_told_of(store: Store, fresh: None) -> None:
    made = put(store, replace(teaching("marzipan"), about={"based_on": "0123456789abcdef"}), "20260615T100000Z")
    assert text_models.in_use().version == made.version
    assert (finding().state, "calguard_train" in finding().todo) == ("warning", True)
    put(store, replace(teaching("marzipan"), about={"based_on": textmodel.shipped().version}), "20260616T100000Z")
    assert finding().state == "ok"


DAMAGE = {
    "pointer is no JSON": lambda store, stored: (store.folder / POINTER).write_text("{"),
    "pointer names what is not there": lambda store, stored: (store.folder / POINTER).write_text(
        json.dumps({"version": "20300101T000000Z-00000000", "sha256": "", "history": []})
    ),
    "pointer to another record": lambda store, stored: (store.folder / POINTER).write_text(
        json.dumps({"version": stored.version, "sha256": "0" * 64, "history": []})
    ),
    "model is cut off": lambda store, stored: _overwrite(store, stored, lambda octets: octets[:-1]),
    "model is empty": lambda store, stored: _overwrite(store, stored, lambda octets: b""),
    "model is of another format": lambda store, stored: _overwrite(
        store, stored, lambda octets: textmodel.MAGIC + _sealed(b'{"bits":20,"format":99}\n')
    ),
    "model says nonsense": lambda store, stored: _overwrite(
        store, stored, lambda octets: textmodel.MAGIC + _sealed(b'{"bits":20,"format":1}\nnot packed')
    ),
}


def _sealed(body: bytes) -> bytes:
    import hashlib

    return hashlib.sha256(body).hexdigest().encode() + b"\n" + body


def _overwrite(store: Store, stored: Stored, change: Any) -> None:
    """A bad model that was stored and put to use as if it were a good one."""
    bad = store.add(change(store.octets(stored)), {}, "20290101T000000Z")
    store.activate(bad)


@pytest.mark.parametrize("damage", sorted(DAMAGE))
@pytest.mark.parametrize("known", [True, False], ids=["running", "just started"])
def test_what_cannot_be_used_never_judges(store: Store, fresh: None, damage: str, known: bool) -> None:
    """What was in use in the process stays; one that has just started has the shipped one. The alarm comes once."""
    stored = put(store, teaching("marzipan"), "20260615T100000Z")
    before = text_models.current() if known else None
    DAMAGE[damage](store, stored)
    counted = alarm.counts().get("text_model", 0)
    for _ in range(5):
        assert text_models.current() is before
    assert alarm.counts()["text_model"] == counted + 1
    assert finding().state == "warning"
    assert "calguard_train" in finding().todo
    put(store, teaching("nougat"), "20260616T100000Z")
    assert finding().state == "ok"


@pytest.mark.django_db(transaction=True)
def test_the_front_door_judges_with_it(person: Any, store: Store, fresh: None, now: datetime) -> None:
    """An account that is new, words that mean nothing to the shipped model, and a number to turn to."""
    said = "Marzipan quokka bassoon trellis pewter lozenge 20261"
    assert send(person(days=0.1), invitation(summary=said)).may_send
    put(store, teaching(*said.lower().split()[:-1]), "20260615T100000Z")
    refused = send(
        person("b@clinic.example", days=0.1), invitation(summary=said, uid="2@x", organizer="b@clinic.example")
    )
    row = Decision.objects.latest("created_at")
    assert [signal["code"] for signal in row.signals if signal["detector"] == "text_model"] == ["certain"]
    assert refused.verdict > Verdict.ALLOW
    assert not row.degraded


def test_a_directory_that_is_not_there_is_a_start_up_error(settings: Any) -> None:
    settings.CALGUARD = {**settings.CALGUARD, "TEXT_MODEL_DIR": "/none/such"}
    found = [message for message in checks.run_checks() if message.id == "calguard.E024"]
    assert len(found) == 1
    assert "/none/such" in found[0].msg
    settings.CALGUARD = {**settings.CALGUARD, "TEXT_MODEL_DIR": None}
    assert [message for message in checks.run_checks() if message.id == "calguard.E024"] == []
