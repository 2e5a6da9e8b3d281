"""No test reaches beyond this machine: an attempt is refused, and fails the test even where the code forgives it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import pytest

LOCAL_NAMES = {"", "localhost", "testserver", "0.0.0.0", "::"}
_attempts: list[str] = []


class NetworkOff(OSError):  # noqa: N818  tests read "raises NetworkOff"
    """A test, or the code it runs, asked for a host that is not this one."""


def is_local(host: Any) -> bool:
    """Whether a host, as given to the socket module, is this machine."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or host in LOCAL_NAMES:
        return True
    try:
        return ip_address(str(host).partition("%")[0]).is_loopback
    except ValueError:
        return False


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not is_local(host):
        _attempts.append(f"{event} {host}")
        raise NetworkOff(f"the network is off in tests: {event} {host}")


def pytest_configure() -> None:
    sys.addaudithook(_hook)


@pytest.fixture(autouse=True)
def network_off() -> Iterator[None]:
    """Every test; there is no way to switch it off, as there is no test that may need it."""
    _attempts.clear()
    yield
    if _attempts:
        reached, _attempts[:] = list(_attempts), []
        pytest.fail(f"reached for the network: {', '.join(reached)}", pytrace=False)
