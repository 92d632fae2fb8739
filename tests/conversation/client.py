"""A scripted client: remembers its orders, so that a cancel or replace need only name which."""

from collections.abc import Sequence
from itertools import pairwise

from gateway.model import Ns, print_timestamp
from tests.conversation.compose import ADMIN_DEFAULTS
from tests.conversation.party import Party
from tests.conversation.wire import Pair, Wire

_NEW_ORDER, _CANCEL, _REPLACE, _LIST = "D", "F", "G", "E"
_LIST_SEQ_NO = 67
_ABOUT_THE_ORDER = (55, 54, 38)  # Symbol, Side, OrderQty
_PARAMETERS = (957, 958, 959, 960)


class Client(Party):
    def __init__(self, name: str, comp_id: str, gateway_comp_id: str, *, heartbeat_s: int) -> None:
        super().__init__(name, comp_id, gateway_comp_id, initiator=True, heartbeat_s=heartbeat_s)
        self._orders: dict[str, list[Pair]] = {}  # by ClOrdID(11), each with all of its fields

    def observe(self, wire: Wire) -> None:
        """A client's script refers only to what the client itself has sent."""

    def encode(self, msg_type: str, header: Sequence[Pair], body: Sequence[Pair], now: Ns) -> bytes:
        if msg_type in (_NEW_ORDER, _REPLACE):
            self._orders[dict(body).get(11, "")] = list(body)
        if msg_type == _LIST:
            starts = [place for place, (tag, _) in enumerate(body) if tag == 11]
            for start, end in pairwise([*starts, len(body)]):
                entry = body[start:end]
                self._orders[entry[0][1]] = [pair for pair in entry if pair[0] != _LIST_SEQ_NO]
        return super().encode(msg_type, header, body, now)

    def defaults(self, msg_type: str, said: dict[int, str], now: Ns) -> list[Pair]:
        clock = (60, print_timestamp(now))
        if msg_type == _NEW_ORDER:
            ord_type = (40, "2" if 44 in said else "1")
            return [(11, self.next_id()), (55, "ACME"), (54, "1"), clock, (38, "100"), ord_type]
        if msg_type == _LIST:
            return [(66, self.next_id()), (394, "3"), (68, said.get(73, "1"))]
        if msg_type not in (_CANCEL, _REPLACE):
            return list(ADMIN_DEFAULTS.get(msg_type, ()))
        original = said.get(41) or next(reversed(self._orders), "NONE")
        order = self._orders.get(original, [(55, "ACME"), (54, "1"), (38, "100"), (40, "1")])
        fields = [(41, original), (11, self.next_id()), clock]
        if msg_type == _CANCEL:
            return fields + [pair for pair in order if pair[0] in _ABOUT_THE_ORDER]
        # A replacement is the whole order as it shall be; parameters are given anew together or not at all.
        without = (11, 41, 60, *(_PARAMETERS if 957 in said else ()))
        return fields + [pair for pair in order if pair[0] not in without]
