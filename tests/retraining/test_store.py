"""Versions of the text model on disk: whole or not at all, put to use in one step, and taken back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from calguard.retraining.store import POINTER, Pointer, Store, StoreError, read_pointer


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_an_empty_directory_means_the_shipped_model(store: Store) -> None:
    assert store.pointer() == Pointer()
    assert store.versions() == []
    with pytest.raises(StoreError, match="no version was in use before"):
        store.roll_back()


def test_what_is_stored_is_not_in_use_until_it_is_activated(store: Store) -> None:
    stored = store.add(b"weights", {"made_at": "today"}, "20260615T100000Z")
    assert store.pointer() == Pointer()
    assert store.octets(stored) == b"weights"
    [listed] = store.versions()
    assert (listed.version, listed.sha256, listed.record["made_at"]) == (stored.version, stored.sha256, "today")
    assert store.activate(listed).version == stored.version
    assert store.pointer().history == ("",)


def test_back_step_by_step_to_the_shipped_one(store: Store) -> None:
    first = store.add(b"one", {}, "20260615T100000Z")
    second = store.add(b"two", {}, "20260616T100000Z")
    store.activate(first)
    store.activate(second)
    assert store.activate(second).history == ("", first.version), "again changes nothing"
    assert store.roll_back().version == first.version
    assert store.roll_back() == Pointer()
    with pytest.raises(StoreError):
        store.roll_back()
    assert store.activate(store.get(second.version)).version == second.version


@pytest.mark.parametrize("version", ["", "..", "../../etc/passwd", "active", "20260615T100000Z-XXXXXXXX"])
def test_only_versions_are_opened(store: Store, version: str) -> None:
    with pytest.raises(StoreError, match="is no version"):
        store.get(version)


def test_a_file_that_was_changed_is_neither_activated_nor_gone_back_to(store: Store) -> None:
    first = store.add(b"one", {}, "20260615T100000Z")
    second = store.add(b"two", {}, "20260616T100000Z")
    store.activate(first)
    store.activate(second)
    (store.folder / f"{first.version}.model").write_bytes(b"other")
    for attempt in (store.roll_back, lambda: store.activate(first)):
        with pytest.raises(StoreError, match="checksum differs"):
            attempt()
    assert store.pointer().version == second.version


def test_a_version_whose_record_is_damaged_is_left_out(store: Store) -> None:
    whole = store.add(b"one", {}, "20260615T100000Z")
    broken = store.add(b"two", {}, "20260616T100000Z")
    (store.folder / f"{broken.version}.json").write_text("{")
    assert [stored.version for stored in store.versions()] == [whole.version]
    with pytest.raises(StoreError, match="is damaged"):
        store.get(broken.version)


@pytest.mark.parametrize(
    "said", ["", "{", "[]", '{"version": 7}', '{"version": "../x"}', '{"version": "", "history": [1]}', "\x00"]
)
def test_a_damaged_pointer_is_named(tmp_path: Path, said: str) -> None:
    path = tmp_path / POINTER
    path.write_text(said)
    with pytest.raises(StoreError):
        read_pointer(path)


def test_no_half_file_is_left(store: Store) -> None:
    stored = store.add(b"one", {}, "20260615T100000Z")
    store.activate(stored)
    assert sorted(path.name for path in store.folder.iterdir()) == [
        f"{stored.version}.json",
        f"{stored.version}.model",
        POINTER,
    ]
    assert json.loads((store.folder / POINTER).read_text())["version"] == stored.version


def test_a_directory_that_is_not_there_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path / "none")
    with pytest.raises(StoreError, match="cannot be written"):
        store.add(b"one", {}, "20260615T100000Z")
    assert store.pointer() == Pointer()
    assert store.versions() == []
