"""Compiles the operator's lists of networks into the one file that checks read (CALGUARD["IP_LISTS"])."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calguard import networks
from calguard.conf import conf


class Command(BaseCommand):
    help = (
        "Compile lists of networks, one network a line, into the file that CALGUARD['IP_LISTS'] names. "
        "Without arguments: the files of IP_LIST_FILES, which a worker otherwise looks at every ten minutes."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lists", nargs="*", metavar="NAME=FILE", help="such as tor=tor.txt; a name may come twice")
        parser.add_argument("--out", type=Path, help="the file to write, IP_LISTS by default; replaced in one step")

    def handle(self, *args: Any, **options: Any) -> None:
        sources: dict[str, list[Path]] = {name: list(paths) for name, paths in conf.ip_list_files.items()}
        if options["lists"]:
            sources = {}
        for given in options["lists"]:
            name, path = _parsed(given)
            sources.setdefault(name, []).append(path)
        out = options["out"] or conf.ip_lists
        if not sources or out is None:
            raise CommandError("Name the lists as NAME=FILE and --out, or set IP_LIST_FILES and IP_LISTS.")
        try:
            made = networks.compile_lists(sources, out)
        except networks.CompileError as error:
            raise CommandError(str(error)) from error
        if options["verbosity"]:
            said = f"{made.networks} networks on {len(made.lists)} lists ({', '.join(made.lists)})"
            self.stdout.write(f"{out}: {said}")


def _parsed(given: str) -> tuple[str, Path]:
    name, sign, path = given.partition("=")
    if not (sign and path and networks.NAME.fullmatch(name)):
        raise CommandError(f"{given!r}: write NAME=FILE, the name in lower case letters, digits and underscores.")
    return name, Path(path)
