"""A real SMTP server that kills whoever speaks to it at a given word, and remembers what it had accepted by then."""

from __future__ import annotations

import asyncio
import os
import signal
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session, syntax

PHASES = ("EHLO", "MAIL", "RCPT", "DATA", "text", "accepted", "answered", "QUIT")
"""When it strikes: at a command, at the text before it is accepted, then, or when the answer is on its way."""


@dataclass(frozen=True)
class Accepted:
    message_id: str
    recipient: str


@dataclass
class Reaper:
    """`strike = ("RCPT", 2)` kills the client at its second RCPT, once. `silent` and `away` are a server's own ills:
    it says nothing after a mail (which it keeps or not), or closes the connection at a word."""

    accepted: list[Accepted] = field(default_factory=list)
    strike: tuple[str, int] | None = None
    killed: list[int] = field(default_factory=list)
    silent: str = ""  # "kept" or "lost": what became of the next mail about which it says nothing
    hangs_up: tuple[str, int] | None = None

    def copies(self, recipient: str) -> list[Accepted]:
        return [one for one in self.accepted if one.recipient == recipient]

    def reached(self, phase: str, session: Session) -> bool:
        """Whether its client was killed here."""
        if self.strike is None or self.strike[0] != phase:
            return False
        if self.strike[1] > 1:
            self.strike = (phase, self.strike[1] - 1)
            return False
        self.strike = None
        pid = client(session.peer[1])
        os.kill(pid, signal.SIGKILL)
        self.killed.append(pid)
        return True

    def leaves(self, phase: str) -> bool:
        if self.hangs_up is None or self.hangs_up[0] != phase:
            return False
        if self.hangs_up[1] > 1:
            self.hangs_up = (phase, self.hangs_up[1] - 1)
            return False
        self.hangs_up = None
        return True

    def keep(self, envelope: Envelope) -> None:
        content: Any = envelope.original_content or b""
        named = str(message_from_bytes(content)["Message-ID"])
        self.accepted += [Accepted(named, recipient) for recipient in envelope.rcpt_tos]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.reached("text", session):
            return "451 nobody is there"
        if self.leaves("text"):
            server.transport.abort()  # type: ignore[union-attr]
            return "451 gone"
        if self.silent:
            if self.silent == "kept":
                self.keep(envelope)
            self.silent = ""
            await asyncio.sleep(30)  # longer than any client of these tests waits
        self.keep(envelope)
        if not self.reached("accepted", session) and self.strike is not None and self.strike[0] == "answered":
            asyncio.get_running_loop().call_later(0.001, self.reached, "answered", session)
        return "250 OK"


class Server(SMTP):
    """Asks the reaper at every command."""

    async def _asked(self, phase: str) -> bool:
        reaper: Reaper = self.event_handler
        if reaper.leaves(phase):
            self.transport.abort()  # type: ignore[union-attr]
            return False
        reaper.reached(phase, self.session)  # type: ignore[arg-type]
        return True

    @syntax("EHLO hostname")
    async def smtp_EHLO(self, arg: str) -> None:  # noqa: N802
        if await self._asked("EHLO"):
            await super().smtp_EHLO(arg)

    @syntax("MAIL FROM: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_MAIL(self, arg: str | None) -> None:  # noqa: N802
        if await self._asked("MAIL"):
            await super().smtp_MAIL(arg)

    @syntax("RCPT TO: <address>", extended=" [SP <mail-parameters>]")
    async def smtp_RCPT(self, arg: str | None) -> None:  # noqa: N802
        if await self._asked("RCPT"):
            await super().smtp_RCPT(arg)

    @syntax("DATA")
    async def smtp_DATA(self, arg: str) -> None:  # noqa: N802
        if await self._asked("DATA"):
            await super().smtp_DATA(arg)

    @syntax("QUIT")
    async def smtp_QUIT(self, arg: str) -> None:  # noqa: N802
        if await self._asked("QUIT"):
            await super().smtp_QUIT(arg)


class Serving(Controller):
    """The server in a thread of its own."""

    def factory(self) -> SMTP:
        return Server(self.handler, **self.SMTP_kwargs)


def client(port: int) -> int:
    """The process on this machine whose connection comes from that port."""
    inodes = {
        parts[9]
        for line in Path("/proc/net/tcp").read_text().splitlines()[1:]
        if int((parts := line.split())[1].partition(":")[2], 16) == port
    }
    sockets = {f"socket:[{inode}]" for inode in inodes if inode != "0"}
    youngest_first = sorted((int(one.name) for one in Path("/proc").iterdir() if one.name.isdecimal()), reverse=True)
    for pid in youngest_first:
        process = Path("/proc", str(pid))
        if pid == os.getpid():
            continue
        try:
            open_files = list((process / "fd").iterdir())
        except OSError:
            continue
        for file in open_files:
            try:
                if str(file.readlink()) in sockets:
                    return pid
            except OSError:
                continue
    raise LookupError(f"nobody speaks from port {port}")
