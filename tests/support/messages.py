"""What people read, out of code and templates into the catalogues, and from there into what Django loads.

    make messages                   bring new messages into calguard/locale/*, empty, drop old ones, compile
    make messages ARGS=--check      only say what is missing; exit 1 where something is

The compiled .mo files are kept in the repository, so that nobody who installs or changes CalGuard needs gettext.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("calguard", "outbound", "accounts_risk")
LOCALE = ROOT / "calguard" / "locale"
LANGUAGES = ("de", "es", "fr")
HEADER = "# What CalGuard tells people. Made by tests/support/messages.py; translations are written by hand."
KEYWORDS: dict[str, Any] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop")),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
    **dict.fromkeys(("npgettext", "npgettext_lazy"), ((1, "c"), 2, 3)),
}
MARK = "Translators:"


class Plain(Catalog):
    """A catalogue whose header says nothing of when, by whom and with which version it was made."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [
            ("Language", str(self.locale)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit"),
        ]


def catalogue_file(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "django.po"


def extracted() -> Catalog:
    """Every message in the code and the templates, with where it stands; lines are left out, as they change daily."""
    found = Catalog(charset="utf-8")
    for path, text in _sources():
        where = path.relative_to(ROOT).as_posix()
        for _line, message, comments, context in extract("python", BytesIO(text), KEYWORDS, [MARK]):
            flags = ["python-format"] if path.suffix == ".py" and "%(" in "".join(message) else []
            found.add(message, locations=[(where, 0)], auto_comments=comments, context=context, flags=flags)
    return found


def _sources() -> Iterator[tuple[Path, bytes]]:
    """Code as it is, templates as the code that Django makes of them; both in an order that stays."""
    from django.utils.translation.template import templatize

    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*")):
            if path.suffix == ".py" and "migrations" not in path.parts:
                yield path, path.read_bytes()
            elif path.suffix in {".html", ".txt"} and "templates" in path.parts:
                text = path.read_text(encoding="utf-8")
                if "i18n" in text:
                    # It keeps the indents of the page, which mean nothing and are none of Python's.
                    yield path, "\n".join(map(str.strip, templatize(text, origin=str(path)).splitlines())).encode()


def read(language: str) -> Catalog:
    path, kept = catalogue_file(language), _empty_one(language)
    if path.exists():
        with path.open("rb") as opened:
            for message in read_po(opened, locale=language):
                if message.id:
                    kept[message.id] = message
    return kept


def _empty_one(language: str) -> Catalog:
    return Plain(locale=language, charset="utf-8", header_comment=HEADER, fuzzy=False)


def updated(language: str, template: Catalog) -> Catalog:
    """The catalogue with what is new, empty; without what nothing says any more; nothing guessed from likeness."""
    old = read(language)
    new = _empty_one(language)
    for message in template:
        if not message.id:
            continue
        known = old.get(message.id if isinstance(message.id, str) else message.id[0], message.context)
        string: Any = known.string if known is not None and known.id == message.id else _empty(message, new)
        flags = (message.flags | (known.flags if known is not None else set())) - {"python-brace-format"}
        new.add(
            message.id,
            string,
            locations=message.locations,
            flags=flags,
            auto_comments=message.auto_comments,
            user_comments=known.user_comments if known is not None else (),
            context=message.context,
        )
    return new


def _empty(message: Message, catalogue: Catalog) -> str | tuple[str, ...]:
    return ("",) * catalogue.num_plurals if message.pluralizable else ""


def compiled(catalogue: Catalog) -> bytes:
    written = BytesIO()
    write_mo(written, catalogue)
    return written.getvalue()


def written(catalogue: Catalog) -> bytes:
    """The .po file; it changes only where a message does."""
    out = BytesIO()
    write_po(out, catalogue, width=120, include_lineno=False)
    return out.getvalue()


def missing(catalogue: Catalog, template: Catalog) -> list[str]:
    """Messages of the code that the catalogue does not have, has not translated, or is not sure of."""
    found = []
    for message in template:
        if not message.id:
            continue
        first = message.id if isinstance(message.id, str) else message.id[0]
        known = catalogue.get(first, message.context)
        strings = (known.string if known is not None else "") or ""
        parts = (strings,) if isinstance(strings, str) else strings
        if known is None or known.id != message.id or known.fuzzy or not parts or not all(parts):
            found.append(first)
    return found


def main(arguments: list[str]) -> int:
    template, open_ones = extracted(), 0
    for language in LANGUAGES:
        if "--check" not in arguments:
            catalogue = updated(language, template)
            path = catalogue_file(language)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(written(catalogue))
            path.with_suffix(".mo").write_bytes(compiled(read(language)))
        lacking = missing(read(language), template)
        open_ones += len(lacking)
        print(f"{language}: {len(template)} messages, {len(lacking)} to be translated")
        for message in lacking:
            print(f"    {message!r}")
    return 1 if open_ones and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
