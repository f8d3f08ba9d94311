"""A real SMTP server for a test, on a port of its own, that misbehaves when told to."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any, Literal, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope

from tests.ports import free_port

Behaviour = Literal["accept", "refuse", "later", "slow", "drop", "silent", "spam", "down"]


@dataclass
class Peer:
    """The other side of our mail: where it listens, how it behaves, what reached it."""

    host: str = "127.0.0.1"
    port: int = field(default_factory=free_port)
    behaviour: Behaviour = "down"
    seconds: float = 0
    received: list[Envelope] = field(default_factory=list)
    _listener: "Listener | None" = None

    @property
    def messages(self) -> list[EmailMessage]:
        return [
            message_from_bytes(cast("bytes", envelope.content), policy=policy.default)
            for envelope in self.received
        ]

    def behave(self, behaviour: Behaviour, *, seconds: float = 60) -> None:
        """Choose what happens to those who connect from now on.

        "slow" greets after the seconds, "silent" takes the text and answers after them.
        """
        if self._listener:
            self._listener.shut()
            self._listener = None
        self.behaviour = "accept"
        if behaviour != "down":
            # Open first and behave badly then: aiosmtpd waits for the greeting of what it starts.
            self._listener = Listener(self)
            self._listener.start()
        self.behaviour, self.seconds = behaviour, seconds


class Postbox:
    """What the server answers to each step of a delivery; its names are aiosmtpd's."""

    def __init__(self, peer: Peer) -> None:
        self.peer = peer

    async def handle_RCPT(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: SMTP, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        del server, session, options
        if self.peer.behaviour == "refuse":
            return "550 5.1.1 There is nobody of this name here"
        if self.peer.behaviour == "later":
            return "451 4.3.0 The mailbox is busy, try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd calls it by this name
        self, server: SMTP, session: Any, envelope: Envelope
    ) -> str:
        del session
        self.peer.received.append(envelope)
        if self.peer.behaviour == "drop":
            cast("asyncio.Transport", server.transport).abort()
        if self.peer.behaviour == "silent":
            await asyncio.sleep(self.peer.seconds)
        return "554 5.7.1 This looks like spam" if self.peer.behaviour == "spam" else "250 OK"


class Door(SMTP):
    """The server's side of one connection, slow to say hello when the peer is."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.closed = asyncio.Event()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.closed.set()

    async def hang_up(self) -> None:
        if self.transport:
            cast("asyncio.Transport", self.transport).abort()
            await self.closed.wait()

    async def _handle_client(self) -> None:
        if self.event_handler.peer.behaviour == "slow":
            await asyncio.sleep(self.event_handler.peer.seconds)
        await super()._handle_client()


class Listener(Controller):
    """The thread that listens, and that leaves no connection open when it stops."""

    def __init__(self, peer: Peer) -> None:
        self.doors: list[Door] = []
        super().__init__(Postbox(peer), hostname=peer.host, port=peer.port)

    def factory(self) -> SMTP:
        self.doors.append(Door(self.handler, hostname="peer.example"))
        return self.doors[-1]

    def shut(self) -> None:
        asyncio.run_coroutine_threadsafe(self.hang_up(), self.loop).result(timeout=5)
        self.stop()

    async def hang_up(self) -> None:
        for door in self.doors:
            await door.hang_up()


@pytest.fixture
def smtp() -> Iterator[Peer]:
    """A mail server that accepts everything, until told to behave otherwise."""
    peer = Peer()
    peer.behave("accept")
    yield peer
    peer.behave("down")
