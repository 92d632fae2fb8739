"""A client's ExecutionReport(8) as others get it."""


def write_drop_copy(body: str, client: str) -> str:
    """The report `client` got, marked by CopyMsgIndicator(797), and whose it is.

    That is the client's session as PartyRole(452) 3, ClientID; unless the report names parties, which its order named.
    """
    parties = "" if "\x01453=" in body else f"453=1\x01448={client}\x01447=D\x01452=3\x01"
    return f"{body}797=Y\x01{parties}"
