"""What a session sent and may have to send again."""


class SentMessages:
    """Application messages by MsgSeqNum(34). Admin messages are not kept; a gap fill stands for them."""

    def __init__(self) -> None:
        self._messages: dict[int, bytes] = {}

    def add(self, seq: int, data: bytes) -> None:
        self._messages[seq] = data

    def get(self, seq: int) -> bytes | None:
        return self._messages.get(seq)

    def clear(self) -> None:
        self._messages = {}
