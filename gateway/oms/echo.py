"""The wire fields of an order that every report of it repeats, when the order is not any more what its client sent."""

from collections.abc import Mapping

from gateway.model import print_scaled


def rewritten(echo: str, said: Mapping[str, int | None]) -> str:
    """The fields with other numbers, in 1e-8, by tag; None takes a field out. What is not there is not added."""
    fields = [field.partition("=") for field in echo.split("\x01") if field]
    return "".join(
        f"{tag}={text if tag not in said else print_scaled(number)}\x01"
        for tag, _, text in fields
        if (number := said.get(tag, 0)) is not None
    )
