"""What several commands have in common: options, how their values are read, how mistakes and answers are said."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

Host = Annotated[str, typer.Option(help="Where the gateway is.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="The port it listens on.")]
Sender = Annotated[str, typer.Option(help="Our CompID, SenderCompID(49) of what we send.")]
Target = Annotated[str, typer.Option(help="The gateway's CompID.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Data = Annotated[Path, typer.Option(help="The gateway's data folder.")]
Limit = Annotated[int, typer.Option(min=1, help="At most so many, the last ones.")]
DATA = Path("gateway-data")


def group(about: str) -> typer.Typer:
    return typer.Typer(no_args_is_help=True, help=about)


def fail(text: str, status: int = 2) -> NoReturn:
    typer.echo(text, err=True)
    raise typer.Exit(status)


def tell(found: Any, show: Callable[[Any, Any], None], *, as_json: bool) -> None:
    import msgspec
    from rich.console import Console

    if as_json:
        typer.echo(msgspec.json.encode(found).decode())
    else:
        show(found, Console())


def choice(text: str, known: dict[str, str], what: str) -> str:
    if text.upper() not in known:
        fail(f"{what}: '{text}' is none of {', '.join(known)}")
    return text.upper()


def parsed(text: str, parse: Any, what: str) -> Any:
    try:
        return parse(text)
    except ValueError as error:
        fail(f"{what}: {error}")


def wire_text(text: str, what: str) -> None:
    """What may stand on the wire as a CompID or a symbol; SOH would begin a field of its own."""
    if not (text and text.isascii() and text.isprintable()):
        fail(f"{what}: '{text}' has to be printable ASCII characters, one at least")


def pairs(texts: list[str], what: str) -> dict[str, str]:
    pairs = {}
    for text in texts:
        left, equals, right = text.partition("=")
        if not (left and equals and right):
            fail(f"{what}: '{text}' is not NAME=VALUE")
        pairs[left] = right
    return pairs
