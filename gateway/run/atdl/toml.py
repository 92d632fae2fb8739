"""A proposed dialect as TOML for a person to complete: each entry says whose it is, and what is open is a comment.

What is not in it is refused when it comes, so that a dialect which nobody has completed misreads nothing.
"""

from collections.abc import Iterator, Mapping

from msgspec import structs

from gateway.run.atdl.proposal import Dialect, Entry, key_of
from gateway.run.show import printable


def render(dialect: Dialect, name: str) -> str:
    style = _percent_style(dialect)
    lines = [
        f"# {printable(name)}: proposed from a FIXatdl file. Complete what is open, and check the rest.",
        *_open(dialect, ""),
        f"strategy_tag = {dialect.document.strategy_tag}",
        f'percent_style = "{style}"',
        "",
        "[strategies]",
        *(f"{_quoted(theirs.wire)} = {_quoted(ours.numbers[0])}  # {ours.name}" for theirs, ours in dialect.strategies),
    ]
    common = _common(dialect)
    if common:
        lines += ["", "[parameters]", *_entries(common, style)]
    for theirs, ours in dialect.strategies:
        own = {
            key: entry for (wire, key), entry in dialect.entries.items() if wire == theirs.wire and key not in common
        }
        if own or theirs.wire in dialect.open:
            lines += ["", f"[strategy.{_quoted(theirs.wire)}.parameters]  # {ours.name}"]
            lines += [*_open(dialect, theirs.wire), *_entries(own, style)]
    return "\n".join(lines) + "\n"


def _open(dialect: Dialect, wire: str) -> list[str]:
    return [f"# open: {printable(what)}" for what in dialect.open.get(wire, ())]


def _percent_style(dialect: Dialect) -> str:
    """Of all, where all are alike; the others say it themselves."""
    styles = {entry.percent_style for entry in dialect.entries.values()} - {None}
    return "integer" if styles == {"integer"} else "fraction"


def _common(dialect: Dialect) -> dict[str, Entry]:
    """What every strategy that has the parameter reads alike."""
    found: dict[str, Entry] = {}
    mixed: set[str] = set()
    for theirs, _ in dialect.strategies:
        for key in map(key_of, theirs.parameters):
            entry = dialect.entries.get((theirs.wire, key))
            if entry is None or _read(found.setdefault(key, entry)) != _read(entry):
                mixed.add(key)
    return {key: entry for key, entry in found.items() if key not in mixed}


def _read(entry: Entry) -> Entry:
    return structs.replace(entry, about="")


def _entries(entries: Mapping[str, Entry], style: str) -> Iterator[str]:
    for key, entry in entries.items():
        more = []
        if entry.kind is not None:
            more.append(f"type = {_quoted(entry.kind)}")
        if entry.percent_style not in (None, style):
            more.append(f'percent_style = "{entry.percent_style}"')
        if entry.values:
            pairs = ", ".join(f"{_quoted(wire)} = {_quoted(ours)}" for wire, ours in entry.values)
            more.append(f"values = {{ {pairs} }}")
        name = _quoted(entry.name)
        value = f"{{ name = {', '.join([name, *more])} }}" if more else name
        yield f"{_quoted(key)} = {value}" + (f"  # {printable(entry.about)}" if entry.about else "")


def _quoted(text: str) -> str:
    """A basic string of TOML, whatever the text."""
    return '"' + "".join(c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in text) + '"'
