"""A real DNS server over UDP that answers what a test tells it, and remembers what it was asked."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset
import pytest


@dataclass
class DnsServer:
    """Names are written without the closing dot. What is not told does not exist (NXDOMAIN)."""

    port: int = 0
    answers: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    failures: dict[str, dns.rcode.Rcode] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, name: str, *values: str, kind: str = "A") -> None:
        """Give these records for the name."""
        self.answers[name.lower(), kind] = values

    def fail(self, name: str, rcode: str = "SERVFAIL") -> None:
        """Answer with an error code."""
        self.failures[name.lower()] = dns.rcode.from_text(rcode)

    def ignore(self, name: str) -> None:
        """Say nothing: the client runs into its timeout."""
        self.silent.add(name.lower())

    def reply(self, packet: bytes) -> bytes | None:
        """The answer to one query, as it goes over the wire; None for silence."""
        query = dns.message.from_wire(packet)
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True).lower()
        kind = dns.rdatatype.to_text(question.rdtype)
        self.asked.append((name, kind))
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        values = self.answers.get((name, kind))
        if name in self.failures:
            response.set_rcode(self.failures[name])
        elif values:
            response.answer.append(dns.rrset.from_text(question.name, 60, "IN", kind, *values))
        elif not any(known == name for known, _ in self.answers):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()


class _Query(socketserver.BaseRequestHandler):
    server: _Socket

    def handle(self) -> None:
        packet, connection = self.request
        wire = self.server.knowledge.reply(packet)
        if wire is not None:
            connection.sendto(wire, self.client_address)


class _Socket(socketserver.ThreadingUDPServer):
    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, knowledge: DnsServer) -> None:
        self.knowledge = knowledge
        super().__init__(("127.0.0.1", 0), _Query)


@pytest.fixture
def dns_server() -> Iterator[DnsServer]:
    """A server on a free port of 127.0.0.1; give `dns_server.port` to the resolver under test."""
    knowledge = DnsServer()
    with _Socket(knowledge) as server:
        knowledge.port = int(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        yield knowledge
        server.shutdown()
        thread.join(timeout=5)
