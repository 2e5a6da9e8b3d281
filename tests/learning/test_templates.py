"""Training texts of our own: the same for the same seed, wholly filled, of nobody, and in nobody else's words."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from calguard.learning import invented_links, slots
from calguard.learning.templates import FILES, Written, parse, templates, texts

MAIN = {"en", "de", "fr", "es", "pt", "it", "nl", "ja", "zh", "ar", "ru", "hi"}
OTHERS = {"pl", "tr", "sv", "da", "cs", "ko", "el", "id"}
WIDEST = {"en", "de", "fr", "es", "pt", "nl"}
DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "events_dev.jsonl.gz"
URL = re.compile(r"https?://[^\s>|,]+")
SERVICES = {
    "bit.ly", "tinyurl.com", "t.co", "cutt.ly", "is.gd", "rb.gy", "shorturl.at", "goo.su", "t.ly", "ow.ly",
    "storage.googleapis.com", "s3.amazonaws.com", "ipfs.io", "sites.google.com", "docs.google.com", "www.google.com",
    "drive.google.com", "forms.office.com", "zoom.us", "meet.google.com", "teams.microsoft.com", "meet.jit.si",
    "example.webex.com", "github.com",
}  # fmt: skip
RESERVED = re.compile(r"(^|\.)example(\.(com|org|net))?$|^192\.0\.2\.\d+$|^us0\dweb\.zoom\.us$")
HEAP = re.compile(r"^(?:click\.)?(?:[a-z]+[-.])?[b-df-hj-np-tv-z0-9]{10,14}\.[a-z]+$")
HOSTED = re.compile(r"^[a-z]+-[0-9a-f]{10}\.[a-z0-9]+\.[a-z]+$")
# Kept for fiction by Ofcom, the North American plan, Bundesnetzagentur and ARCEP, or a block of zeros.
FICTIONAL = re.compile(
    r"55501\d\d$|^08081570\d{3}$|^(?:44|0)207946|^(?:44|0)1632960|^(?:49|0)(?:3023125|6990009|4066969|2214710|8999998)"
    r"|^(?:33|0)(?:199|46571|63998|26191)|^(?:46|0)846500|^(?:46|0)70174|0000?\d\d\d?$|00000"
)


@pytest.fixture(scope="module")
def written() -> list[Written]:
    return list(texts(seed=7, per_template=2))


def whole(text: Written) -> str:
    return f"{text.summary}\n{text.description}\n{text.location}"


def test_the_same_seed_writes_the_same_texts(written: list[Written]) -> None:
    assert list(texts(seed=7, per_template=2)) == written
    assert [whole(text) for text in texts(seed=8, per_template=2)] != [whole(text) for text in written]


def test_more_texts_per_template_begin_with_the_same_ones() -> None:
    one = list(texts(seed=7, per_template=1))
    three = list(texts(seed=7, per_template=3))
    assert three[::3] == one


def test_every_slot_and_choice_is_filled(written: list[Written]) -> None:
    left = [whole(text) for text in written if re.search(r"\{[^}]*\}|[{}]", whole(text))]
    assert left == []
    assert [text for text in written if not whole(text).strip()] == []
    choices = [found for text in written for found in re.findall(r"\[[^\]\n]*\|[^\]\n]*\]", whole(text))]
    assert choices == []


def test_every_language_has_both_classes_and_the_innocent_one_is_no_afterthought() -> None:
    count = Counter((template.language, template.label) for template in templates())
    assert {language for language, _ in count} == MAIN | OTHERS
    for language in sorted(MAIN | OTHERS):
        least = 50 if language in WIDEST else 25 if language in MAIN else 6
        assert min(count[language, "abuse"], count[language, "benign"]) >= least, language
        assert count[language, "benign"] >= 0.8 * count[language, "abuse"], language


def test_no_template_is_written_twice() -> None:
    again = Counter((template.language, template.key) for template in templates())
    assert [key for key, times in again.items() if times > 1] == []


def test_every_slot_of_the_languages_can_be_filled() -> None:
    for language in sorted(MAIN | OTHERS):
        own = slots.pools()[language]
        assert {"months", "date", "number", "phone", *slots.POOLED} <= set(own), language
        assert len(own["months"]) == 12
        assert len(own["weekday"]) == 7
        assert all("#" in money for money in own["money"])


def test_links_lead_to_nobody(written: list[Written]) -> None:
    """Reserved names, heaps of consonants nobody would register, or made-up paths of well-known services."""
    hosts = {urlsplit(link).hostname or "" for text in written for link in URL.findall(whole(text))}
    assert len(hosts) > 200
    owned = [
        host
        for host in hosts
        if host not in SERVICES and not RESERVED.search(host) and not HEAP.match(host) and not HOSTED.match(host)
    ]
    assert owned == []


def test_mail_addresses_are_reserved_ones(written: list[Written]) -> None:
    found = {host for text in written for host in re.findall(r"[\w.]+@([\w-]+\.[\w.-]+\w)", whole(text), re.ASCII)}
    assert found
    assert [host for host in found if not RESERVED.search(host)] == []


def test_phone_numbers_ring_at_nobodys() -> None:
    patterns = [pattern for own in slots.pools().values() for pattern in own.get("phone", [])]
    assert patterns
    real = [
        pattern
        for pattern in patterns
        if not FICTIONAL.search(re.sub(r"\D", "", pattern.replace("#", "5").replace("+", "")).removeprefix("00"))
    ]
    assert real == []


def test_templates_carry_no_number_link_or_address_of_their_own() -> None:
    for file in FILES.iterdir():
        if file.name.endswith(".toml") and file.name != "slots.toml":
            text = file.read_text(encoding="utf-8")
            assert re.findall(r"https?://|www\.|@[a-z]+\.|\+?\d[\d ()-]{7,}\d", text) == [], file.name


@pytest.mark.parametrize("text", ["a {nothing} b", "[a|b", "a ] b", "{>gone}", "{link:elsewhere}", "{Name}"])
def test_a_template_that_cannot_be_filled_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match=r"no slot|no part|stray|never closed"):
        parse(text, {})


def test_brackets_without_a_bar_are_brackets() -> None:
    assert "".join(str(node) for node in parse("Re: [users] a | b", {})) == "Re: [users] a | b"


def test_kinds_of_link_are_all_known() -> None:
    assert set(invented_links._KINDS) | {"abuse"} == slots.LINKS


@pytest.mark.needs("data")
def test_no_phrase_is_copied_from_the_evaluation_data() -> None:
    """Seven words in a row, slots and all else but letters left out, stand in no text of the data."""
    if not DATA.exists():
        pytest.skip(f"{DATA} is not there")
    own: dict[tuple[str, ...], str] = {}
    for template in templates():
        for passage in re.split(r"\{[^}]*\}|[\[\]|\n]", template.key):
            words = re.findall(r"[^\W\d_]+", passage.lower())
            own.update({tuple(words[at : at + 7]): passage for at in range(len(words) - 6)})
    assert len(own) > 1000
    copied = set()
    with gzip.open(DATA, "rt", encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            words = re.findall(r"[^\W\d_]+", f"{record['summary']}\n{record['description']}".lower())
            copied.update({own[gram] for at in range(len(words) - 6) if (gram := tuple(words[at : at + 7])) in own})
    assert copied == set()
