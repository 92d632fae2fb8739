"""The Gateway: links to sessions, sessions to orders. The one Node that live, simulated and replayed runs drive."""

import heapq
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import msgspec
from msgspec import Struct

from gateway.fix import dictionary, messages
from gateway.fix.reader import Message, Reader
from gateway.fix.session import Session, SessionConfig, identify
from gateway.model import (
    SECOND,
    Algo,
    CancelReject,
    CancelRequest,
    Close,
    Command,
    ExecutionReport,
    Garbled,
    Input,
    LinkDown,
    LinkUp,
    MarketDataRequest,
    NewOrder,
    Note,
    Ns,
    Output,
    Received,
    Send,
    Settings,
    Started,
    Timer,
)
from gateway.oms import Desk
from gateway.oms.wire import AlertNote

LOGON_DEADLINE: Final = 5 * SECOND  # a connection that has not logged on by then is dropped
MAX_GARBLED: Final = 100  # garbled stretches in a row, then the connection is dropped
_DIGITS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class _Party:
    """A counterparty we know: its session, and the link it is on at the moment."""

    __slots__ = ("armed", "is_venue", "link", "name", "session")

    def __init__(self, name: str, session: Session, *, is_venue: bool) -> None:
        self.name = name
        self.session = session
        self.is_venue = is_venue
        self.link: int | None = None
        self.armed: Ns | None = None  # the instant its earliest timer is set to


class _Start(Struct, frozen=True):
    version: str
    config: Settings


class KeptNote(Struct, frozen=True, kw_only=True):
    """A message was numbered for a counterparty that is away."""

    session: str  # a client's CompID or a venue's name
    data: str  # the message, latin-1


_encode = msgspec.json.Encoder().encode
_decode_start = msgspec.json.Decoder(_Start).decode


class Gateway:
    """`algos` by TargetStrategy(847). Everything else comes with the first input, Started."""

    def __init__(self, algos: Mapping[str, type[Algo]]) -> None:
        self._algos = algos
        self._reader = Reader(dictionary.default())
        self._settings: Settings | None = None
        self.desk: Desk | None = None
        self._clients: dict[str, _Party] = {}  # by CompID
        self._venues: dict[str, _Party] = {}  # by name
        self._links: dict[int, _Party | None] = {}  # None: nobody has logged on there yet
        self._garbled: dict[int, int] = {}  # link -> stretches in a row
        self._timers: list[tuple[Ns, int, _Party | int | str]] = []  # what to wake: a party, a link or an OrderID
        self._timer_count = 0
        self._requests = 0
        self._now = Ns(0)
        self._outputs: list[Output] = []
        self._inputs: dict[type, Callable[[Any], None]] = {
            Received: self._received,
            Timer: self._timer,
            LinkUp: self._link_up,
            LinkDown: self._link_down,
            Garbled: self._garbled_bytes,
            Started: self._started,
            Command: self._command,
        }

    def handle(self, item: Input) -> Sequence[Output]:
        """Take one input; what follows from it, in order."""
        outputs: list[Output] = []
        self._outputs = outputs
        self._now = item.at
        self._inputs[type(item)](item)
        return outputs

    def wake_at(self) -> Ns | None:
        return self._timers[0][0] if self._timers else None

    def sessions(self) -> dict[str, bool]:
        """Every client's CompID and venue's name, and whether it is logged on."""
        parties = (*self._clients.values(), *self._venues.values())
        return {party.name: party.session.logged_on for party in parties if self._serves(party)}

    # -- what the order core says

    def report(self, client: str, report: ExecutionReport) -> None:
        self._say(self._clients[client], "8", messages.write_execution_report(report))

    def cancel_reject(self, client: str, reject: CancelReject) -> None:
        self._say(self._clients[client], "9", messages.write_cancel_reject(reject))

    def order(self, venue: str, order: NewOrder, now: Ns) -> None:
        self._say(self._venues[venue], "D", messages.write_new_order(order, now))

    def cancel(self, venue: str, request: CancelRequest, now: Ns) -> None:
        self._say(self._venues[venue], "F", messages.write_cancel(request, now))

    def note(self, kind: str, fact: Struct) -> None:
        self._outputs.append(Note(kind, _encode(fact)))

    def wake(self, at: Ns, order_id: str) -> None:
        self._push(at, order_id)

    # -- inputs

    def _started(self, started: Started) -> None:
        settings = _decode_start(started.payload).config
        if self.desk is None:
            self.desk = Desk(self, self._algos, _base36(started.at // SECOND))
        for party in (*self._clients.values(), *self._venues.values()):
            party.link = None
            party.session.disconnected(started.at)
        self._links.clear()
        self._garbled.clear()
        self._settings = settings
        for client in settings.clients:
            self._know(self._clients, client, SessionConfig(sender=settings.comp_id, target=client), is_venue=False)
        for venue in settings.venues:
            config = SessionConfig(
                sender=venue.sender_comp_id,
                target=venue.target_comp_id,
                initiator=True,
                heartbeat_s=venue.heartbeat_s,
            )
            self._know(self._venues, venue.name, config, is_venue=True)
        self.desk.configure(settings)

    def _know(self, parties: dict[str, _Party], name: str, config: SessionConfig, *, is_venue: bool) -> None:
        """A session outlives restarts, and changes of everything but its CompIDs."""
        known = parties.get(name)
        if known is not None and (known.session.config.sender, known.session.config.target) == (
            config.sender,
            config.target,
        ):
            known.session.config = config
        else:
            parties[name] = _Party(name, Session(config, self._reader), is_venue=is_venue)

    def _link_up(self, up: LinkUp) -> None:
        party = self._venues.get(up.port)
        if party is None:
            self._links[up.link] = None
            self._push(Ns(up.at + LOGON_DEADLINE), up.link)
        elif party.link is None and self._serves(party):
            self._links[up.link] = party
            party.link = up.link
            party.session.connected(up.at)
            self._flush(party)
            self._arm(party)  # A venue may take the connection and never answer the Logon.
        else:
            self._outputs.append(Close(up.link))

    def _serves(self, party: _Party) -> bool:
        """Whether the present settings have that counterparty; orders of one that was removed may live on."""
        assert self._settings is not None
        if party.is_venue:
            return any(venue.name == party.name for venue in self._settings.venues)
        return party.name in self._settings.clients

    def _link_down(self, down: LinkDown) -> None:
        self._garbled.pop(down.link, None)
        party = self._links.pop(down.link, None)
        if party is None:
            return
        party.link = None
        party.session.disconnected(down.at)
        if party.is_venue and self.desk is not None:
            self.desk.markets.forget(party.name)

    def _garbled_bytes(self, garbled: Garbled) -> None:
        """Ignored, as FIX says; but who has not logged on, or sends nothing else, is dropped."""
        link = garbled.link
        if link not in self._links:
            return
        count = self._garbled[link] = self._garbled.get(link, 0) + 1
        if self._links[link] is None or count > MAX_GARBLED:
            self._outputs.append(Close(link))

    def _received(self, received: Received) -> None:
        link = received.link
        party = self._links.get(link)
        if party is None:
            party = self._log_on(received)
            if party is None:
                return
        session = party.session
        before = session.state
        message = session.received(received.data, received.at)
        if self._garbled:
            self._garbled.pop(link, None)
        if message is not None:
            (self._from_venue if party.is_venue else self._from_client)(party, message)
        if session.out or session.hangup:
            self._flush(party)
        if session.state is not before:
            if session.logged_on and party.is_venue:
                self._subscribe(party)
            self._arm(party)

    def _log_on(self, received: Received) -> _Party | None:
        """Whose connection this is. Who is unknown, here already, or says anything but Logon first gets silence."""
        link = received.link
        if link not in self._links:
            return None
        who = identify(received.data)
        party = None
        if self._settings is not None and who is not None and who[0] == "A" and who[2] == self._settings.comp_id:
            party = self._clients.get(who[1])
        if party is None or party.link is not None or not self._serves(party):
            self._outputs.append(Close(link))
            return None
        self._links[link] = party
        party.link = link
        party.session.connected(received.at)
        return party

    def _timer(self, timer: Timer) -> None:
        while self._timers and self._timers[0][0] <= timer.at:
            at, _, whom = heapq.heappop(self._timers)
            if isinstance(whom, str):
                assert self.desk is not None
                self.desk.timer(whom, timer.at)
            elif isinstance(whom, int):
                if whom in self._links and self._links[whom] is None:
                    self._outputs.append(Close(whom))
            elif whom.armed == at:
                whom.armed = None
                due = whom.session.wake_at()
                if due is not None and due <= timer.at:
                    whom.session.timer(timer.at)
                    self._flush(whom)
                if not whom.session.hangup:
                    self._arm(whom)

    def _command(self, command: Command) -> None:
        if command.name == "stop":
            assert self.desk is not None
            self.desk.stop()
            for party in (*self._clients.values(), *self._venues.values()):
                if party.link is not None:
                    party.session.logout("the gateway is stopping", command.at)
                    self._flush(party)
                    self._arm(party)
            self._outputs += [Close(link) for link, party in self._links.items() if party is None]

    # -- messages

    def _from_client(self, party: _Party, message: Message) -> None:
        assert self.desk is not None
        match message.msg_type:
            case "D":
                self.desk.new_order(party.name, messages.read_new_order(message), self._now)
            case "F":
                self.desk.cancel(party.name, messages.read_cancel(message), self._now)
            case "G":
                self.desk.replace(party.name, messages.read_replace(message), self._now)
            case "3" | "j":
                self._refused(party, message)
            case other:
                body = messages.write_business_reject(other, message.seq, "3", "Unsupported Message Type")
                self._say(party, "j", body)

    def _from_venue(self, party: _Party, message: Message) -> None:
        assert self.desk is not None
        match message.msg_type:
            case "8":
                self.desk.execution(party.name, messages.read_execution_report(message), self._now)
            case "W" | "X":
                self.desk.market_data(party.name, messages.read_market_data(message), self._now)
            case "9":
                self.desk.venue_refused_cancel(party.name, messages.read_cancel_reject(message))
            case "3" | "j" | "Y":
                self._refused(party, message)
            case other:
                body = messages.write_business_reject(other, message.seq, "3", "Unsupported Message Type")
                self._say(party, "j", body)

    def _refused(self, party: _Party, message: Message) -> None:
        """Something of ours was refused below the level of orders. What it was about stays as it is: unknown."""
        text = f"{party.name} refused our message {message.get(45) or ''}: {message.get(58) or 'no reason given'}"
        self.note("alert", AlertNote(code="SESSION.REFUSED", text=text))

    def _subscribe(self, party: _Party) -> None:
        """All books of a venue, from now on; one request a symbol, so that a refusal of one leaves the others."""
        assert self._settings is not None
        for instrument in self._settings.instruments:
            self._requests += 1
            request = MarketDataRequest(
                md_req_id=f"MD-{self._requests}",
                subscription="1",
                depth=0,
                entries=("0", "1", "2"),
                symbols=(instrument.symbol,),
            )
            self._say(party, "V", messages.write_market_data_request(request))

    # -- sending and timers

    def _say(self, party: _Party, msg_type: str, body: str) -> None:
        session = party.session
        seq = session.next_seq
        session.send(msg_type, body, self._now)
        if session.out:
            self._flush(party)
        elif (data := session.sent.get(seq)) is not None:
            # It leaves by resend once the counterparty is back; the audit need not wait for that.
            self.note("kept", KeptNote(session=party.name, data=data.decode("latin-1")))

    def _flush(self, party: _Party) -> None:
        session, link = party.session, party.link
        if link is None:
            session.out.clear()
            return
        for data in session.out:
            self._outputs.append(Send(link, data))
        session.out.clear()
        if session.hangup:
            self._outputs.append(Close(link))
            if party.is_venue and self.desk is not None:
                self.desk.markets.forget(party.name)  # nothing more is routed there, though the link may linger

    def _arm(self, party: _Party) -> None:
        at = party.session.wake_at()
        if at is not None and (party.armed is None or at < party.armed):
            party.armed = at
            self._push(at, party)

    def _push(self, at: Ns, whom: _Party | int | str) -> None:
        self._timer_count += 1
        heapq.heappush(self._timers, (at, self._timer_count, whom))


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
