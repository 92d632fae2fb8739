"""What a session sent and may have to send again."""

from bisect import bisect_left


class SentMessages:
    """Application messages by MsgSeqNum(34). Admin messages are not kept; a gap fill stands for them."""

    def __init__(self) -> None:
        self._messages: dict[int, bytes] = {}
        self._numbers: list[int] = []  # in order, because they are given in order; some may be dropped by now

    def add(self, seq: int, data: bytes) -> None:
        """`seq` is above all that were added before."""
        self._messages[seq] = data
        self._numbers.append(seq)

    def get(self, seq: int) -> bytes | None:
        return self._messages.get(seq)

    def following(self, seq: int) -> int | None:
        """The first number from `seq` on that is kept."""
        place = bisect_left(self._numbers, seq)
        while place < len(self._numbers):
            if self._numbers[place] in self._messages:
                return self._numbers[place]
            del self._numbers[place]
        return None

    def drop(self, seq: int) -> None:
        self._messages.pop(seq, None)

    def drop_from(self, seq: int) -> None:
        """Nothing from `seq` on is kept any more."""
        place = bisect_left(self._numbers, seq)
        for number in self._numbers[place:]:
            self._messages.pop(number, None)
        del self._numbers[place:]

    def clear(self) -> None:
        self._messages = {}
        self._numbers = []
