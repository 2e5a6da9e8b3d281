"""Compiles the operator's lists of networks into the one file that checks read (CALGUARD["IP_LISTS"])."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from calguard import iplists

NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")


class Command(BaseCommand):
    help = "Compile lists of networks, one network a line, into the file that CALGUARD['IP_LISTS'] names."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("lists", nargs="+", metavar="NAME=FILE", help="such as tor=tor.txt; a name may come twice")
        parser.add_argument("--out", required=True, type=Path, help="the file to write; replaced in one step")

    def handle(self, *args: Any, **options: Any) -> None:
        writer = _writer()
        lists: dict[str, list[iplists.Network]] = {}
        for given in options["lists"]:
            name, path = _parsed(given)
            try:
                lists.setdefault(name, []).extend(iplists.read_list(path))
            except (OSError, UnicodeDecodeError, iplists.ListError) as error:
                raise CommandError(str(error)) from error
        from netaddr import IPSet  # comes with mmdb-writer

        records = iplists.merged(lists)
        for network, names in records.items():
            writer.insert_network(IPSet([str(network)]), {"lists": list(names)})
        _replace(options["out"], writer)
        if options["verbosity"]:
            self.stdout.write(
                f"{options['out']}: {len(records)} networks on {len(lists)} lists ({', '.join(sorted(lists))})"
            )


def _parsed(given: str) -> tuple[str, Path]:
    name, sign, path = given.partition("=")
    if not (sign and path and NAME.fullmatch(name)):
        raise CommandError(f"{given!r}: write NAME=FILE, the name in lower case letters, digits and underscores.")
    return name, Path(path)


def _writer() -> Any:
    try:
        from mmdb_writer import MMDBWriter
    except ImportError as error:
        raise CommandError("Compiling lists needs mmdb-writer: pip install 'calguard[lists]'") from error
    return MMDBWriter(ip_version=6, ipv4_compatible=True, database_type=iplists.KIND, description="CalGuard lists")


def _replace(out: Path, writer: Any) -> None:
    """In one step, so that no process ever maps half a file."""
    draft = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        writer.to_db_file(str(draft))
        draft.replace(out)
    except OSError as error:
        raise CommandError(f"{out} cannot be written: {error}") from error
    finally:
        draft.unlink(missing_ok=True)
