"""FIX 4.4, usable alone: framing, dictionary, reading with validation, the session, messages to and from the model.

Sans-IO: bytes and instants in, bytes and messages out. `gateway.run` has the asyncio shell.
"""
