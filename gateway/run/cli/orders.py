"""`gateway orders`: what clients say by telephone about orders, which are to wait, and what became of children.

Every act has a reason, kept in the audit.
It asks the gateway that runs on the data folder; see gateway.run.control.
"""

from enum import StrEnum
from typing import Annotated

import typer

from gateway.run.cli.arguments import DATA, Data, choice, fail, group
from gateway.run.cli.operating import Why, ask, order, reason

app = group("Enter, change and cancel orders that clients give by telephone; suspend orders; settle lost children.")

OrderId = Annotated[str, typer.Argument(metavar="ORDER", help="OrderID(37), as in: gateway audit orders --open")]


class Became(StrEnum):
    CANCELED = "canceled"
    FILLED = "filled"


_SIDES = {"BUY": "BUY", "SELL": "SELL"}
_TIMES = {name: name for name in ("DAY", "GTC", "IOC", "FOK")}


@app.command()
def enter(
    client: Annotated[str, typer.Argument(metavar="CLIENT", help="Its session, which is told of the order.")],
    side: Annotated[str, typer.Argument(metavar="SIDE", help="buy or sell.")],
    qty: Annotated[str, typer.Argument(metavar="QTY")],
    symbol: Annotated[str, typer.Argument(metavar="SYMBOL")],
    *,
    why: Why,
    price: Annotated[str, typer.Option(help="Of a limit order; without it, it is a market order.")] = "",
    tif: Annotated[str, typer.Option(help="day, gtc, ioc or fok.")] = "day",
    account: Annotated[str, typer.Option(help="Account(1).")] = "",
    data: Data = DATA,
) -> None:
    """Enter a client's order, and print its OrderID."""
    from gateway.run.commands import EnterOrder

    answer = ask(
        data,
        EnterOrder(
            client=client,
            side=choice(side, _SIDES, "SIDE"),
            symbol=symbol,
            qty=qty,
            price=price,
            time_in_force=choice(tif, _TIMES, "--tif"),
            account=account,
            why=reason(why),
        ),
    )
    if answer.error is not None:
        fail(answer.error, status=1)
    typer.echo(answer.order_id)


@app.command()
def replace(
    order_id: OrderId,
    *,
    why: Why,
    qty: Annotated[str, typer.Option(help="The new OrderQty(38), with what is filled.")] = "",
    price: Annotated[str, typer.Option(help="The new Price(44).")] = "",
    data: Data = DATA,
) -> None:
    """Change how much of an order there is, or its limit. The client hears of it when it is done."""
    from gateway.run.commands import ReplaceOrder

    if not (qty or price):
        fail("--qty or --price has to be there")
    order(data, ReplaceOrder(order=order_id, qty=qty, price=price, why=reason(why)))


@app.command()
def cancel(order_id: OrderId, *, why: Why, data: Data = DATA) -> None:
    """Cancel an order. The client hears of it when nothing of it can be filled any more."""
    from gateway.run.commands import CancelOrder

    order(data, CancelOrder(order=order_id, why=reason(why)))


@app.command()
def pause(order_id: OrderId, *, why: Why, data: Data = DATA) -> None:
    """Suspend an order: what rests is called back, nothing more is sent, and its time goes on."""
    from gateway.run.commands import PauseOrder

    order(data, PauseOrder(order=order_id, why=reason(why)))


@app.command()
def resume(order_id: OrderId, *, why: Why, data: Data = DATA) -> None:
    """Let a suspended order go on."""
    from gateway.run.commands import ResumeOrder

    order(data, ResumeOrder(order=order_id, why=reason(why)))


@app.command("settle-child")
def settle_child(
    order_id: OrderId,
    child: Annotated[str, typer.Argument(metavar="CHILD", help="ClOrdID(11), as in: gateway audit order ORDER")],
    *,
    became: Annotated[Became, typer.Option("--as", help="canceled: no more was filled; filled: --qty at --price.")],
    why: Why,
    qty: Annotated[str, typer.Option(help="Of the fill that its venue has not reported.")] = "",
    price: Annotated[str, typer.Option(help="Of that fill.")] = "",
    exec_id: Annotated[str, typer.Option(help="ExecID(17) at the venue: if that reports it yet, it counts once.")] = "",
    data: Data = DATA,
) -> None:
    """Say what became of a child that its venue does not know, or does not answer for."""
    from gateway.run.commands import SettleChild

    if (became is Became.FILLED) != bool(qty and price) or (became is Became.CANCELED and (qty or price or exec_id)):
        fail("--qty and --price go with --as filled, both of them")
    order(
        data,
        SettleChild(order=order_id, child=child, became=became, qty=qty, price=price, exec_id=exec_id, why=reason(why)),
    )
