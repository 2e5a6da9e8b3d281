"""What the doctor says of lists of networks, GeoIP files and DNS block lists."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.utils import timezone

from calguard import dnsbl, geo, networks
from calguard.conf import conf
from calguard.finding import Finding

OLD = timedelta(days=60)  # addresses change hands


def lists() -> Iterator[Finding]:
    name, path, sources = "network lists", conf.ip_lists, conf.ip_list_files
    if path is None:
        said = "none configured; manage.py calguard_compile_lists makes them"
        yield Finding(name=name, state="ok", said=said)
    elif not path.exists():
        todo = "Run manage.py calguard_compile_lists, or take IP_LISTS away."
        yield Finding(name=name, state="error", said=f"{path} does not exist", todo=todo)
    elif not sources:
        yield Finding(name=name, state="ok", said=f"{path}, written {_days(_written(path.stat().st_mtime))} ago")
    else:
        yield from _sources(name, sources, f"{path} of {', '.join(sorted(sources))}")


def _sources(name: str, sources: networks.Sources, said: str) -> Iterator[Finding]:
    try:
        stale = conf.ip_lists is not None and networks.is_stale(sources, conf.ip_lists)
        for paths in sources.values():
            for path in paths:
                networks.read(path)
    except networks.CompileError as error:
        todo = "Correct it; until then the file compiled before stays in use."
        yield Finding(name=name, state="error", said=str(error), todo=todo)
        return
    todo = "See that a worker runs calguard.compile_lists, or run manage.py calguard_compile_lists." if stale else ""
    more = "; the lists have changed since it was compiled" if stale else ""
    yield Finding(name=name, state="warning" if stale else "ok", said=said + more, todo=todo)


def places() -> Iterator[Finding]:
    for file in geo.files():
        if file.built is None:
            todo = "Fetch it anew; what was read of it before stays in use until a restart."
            yield Finding(name="GeoIP", state="error", said=f"{file.path}: {file.error}", todo=todo)
            continue
        age = timezone.now() - file.built
        said = f"{file.path}, {file.kind}, {_days(age)} old"
        todo = "Fetch a newer one: addresses change hands, and its licence may ask for it." if age > OLD else ""
        yield Finding(name="GeoIP", state="warning" if todo else "ok", said=said, todo=todo)


def block_lists() -> Iterator[Finding]:
    for health in dnsbl.examine():
        if health.problem:
            todo = "It lists nobody until it answers rightly. Name a resolver of yours in DNS_SERVERS, or take it away."
            yield Finding(name="DNS block list", state="error", said=f"{health.zone} {health.problem}", todo=todo)
        elif dnsbl.is_resting(health.zone):
            todo = "A worker could not use it lately; see the alarm calguard.alarm, and what resolver workers have."
            yield Finding(name="DNS block list", state="warning", said=f"{health.zone} is left alone", todo=todo)
        else:
            yield Finding(name="DNS block list", state="ok", said=f"{health.zone} answers as it must")


def _written(stamp: float) -> timedelta:
    return timezone.now() - datetime.fromtimestamp(stamp, tz=UTC)


def _days(age: timedelta) -> str:
    hours = int(age.total_seconds() // 3600)
    return f"{hours} h" if hours < 72 else f"{hours // 24} days"
