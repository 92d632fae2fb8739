"""What a FIX session is told about itself and its counterparty. Every value has a default but the two CompIDs.

The live driver journals it in `Started`, so that replay needs no file. Secrets are not in it.
"""

from typing import Literal

from msgspec import Struct

from gateway.model.dialects import Wording
from gateway.model.numbers import Ns


class Rules(Struct, frozen=True, kw_only=True):
    """The reader's rules, each of which may be switched off. A message that breaks one gets Reject(3)."""

    required: bool = True  # a field its message requires is there (373=1)
    defined: bool = True  # every field belongs to its message (373=2)
    known: bool = True  # every tag below 5000 is in the dictionary (373=0)
    user_defined: bool = True  # so is every tag from 5000 on, and it belongs to the message (373=0, 2)
    repeated: bool = True  # no tag stands twice outside of groups (373=13)
    empty: bool = True  # no field is without a value (373=4)
    enums: bool = True  # a value is one of its field's enumeration (373=5)
    formats: bool = True  # a value is of its field's type (373=6)
    order: bool = True  # header, body, trailer (373=14)
    group_count: bool = True  # a group has as many entries as its count says (373=16)
    group_order: bool = True  # each entry begins with the delimiter, its fields are in order (373=15)


class Hours(Struct, frozen=True, kw_only=True):
    """When a session is open, in a time zone. `start` equal to `end` is round the clock, with a reset each day."""

    start_s: int  # seconds after midnight
    end_s: int  # at or before start_s: on the following day (of a weekly session: in the following week)
    zone: str = "UTC"  # IANA name
    days: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)  # on which a daily session begins, Monday is 0
    start_day: int | None = None  # a weekly session runs from this day at start_s ...
    end_day: int | None = None  # ... to this day at end_s


class SessionConfig(Struct, frozen=True, kw_only=True):
    """One session. Where we accept, `target` may be a pattern with `*`: each CompID that matches gets its own."""

    sender: str  # our CompID
    target: str  # the counterparty's
    sender_sub: str = ""  # SubIDs and LocationIDs are part of the identity where they are set
    sender_location: str = ""
    target_sub: str = ""
    target_location: str = ""
    initiator: bool = False
    enabled: bool = True
    dictionary: str = ""  # name of the dictionary this session speaks; '' is the house's
    rules: Rules = Rules()
    hours: Hours | None = None  # None: always open, numbers go on for ever

    heartbeat_s: int = 30  # HeartBtInt(108) an initiator proposes
    min_heartbeat_s: int = 0  # what an acceptor takes; 0 is 'no heartbeats'
    max_heartbeat_s: int = 3600
    logon_timeout_s: int = 10  # an initiator waits so long for the answer to its Logon
    logout_timeout_s: int = 2  # either side waits so long for the answer to its Logout
    username: str = ""  # Username(553) an initiator sends; the password is the driver's to add

    reset_on_logon: bool = False  # both numbers are 1 at every Logon; an initiator says ResetSeqNumFlag(141)=Y
    reset_on_logout: bool = False
    reset_on_disconnect: bool = False
    accept_reset: bool = True  # acceptor: whether the counterparty may say ResetSeqNumFlag(141)=Y
    next_expected: bool = False  # NextExpectedMsgSeqNum(789): in our Logon, and obeyed in theirs
    last_processed: bool = False  # LastMsgSeqNumProcessed(369) in every header

    clock_tolerance_s: int = 120  # SendingTime(52) may be off by so much; 0: it is not checked
    timestamp_digits: Literal[0, 3, 6, 9] = 3  # behind the second, in what we send
    ascending_tags: bool = False  # header and body by tag, groups in place; costs time
    test_req_id: str = ""  # TestReqID(112) we send; '' is one of its own for every TestRequest
    plain_text: bool = False  # Rejects and Logouts as bare as QuickFIX's, in the standard's words; S-5.3 says how
    hang_up_after_logout: bool = True  # who answered a Logout drops the connection; else it waits for the other side

    lax_logout_seq: bool = False  # MsgSeqNum(34) of a Logout is not looked at
    lax_resend_seq: bool = False  # MsgSeqNum(34) of a ResendRequest is not looked at
    resend_open: bool = False  # a ResendRequest asks to infinity whatever is held, and so does the last of chunks
    resend_chunk: int = 0  # messages asked for by one ResendRequest, 2 at least; 0: all at once, to infinity
    hold: int = 0  # messages kept beyond a gap; 0: they are dropped, because they come again
    resend_patience_s: int = 30  # a gap that still stands then is asked for again
    resend_burst: int = 256  # messages sent again in one go, then others get their turn
    stale_order_s: int = 0  # orders older than this are not sent again; a gap fill stands for them. 0: never stale

    max_messages_per_s: int = 0  # more is rejected, 1.5 times as many end in Logout; 0: no limit
    max_cancels_per_s: int = 0  # of OrderCancelRequests, counted apart; 0: twice max_messages_per_s
    max_fields: int = 512  # of one message

    cancel_on_disconnect_s: int | None = None  # open orders are cancelled so long after the connection broke
    cancel_on_logout: bool = False  # and at once when the counterparty logs out

    wording: Wording | None = None  # how a client says what algos are to do; None: strictly by the house scheme

    @property
    def name(self) -> str:
        """The counterparty's CompID, with its SubID and LocationID where they are set."""
        return "/".join((self.target, self.target_sub, self.target_location)).rstrip("/")


class SessionStatus(Struct, frozen=True, kw_only=True):
    """A session as an operator sees it."""

    name: str
    sender: str
    target: str
    initiator: bool
    enabled: bool
    open: bool  # whether its hours have it open
    state: str  # 'disconnected', 'logging on', 'active', 'logging out'
    peer: str  # 'host:port' of the other end, '' while there is none
    next_in: int  # MsgSeqNum we expect
    next_out: int  # MsgSeqNum we give next
    gap: tuple[int, int] | None  # first and last number that is missing
    kept: int  # messages numbered while the counterparty was away
    last_in: Ns  # when anything came last, 0: never
    heartbeat_s: int
    rtt: Ns | None  # of the last TestRequest that was answered
    said: str  # Text(58) of the counterparty's last Logout


class Sessions(Struct, frozen=True):
    """Started.payload of an Engine by itself, as far as that reads it."""

    sessions: tuple[SessionConfig, ...]
