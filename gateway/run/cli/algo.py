"""`gateway algo`: which algos there are and what each takes. It says what the algos declare, and needs no gateway."""

from typing import TYPE_CHECKING, Annotated

import typer

from gateway.run.cli.arguments import Json, fail, group, tell

if TYPE_CHECKING:
    from rich.console import Console

    from gateway.run.strategies import Parameter, Strategy

app = group("Which algos there are, and what each takes.")


@app.command("list")
def list_(as_json: Json = False) -> None:
    """List the algos: TargetStrategy(847), what each does, and its parameters beside those that all take."""
    tell(known(), _list, as_json=as_json)


@app.command()
def show(
    algo: Annotated[str, typer.Argument(metavar="NAME|847", help="TWAP or 1001, say.")], as_json: Json = False
) -> None:
    """Show how an algo works and all its parameters, with their types, bounds and defaults."""
    from gateway.run.strategies import find

    there_are = known()
    found = find(algo, there_are)
    if found is None:
        fail(f"'{algo}' is none of {', '.join(each.name for each in there_are)}")
    tell(found, _show, as_json=as_json)


def known() -> "list[Strategy]":
    """All algos; where an installed one cannot be used, that is said and all ends."""
    from gateway.run.algos import AlgoError
    from gateway.run.strategies import strategies

    try:
        return strategies()
    except AlgoError as error:
        fail(str(error))


def _list(found: "list[Strategy]", console: "Console") -> None:
    from gateway.run.show import print_table, table

    rows = [
        (each.name, ", ".join(each.numbers), each.about, " ".join(p.name for p in each.parameters if not p.is_common))
        for each in found
    ]
    print_table(table("Algos", ("name", "847", "what it does", "parameters"), rows, loose="parameters"), console)
    common = [{p.name: None for p in each.parameters if p.is_common} for each in found]
    named = dict.fromkeys(name for names in common for name in names)
    all_take = [name for name in named if all(name in names for names in common)]
    console.print(f"All of them take {', '.join(all_take)}.", highlight=False)
    some_take = [name for name in named if name not in all_take]
    if some_take:
        console.print(f"Most take {', '.join(some_take)} too: gateway algo show NAME tells.", highlight=False)


def _show(found: "Strategy", console: "Console") -> None:
    from gateway.run.show import print_table, table

    console.print(f"{found.name}, TargetStrategy(847) {' or '.join(found.numbers)}", style="bold", highlight=False)
    console.print(f"{found.about}\n\n{found.more}".strip(), markup=False, highlight=False)
    columns = ("parameter", "959", "type", "from", "to", "default", "meaning")
    print_table(table("", columns, map(_row, found.parameters), loose="meaning"), console)
    for each in found.constraints:
        value = "" if each.value is None else f" {each.value}"
        console.print(f"{each.name} {each.relation} {each.other}{value}", highlight=False)


def _row(parameter: "Parameter") -> tuple[object, ...]:
    remarks = [
        parameter.about,
        f"one of {', '.join(_choice(each, parameter) for each in parameter.choices)}" if parameter.choices else "",
        f"also field {parameter.tag}" if parameter.tag is not None else "",
        "" if parameter.is_mutable else "as it is once a child is out",
    ]
    return (
        parameter.name,
        parameter.kind.value,
        parameter.kind.name,
        parameter.minimum,
        parameter.maximum,
        "required" if parameter.is_required else parameter.default,
        "; ".join(filter(None, remarks)),
    )


def _choice(choice: str, parameter: "Parameter") -> str:
    others = [word for word, meant in parameter.aliases.items() if meant == choice]
    return f"{choice} ({' '.join(others)})" if others else choice
