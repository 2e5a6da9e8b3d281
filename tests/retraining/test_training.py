"""Training on real rows with the real solver: what is learned, what is not touched, and what is left of customers."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from calguard import audit, text_models
from calguard.content.reader import read
from calguard.engine import textmodel
from calguard.engine.types import Verdict
from calguard.engine.wording import tokens
from calguard.learning import examples
from calguard.learning.adapting import LEAST, adapt
from calguard.learning.examples import Example
from calguard.learning.train import TooLittleError
from calguard.models import AuditEntry
from calguard.retraining.comparing import Change, Comparison
from calguard.retraining.store import Store
from tests.guard.events import invitation
from tests.retraining.making import advert, closed_case, history, talk


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("calguard_train", *arguments, stdout=out)
    return out.getvalue()


def example(octets: bytes, abuse: bool, group: str) -> Example:
    return examples.of_content(read(octets), abuse=abuse, group=group)


def lesson(count: int = 30) -> list[Example]:
    return [
        *(example(talk(number), False, f"b{number}") for number in range(count)),
        *(example(advert(number), True, f"a{number}") for number in range(count)),
    ]


def score(model: textmodel.TextModel, octets: bytes) -> float:
    return model.score((text.field, text.folded) for text in read(octets).texts)


def test_texts_unlike_any_example_are_judged_as_before() -> None:
    base, model = textmodel.shipped(), adapt(textmodel.shipped(), lesson())
    assert model.bands == base.bands
    other = invitation(summary="Quarterly budget review", description="Agenda: figures, outlook, questions.")
    assert score(model, other) == pytest.approx(score(base, other), abs=0.3)
    changed = sum(one != two for one, two in zip(model.weights, base.weights, strict=True))
    assert 0 < changed < 1000


def test_what_the_cases_teach_is_learned() -> None:
    base, model = textmodel.shipped(), adapt(textmodel.shipped(), lesson())
    unseen = invitation(summary="Glimmerfund pays you a saxophone", description="Reply snorkel to take it.")
    assert score(model, unseen) > score(base, unseen) + 1
    assert score(model, talk(77)) <= score(base, talk(77)) + 0.1


def test_the_same_cases_give_the_same_octets() -> None:
    base = textmodel.shipped()
    assert adapt(base, lesson(12)).octets() == adapt(base, reversed(lesson(12))).octets()


def test_what_one_customer_alone_wrote_leaves_no_trace() -> None:
    """A secret that stands in all texts of one account changes no weight of the words that are its own."""
    secret = "Zanzibarquill hatbox merger codenamed Ploverton"
    several = [example(invitation(summary=secret, uid=f"{n}@x"), True, "one account") for n in range(6)]
    base = textmodel.shipped()
    with_it, without = adapt(base, [*lesson(), *several]), adapt(base, lesson())
    for word in ("zanzibarquill", "ploverton", "hatbox"):
        bucket = textmodel.Written.of([("SUMMARY", word)]).singles[0] & (textmodel.BUCKETS - 1)
        assert with_it.weights[bucket] == base.weights[bucket], word
        assert without.weights[bucket] == base.weights[bucket], word
    assert b"zanzibarquill" not in with_it.octets().lower()


def test_no_word_of_a_customer_stands_in_the_file() -> None:
    octets = adapt(textmodel.shipped(), lesson()).octets()
    head = octets.partition(b"\n")[2].split(b"\n")[1]
    for word in (b"glimmerfund", b"snorkel", b"pottery"):
        assert word not in head.lower()
        assert word not in octets.lower()


def test_the_words_that_weighed_are_shown_of_the_event_and_not_out_of_the_file() -> None:
    model = adapt(textmodel.shipped(), lesson())
    texts = [(text.field, text.folded) for text in read(advert(5)).texts]
    passage = model.judge(texts)
    assert passage.words
    for said in passage.words:
        assert set(said.split()) <= {word for _, folded in texts for word in tokens(folded)}


@pytest.mark.parametrize(("benign", "abuse"), [(LEAST - 1, 30), (30, LEAST - 1), (0, 0)])
def test_too_little_is_not_learned_from(benign: int, abuse: int) -> None:
    some = [*lesson(30)[:benign], *lesson(30)[30 : 30 + abuse]]
    with pytest.raises(TooLittleError):
        adapt(textmodel.shipped(), some)


@pytest.mark.django_db
@pytest.mark.usefixtures("clock")
class TestCommand:
    def test_nothing_is_put_to_use_by_training(self, store: Store, now: datetime) -> None:
        list(history(80, start=now - timedelta(days=80)))
        said = run()
        [stored] = store.versions()
        assert f"--activate {stored.version}" in said
        assert text_models.current() is None
        assert not (store.folder / "active.json").exists()
        record = stored.record
        assert record["tested_on"]["innocent"] >= 20
        assert record["learned_from"]["to"] < record["tested_on"]["from"]
        before, after = (record["comparison"]["recall"]["CHALLENGE"][when]["n"] for when in ("before", "after"))
        assert (before, after) == (0, 0) or after >= before
        entry = AuditEntry.objects.get(action="text_model.trained")
        assert entry.target == f"text_model:{stored.version}"
        assert audit.verify() is None

    def test_activate_and_go_back_in_a_running_process(self, store: Store, now: datetime) -> None:
        list(history(80, start=now - timedelta(days=80)))
        run()
        [stored] = store.versions()
        assert text_models.current() is None
        assert f"In use now: {stored.version}" in run("--activate", stored.version)
        model = text_models.current()
        assert model is not None
        assert score(model, advert(3)) > score(textmodel.shipped(), advert(3))
        assert f"* {stored.version}" in run("--list")
        assert "the shipped model" in run("--rollback")
        assert text_models.current() is None
        actions = list(AuditEntry.objects.order_by("pk").values_list("action", flat=True))
        assert actions == ["text_model.trained", "text_model.activated", "text_model.rolled_back"]
        with pytest.raises(CommandError, match="no version was in use before"):
            run("--rollback")

    def test_what_was_tested_too_little_is_refused_without_force(self, store: Store, now: datetime) -> None:
        list(history(20, start=now - timedelta(days=20)))
        run()
        [stored] = store.versions()
        with pytest.raises(CommandError, match="only 6 innocent texts were held out"):
            run("--activate", stored.version)
        assert text_models.current() is None
        run("--activate", stored.version, "--force")
        assert text_models.current() is not None
        assert AuditEntry.objects.get(action="text_model.activated").data["forced"] is True

    def test_what_was_compared_with_another_is_refused(self, store: Store, now: datetime) -> None:
        list(history(80, start=now - timedelta(days=80)))
        run()
        [first] = store.versions()
        run("--activate", first.version)
        other = store.add(
            store.octets(first), {"comparison": {"objections": []}, "compared_with": ""}, "20300101T000000Z"
        )
        with pytest.raises(CommandError, match="compared with the shipped model, and in use is"):
            run("--activate", other.version)

    def test_too_few_cases(self, store: Store, now: datetime) -> None:
        closed_case("user:1", talk(1), "innocent", at=now)
        with pytest.raises(CommandError, match="too little to learn from yet: 1 groups of benign"):
            run()
        list(history(9, start=now - timedelta(days=20)))
        with pytest.raises(CommandError, match="too little"):
            run()
        assert store.versions() == []

    @pytest.mark.parametrize("arguments", [[], ["--list"], ["--rollback"], ["--activate", "20260615T100000Z-00000000"]])
    def test_a_directory_must_be_named(self, settings: Any, arguments: list[str]) -> None:
        settings.CALGUARD = {**settings.CALGUARD, "TEXT_MODEL_DIR": None}
        with pytest.raises(CommandError, match="TEXT_MODEL_DIR"):
            run(*arguments)
        settings.CALGUARD = {**settings.CALGUARD, "TEXT_MODEL_DIR": "/none/such"}
        with pytest.raises(CommandError, match="Make it"):
            run(*arguments)

    def test_a_version_that_is_not_there(self, store: Store) -> None:
        with pytest.raises(CommandError, match="cannot be read"):
            run("--activate", "20260615T100000Z-00000000")
        with pytest.raises(CommandError, match="is no version"):
            run("--activate", "latest")


def comparison(*pairs: tuple[Verdict, Verdict], more: int = 0) -> Comparison:
    calm = (Verdict.ALLOW, Verdict.ALLOW)
    return Comparison(innocent=(*pairs, *(calm for _ in range(more))), abuse=(), changes=())


def test_more_false_positives_are_an_objection() -> None:
    allow, challenge, hold = Verdict.ALLOW, Verdict.CHALLENGE, Verdict.HOLD
    assert comparison(more=20).objections == ()
    assert comparison((hold, allow), (allow, hold), more=20).objections == (), "as many as before, though others"
    assert "1 of 21 innocent texts at CHALLENGE or more, 0 before" in comparison((allow, challenge), more=20).objections
    assert comparison((challenge, hold), more=20).objections == ("1 of 21 innocent texts at HOLD or more, 0 before",)
    assert comparison((hold, challenge), more=20).objections == ()
    assert comparison(more=19).objections == ("only 19 innocent texts were held out, and 20 are needed to tell",)


def test_the_comparison_as_it_is_kept() -> None:
    change = Change(case=3, reference="AB", abuse=True, before=Verdict.ALLOW, after=Verdict.HOLD)
    found = Comparison(innocent=(), abuse=((Verdict.ALLOW, Verdict.HOLD),), changes=(change,)).as_json()
    assert found["recall"]["HOLD"]["before"]["n"] == 0
    assert found["recall"]["HOLD"]["after"] == {"n": 1, "rate": 1.0, "low": 0.2065, "high": 1.0}
    assert found["changed"] == [{"case": 3, "reference": "AB", "abuse": True, "before": "ALLOW", "after": "HOLD"}]
