"""Conversation tests: a script says what arrives and what is answered, and fails where the two part."""

from tests.conversation.language import START, ScriptError
from tests.conversation.session import Conversation, converse
from tests.conversation.world import World

__all__ = ["START", "Conversation", "ScriptError", "World", "converse"]
