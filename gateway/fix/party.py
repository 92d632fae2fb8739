"""A session as an Engine has it: the link it is on, when it is open, and whose it is."""

from collections.abc import Callable
from functools import partial
from typing import Protocol

from gateway.fix.header import Introduction
from gateway.fix.hours import Opening, next_change, opening_at
from gateway.fix.reader import Message
from gateway.fix.session import Session
from gateway.model.numbers import Ns
from gateway.model.sessions import SessionConfig


class Application(Protocol):
    """What becomes of the messages. It answers with `session.send`, on whichever session."""

    def received(self, session: Session, message: Message, now: Ns) -> None:
        """The next message in sequence: an application message, or a Reject(3) of one of ours."""

    def logged_on(self, session: Session, now: Ns) -> None:  # noqa: ARG002
        return

    def leaving(self, session: Session, now: Ns) -> None:  # noqa: ARG002
        """A Logout is on its way, or the connection is given up; what the counterparty still says may come."""
        return

    def logged_out(self, session: Session, now: Ns, *, politely: bool) -> None:  # noqa: ARG002
        """The connection is gone; politely: after a Logout."""
        return

    def stale(self, session: Session, data: bytes, now: Ns) -> None:  # noqa: ARG002
        """An order of ours was too old to be sent again; the counterparty will never see it."""
        return

    def kept(self, session: Session, data: bytes) -> None:  # noqa: ARG002
        """A message was numbered for a counterparty that is away; it leaves by resend."""
        return


class Party:
    """A session, the link it is on at the moment, and when it is open."""

    __slots__ = (
        "_kept", "armed", "enabled", "ended", "leaving", "link", "name", "on",
        "opening", "pattern", "peer", "proven", "removed", "reset_due", "served", "session", "stirred",
    )  # fmt: skip

    def __init__(
        self,
        name: str,
        session: Session,
        stirred: Callable[["Party"], None],
        kept: Callable[[Session, bytes], None],
    ) -> None:
        self.stirred = partial(stirred, self)  # called for nearly every message
        self._kept = kept
        self.name = name
        self.session = session
        self.link: int | None = None
        self.peer = ""
        self.on = False  # the application was told that it is logged on
        self.leaving = False  # and then that it is on its way out
        self.proven = False  # it has been logged on, now or before
        self.armed: Ns | None = None  # the instant its earliest timer is set to
        self.served = True  # in the present settings, or added since
        self.pattern = ""  # name of the template it was made of
        self.enabled = session.config.enabled
        self.opening: Opening | None = None  # the session time that is now
        self.removed = False  # by an operator: no template brings it back
        self.ended: Ns | None = None  # when the last one ended, 0: before we saw it; None: the hours are new
        self.reset_due = False  # numbers are 1 again once the connection is gone
        session.name = name
        session.outgoing.listener = self

    @property
    def open(self) -> bool:
        return self.session.config.hours is None or self.opening is not None

    @property
    def wanted(self) -> bool:
        """Whether a connection with that counterparty would be of use now."""
        return self.served and self.enabled and self.open and not self.reset_due

    def kept(self, data: bytes) -> None:
        self._kept(self.session, data)

    def mind_hours(self, now: Ns) -> Ns | None:
        """See whether the session is open; gives when to look again. Its numbers are 1 at the start of each opening.

        Hours that are changed while it is open only move its end: a day that has begun does not begin again.
        """
        hours = self.session.config.hours
        before, self.opening = self.opening, None
        if hours is None:
            self.ended = None
            return None
        self.opening = opening_at(hours, now)
        if before is not None and now < before.end:
            if self.opening is None:
                self.ended = now
        else:
            if before is not None:
                self.ended = before.end
            if self.opening is None:
                self.ended = self.ended or Ns(0)
            elif self.ended is not None and self.opening.start >= self.ended:
                self.reset_due = True
        return next_change(hours, now)

    def reset_if_due(self, now: Ns) -> None:
        if self.reset_due and self.link is None:
            self.reset_due = False
            self.session.reset(now, announce=False)


def is_template(config: SessionConfig) -> bool:
    return "*" in config.target and not config.initiator


def ids(config: SessionConfig) -> tuple[object, ...]:
    return (config.sender, config.target, config.sender_sub, config.target_sub, config.sender_location,
            config.target_location, config.initiator)  # fmt: skip


def fits(config: SessionConfig, who: Introduction) -> bool:
    """Whether SubIDs and LocationIDs, where they are set, are those of the Logon."""
    return (
        config.target_sub in ("", who.sender_sub)
        and config.target_location in ("", who.sender_location)
        and config.sender_sub in ("", who.target_sub)
        and config.sender_location in ("", who.target_location)
    )
