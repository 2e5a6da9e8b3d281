"""Trains the text model on the operator's own reviewed cases, and puts versions of it to use or takes them back."""

from __future__ import annotations

import getpass
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from calguard import audit, text_models
from calguard.conf import conf
from calguard.engine.types import Verdict
from calguard.retraining.store import Pointer, Store, Stored, StoreError

TARGET = "text_model"


class Command(BaseCommand):
    help = (
        "Correct the text model by your reviewers' decisions, compare it with the one in use on later cases, and store "
        "it in CALGUARD['TEXT_MODEL_DIR']. It is put to use by --activate only. Needs the extra calguard[ml] to train."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--list", action="store_true", help="show the versions that are stored, and which is in use")
        what.add_argument("--activate", metavar="VERSION", help="put a stored version to use, in running processes too")
        what.add_argument("--rollback", action="store_true", help="put to use what was in use before")
        parser.add_argument("--force", action="store_true", help="activate in spite of what speaks against it")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            store = Store(_folder())
            if options["list"]:
                self._say(_listed(store))
            elif options["activate"]:
                self._activate(store, options["activate"], options["force"])
            elif options["rollback"]:
                pointer = store.roll_back()
                _record("text_model.rolled_back", pointer, {})
                self._say([f"In use now: {pointer.version or 'the shipped model'}"])
            else:
                self._train(store)
        except StoreError as error:
            raise CommandError(str(error)) from error

    def _train(self, store: Store) -> None:
        try:
            from calguard.learning.train import TooLittleError
            from calguard.retraining.making import make

            made = make(store, at=timezone.now())
        except ImportError as error:
            raise CommandError(f"Training needs scikit-learn: pip install 'calguard[ml]' ({error})") from error
        except TooLittleError as error:
            raise CommandError(f"There is too little to learn from yet: {error}.") from error
        data = {key: made.stored.record[key] for key in ("learned_from", "tested_on", "compared_with")}
        _record("text_model.trained", Pointer(version=made.stored.version), data)
        self._say(_described(made.stored))
        self._say(["", f"Not in use. To use it: calguard_train --activate {made.stored.version}"])

    def _activate(self, store: Store, version: str, force: bool) -> None:
        stored = store.get(version)
        try:
            text_models.load(store.folder, version)
        except text_models.UNUSABLE as error:
            raise CommandError(f"{version} cannot be used: {error}") from error
        against = _objections(stored)
        if against and not force:
            raise CommandError(
                f"Not activated: {'; '.join(against)}. Look at --list and the cases it names, or use --force."
            )
        pointer = store.activate(stored)
        _record("text_model.activated", pointer, {"forced": bool(against), "objections": against})
        self._say([f"In use now: {version}"])

    def _say(self, lines: Iterator[str] | list[str]) -> None:
        for line in lines:
            self.stdout.write(line)


def _folder() -> Path:
    folder = conf.text_model_dir
    if folder is None:
        raise CommandError("Name a directory in CALGUARD['TEXT_MODEL_DIR'], such as /var/lib/calguard/models.")
    if not folder.is_dir():
        raise CommandError(f"CALGUARD['TEXT_MODEL_DIR'] names {folder}, which is no directory. Make it.")
    return folder


def _objections(stored: Stored) -> list[str]:
    """What its own test said, and that it was tested against another model than the one it would replace."""
    said = list(stored.record.get("comparison", {}).get("objections", ["it was never compared"]))
    now, then = text_models.in_use().version, stored.record.get("compared_with", "")
    if now not in (then, stored.version):
        names = [name or "the shipped model" for name in (then, now)]
        said.append(f"it was compared with {names[0]}, and in use is {names[1]}")
    return said


def _record(action: str, pointer: Pointer, data: dict[str, Any]) -> None:
    actor = f"shell:{getpass.getuser()}"
    with transaction.atomic(using=conf.database):
        audit.record(actor, action, f"{TARGET}:{pointer.version or 'shipped'}", data=data, at=timezone.now())


def _listed(store: Store) -> Iterator[str]:
    found, in_use = store.versions(), text_models.in_use()
    yield f"{'* ' if not in_use.version else '  '}the shipped model"
    for stored in found:
        learned = stored.record.get("learned_from", {})
        against = stored.record.get("comparison", {}).get("objections", [])
        mark = "* " if stored.version == in_use.version else "  "
        yield f"{mark}{stored.version}  {learned.get('innocent')} innocent, {learned.get('abuse')} abuse texts"
        yield from (f"      against it: {objection}" for objection in against)
    if in_use.problem:
        yield f"What should be in use cannot be used: {in_use.problem}"


def _described(stored: Stored) -> Iterator[str]:
    said = stored.record
    learned, tested, found = said["learned_from"], said["tested_on"], said["comparison"]
    yield f"{stored.version}, learned from {learned['innocent']} innocent and {learned['abuse']} abuse texts"
    against = said["compared_with"] or "the shipped model"
    yield f"compared with {against} on {tested['innocent']} innocent and {tested['abuse']} abuse texts decided later"
    yield ""
    yield f"{'':32}{'before':>22}{'after':>22}"
    for name, title, n in (("false_positives", "false", tested["innocent"]), ("recall", "found", tested["abuse"])):
        for level in (Verdict.CHALLENGE, Verdict.HOLD):
            rates = found[name][level.name]
            cells = "".join(f"{_rate(rates[when], n):>22}" for when in ("before", "after"))
            yield f"{title + ' at ' + level.name + ' or more':32}{cells}"
    for change in found["changed"]:
        kind = "abuse" if change["abuse"] else "innocent"
        yield f"  case {change['case']} {change['reference']} ({kind}): {change['before']} -> {change['after']}"
    yield from (f"Against it: {objection}" for objection in found["objections"])


def _rate(rate: dict[str, Any], n: int) -> str:
    return f"{rate['n']}/{n} ({100 * rate['low']:.0f} to {100 * rate['high']:.0f} %)"
