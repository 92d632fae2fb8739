"""The rules of fixspecs/session.md, told as conversations: a file a chapter, each held with and without a network."""
