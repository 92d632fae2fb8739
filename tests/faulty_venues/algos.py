"""Days of orders of every algo, with parameters by chance, on lit and dark venues that go wrong.

Beside what the Watch of the races checks at every event, each child is held against what its order says: when it may
leave, where to, how small and how large it may be; and each order ends by its end, or a person was told why not.
"""

import random
from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import msgspec

from algos import ALGOS
from gateway.model import (
    MILLISECOND,
    SCALE,
    SECOND,
    Algo,
    ExecutionReport,
    Instrument,
    Limits,
    NewOrder,
    Ns,
    Parameter,
    ParameterType,
    Qty,
    Settings,
    Side,
    TimeInForce,
    Visibility,
    parameters,
    parse_px,
    parse_qty,
    parse_timestamp,
    print_timestamp,
)
from gateway.model.routing import RoutePolicy, Spray, VenueCosts, Ways
from gateway.model.sessions import SessionConfig
from gateway.model.settings import DIRECT
from gateway.oms.order import Child
from gateway.oms.parameters import known_to
from tests.faulty_venues.day import SETTINGS_OF_THE_DAY, SYMBOLS, TRADING_S, Day, Found, configs, profile
from tests.faulty_venues.world import START, World
from tests.races.core import Core
from tests.races.ledger import Whole
from tests.races.watch import Watch

LIT: Final = ("XLON", "BATE", "CHIX")
DARK: Final = ("CHID", "INTX")
END_S: Final = TRADING_S + 90
GRACE: Final = Ns(30 * SECOND)  # from an order's end until all that it had out is back, whatever goes wrong
COLLAR_BPS: Final = 60
HEDGE: Final = "-H"  # ends the ClOrdID(11) of an order that hedges
LOTS: Final = {"ACME": (1, 1), "BOND": (10, 30)}  # lot and smallest order
KINDS: Final = [(number, kind) for number, kind in ALGOS.items() if number != DIRECT]
_RANGES: Final[dict[str, tuple[int, int]]] = {
    "Duration": (2, 35),
    "NumSlices": (1, 40),
    "IntervalSec": (1, 10),
    "Lookback": (10, 15),
    "MaxSlices": (1, 20),
    "StaggerMs": (2, 3_000),
    "RefreshDelayMs": (0, 4_000),
    "MinEdge": (1, 30),
    "ImpactTolerance": (1, 50),
    "MaxVenues": (1, 4),
    "HedgeTimeoutMs": (0, 3_000),
    "HedgeWaitSec": (1, 10),
}
_FLOATS: Final = {"EntryThreshold": (1, 200), "ExitThreshold": (0, 50), "RiskAversion": (0, 1_000)}  # hundredths
_TEXTS: Final = {
    "Ratio": ("0.5", "0.98", "1", "1.01", "1.02", "3"),
    "VolumeProfile": ("10=1", "09=.08 10=.12", "10=0 11=5", "23=1", "U_SHAPE", "FLAT"),
    "AlgoWeights": ("TWAP=1", "IS=2 VWAP=1", "TWAP=0 IS=.1"),
}
_LIT_ALONE: Final = ("1004", "1005", "1012", "1013", "1014")
_URGENT: Final = ("3", "1006")  # if nothing is said
_BY_TIPS: Final = ("1", "3", "1001", "1003", "1006")  # never more of it is out than DisplayQty
_OWN_WAY: Final = ("1004", "1005", "1010", "1011", "1012", "1014")  # how their children show themselves


def settings_of(dice: random.Random, seed: int) -> Settings:
    """Of a day: how orders are routed, and what is asked of venues."""
    usual = SETTINGS_OF_THE_DAY.venues[0]
    venues = [
        msgspec.structs.replace(
            usual,
            name=name,
            session=SessionConfig(sender="GATEWAY", target=name, initiator=True, heartbeat_s=5),
            offers=profile(name).offers,
            kind=Visibility.DARK if name in DARK else Visibility.LIT,
            costs=VenueCosts(
                taker_fee=dice.randrange(-2_000, 6_000),
                maker_fee=dice.randrange(-4_000, 3_000),
                latency_us=dice.choice((0, 500, 40_000)),
            ),
        )
        for name in (*LIT, *DARK)
    ]
    instruments = (
        Instrument(symbol=symbol, lot=Qty(lot * SCALE), min_qty=Qty(least * SCALE))
        for symbol, (lot, least) in LOTS.items()
    )
    limits = Limits(
        max_order_qty=parse_qty("100000"), max_order_notional=int(parse_qty("50000000")), collar_bps=COLLAR_BPS
    )
    ways = Ways(
        protect=dice.random() < 0.3,
        under=dice.choice((0, 20_000)),
        spray=dice.choice((Spray.AT_ONCE, Spray.SEQUENTIAL, Spray.TOGETHER)),
        ping_min_qty=Qty(dice.choice((0, 0, 50)) * SCALE),
    )
    return msgspec.structs.replace(
        SETTINGS_OF_THE_DAY,
        venues=tuple(venues),
        instruments=tuple(instruments),
        limits=dict.fromkeys(SYMBOLS, limits),
        routing=dice.choice([policy for policy in RoutePolicy if policy is not RoutePolicy.DIRECTED]),
        ways=ways,
        close_s=dice.choice((None, None, 10 * 3600 + TRADING_S + 20)),
        seed=seed,
    )


class Said:
    """An order's parameters, as they were sent; times are absolute."""

    def __init__(self, algo: str, texts: Mapping[str, str], now: Ns, close: Ns | None) -> None:
        self.algo: Final = algo
        self.texts: Final = texts
        start, end, duration = texts.get("StartTime"), texts.get("EndTime"), texts.get("Duration")
        self.start: Final = max(now, parse_timestamp(start)) if start else now
        if end:
            self.end = parse_timestamp(end)
        elif duration:
            self.end = Ns(self.start + int(duration) * SECOND)
        else:
            self.end = Ns(START + 10**9 * SECOND) if close is None else close

    def qty(self, name: str) -> Qty | None:
        return parse_qty(self.texts[name]) if name in self.texts else None

    def venues(self) -> set[str]:
        every = {*LIT, *DARK}
        return (set(self.texts.get("Venues", "").split()) or every) - set(self.texts.get("ExclVenues", "").split())


class AlgoWatch(Watch):
    """Holds each child against what its order said, too."""

    def __init__(self, core: Core, said: Mapping[str, Said], settings: Settings) -> None:
        super().__init__(core)
        self.said = said  # by the ClOrdID of the order or its replace
        self.settings = settings
        self.over: dict[str, Ns] = {}  # when an order ended
        self.left: dict[tuple[str, int], list[tuple[str, Qty]]] = {}  # what went where, by order and release

    def waiting(self) -> list[Child]:
        departures: Any = self.core.orders._slicer.children._departures
        return [child for child, *_ in departures._waiting.values()]

    def _report(self, client: str, report: ExecutionReport) -> None:
        if report.cl_ord_id.endswith(HEDGE):  # no client sent it
            hedge = self.core.orders.parents[report.order_id].order
            self.kinds.setdefault((client, report.cl_ord_id), ("D", hedge))
        super()._report(client, report)
        if report.leaves_qty:
            self.over.pop(report.order_id, None)
        else:
            self.over.setdefault(report.order_id, self.now)

    def _order(self, venue: str, order: NewOrder) -> None:
        super()._order(venue, order)
        whole = self.wholes[order.parent_order_id or ""]
        lot, least = (Qty(qty * SCALE) for qty in LOTS[order.symbol])
        assert order.order_qty % lot == 0 and order.order_qty >= least, "A1: no lot, or too small"
        quote, is_buy = self.core.orders.markets.quote(order.symbol), order.side is Side.BUY
        best, size = (quote.ask, quote.ask_size) if is_buy else (quote.bid, quote.bid_size)
        assert order.price is not None
        beyond = (order.price - best if is_buy else best - order.price) if size else 0
        assert beyond * 10_000 <= best * COLLAR_BPS, "A2: beyond the collar"
        said = self.said.get(whole.chain[-1])
        if said is not None:
            self._as_said(said, whole, venue, order, least)

    def _as_said(self, said: Said, whole: Whole, venue: str, order: NewOrder, least: Qty) -> None:
        now, texts, algo = self.now, said.texts, said.algo
        assert said.start <= now < said.end, f"A3: at {now - said.start} of {said.end - said.start}"
        assert venue in said.venues(), f"A4: {venue} is excluded"
        policy = RoutePolicy(texts.get("RoutePolicy", self.settings.routing))
        if venue in DARK:
            asks = policy is RoutePolicy.DARK_FIRST or "Urgency" in texts or algo in _URGENT
            may = algo in ("1010", "1011") or (asks and algo not in _LIT_ALONE)
            assert may, "A5: a dark venue"
        else:
            assert algo != "1011", "A5: a lit venue"
        left = self.left.setdefault((whole.order_id, order.slice_no or 0), [])
        left.append((venue, order.order_qty))
        out, most = sum(qty for _, qty in left), said.qty("MaxClip")
        rest = 0 if whole.last is None else whole.last.order_qty - whole.cum - whole.reserved
        assert most is None or out <= most, f"A6: {out / SCALE} left at once, MaxClip is {most}"
        clip = said.qty("MinClip")
        if clip and order.order_qty < clip and texts.get("CompleteByEnd") != "Y":
            assert rest < least, (
                f"A7: {order.order_qty / SCALE} is below MinClip {clip / SCALE}, and {rest / SCALE} are left"
            )
        shows = said.qty("DisplayQty")
        if shows is not None and algo in _BY_TIPS:
            assert whole.reserved < shows + max(least, clip or 0), f"A12: {whole.reserved / SCALE} are out"
        if "MaxVenues" in texts and venue not in DARK:
            assert len({name for name, _ in left if name not in DARK}) <= int(texts["MaxVenues"]), "A8"
        self._tif(said, policy, venue, order)
        if "MaxLegRisk" in texts:
            hedge = next(one for one in self.wholes.values() if one.chain[0] == whole.chain[0] + HEDGE)
            unhedged = whole.cum + whole.reserved - Fraction(hedge.cum * SCALE, parse_px(texts["Ratio"]))
            assert unhedged <= parse_qty(texts["MaxLegRisk"]), f"A10: {float(unhedged) / SCALE} may be unhedged"

    @staticmethod
    def _tif(said: Said, policy: RoutePolicy, venue: str, order: NewOrder) -> None:
        """A9: what children say of how long they are good for."""
        texts, tif = said.texts, order.time_in_force
        may = {TimeInForce(texts.get("ChildTIF", "3"))}
        if said.algo in _OWN_WAY or "Urgency" in texts or said.algo in _URGENT or texts.get("AllowCross") == "N":
            may.add(TimeInForce.DAY)
        if said.algo == "1014":
            may.add(TimeInForce.ATC)
        if policy is RoutePolicy.CONT_KUKANOV:
            may.add(TimeInForce.DAY)
        assert tif in may, f"A9: {tif} of {may}"
        if texts.get("AllowCross") == "N" and venue not in DARK and tif is not TimeInForce.ATC:
            assert tif is TimeInForce.DAY and "6" in order.handling.exec_inst, "A11: it may take"
        if venue in DARK and said.algo not in ("1010", "1011"):
            assert tif is TimeInForce.IOC, "A9: it rests in the dark"


class AlgoDay(Day):
    """Without `go_wrong` on venues that are as they should be."""

    def __init__(self, seed: int, *, go_wrong: bool = True) -> None:
        self.seed = seed
        self.dice = dice = random.Random(f"algos {seed}")
        self.settings = settings_of(dice, seed)
        close_s = self.settings.close_s
        self.close = None if close_s is None else Ns(START + (close_s - 10 * 3600) * SECOND)
        self.said: dict[str, Said] = {}
        self.kinds: dict[str, str] = {}
        self.sent: Counter[str] = Counter()  # orders by algo
        self.refused: Counter[str] = Counter()  # by code
        self.world = World(
            self.settings,
            configs(dice, seed, (*LIT, *DARK), go_wrong=go_wrong),
            watch=lambda core: AlgoWatch(core, self.said, self.settings),
        )
        self.restarts_at = dice.choice((None, START + dice.randrange(5, TRADING_S) * SECOND))

    # -- the client and the operator

    def act(self) -> None:
        what, opened = self.dice.random(), self.opened()
        if what < 0.5 or not opened:
            self.order()
        elif what < 0.62:
            self.cancel(self.dice.choice(opened))
        elif what < 0.85:
            self.replace(self.dice.choice(opened))
        else:
            self.pause(self.dice.choice(opened))

    def opened(self) -> list[Whole]:
        return [whole for whole in super().opened() if not whole.chain[0].endswith(HEDGE)]

    def pause(self, whole: Whole) -> None:
        """An operator suspends the order, or lets it go on."""
        parent = self.world.watch.core.orders.parents.at_hand(whole.order_id)
        if parent is not None and parent.open:
            name = "resume-order" if parent.paused else "pause-order"
            self.world.command(name, order=whole.order_id)

    def order(self) -> None:
        dice, cl_ord_id = self.dice, f"C{self.world.client.next_id()}"
        number, _ = dice.choice(KINDS)
        self.sent[number] += 1
        head = f"11={cl_ord_id}\x011={dice.choice('AB')}\x0155={dice.choice(SYMBOLS)}\x0154={dice.choice('12')}\x01"
        symbol = head.partition("\x0155=")[2][:4]
        self.kinds[cl_ord_id] = number
        self.world.say("D", f"{head}{self.worded(cl_ord_id, number, symbol)}")

    def replace(self, whole: Whole) -> None:
        number, terms = self.kinds[whole.chain[0]], whole.terms
        cl_ord_id = f"C{self.world.client.next_id()}"
        original = (whole.pending or whole.chain)[-1]
        head = f"11={cl_ord_id}\x0141={original}\x0155={terms.symbol}\x0154={terms.side}\x011={terms.account}\x01"
        before = self.said.get(whole.chain[-1])
        start = None if before is None else before.texts.get("StartTime")
        self.world.say("G", f"{head}{self.worded(cl_ord_id, number, terms.symbol, start=start, again=True)}")

    def worded(self, cl_ord_id: str, number: str, symbol: str, *, start: str | None = None, again: bool = False) -> str:
        dice, (lot, least), kind = self.dice, LOTS[symbol], ALGOS[number]
        qty = max(dice.choice((dice.randint(1, 30), dice.randint(10, 200), dice.randint(100, 400))) * 10, least)
        qty -= qty % lot
        said = self.parameters(kind, qty, lot)
        if "LegSymbol" in said:
            said["LegSymbol"] = next(other for other in SYMBOLS if other != symbol)
        if again:
            said.pop("StartTime", None)
            if start is not None:
                said["StartTime"] = start
        tif = dice.choice("0001")
        if "EndTime" in said and dice.random() < 0.3:
            tif = "6"
        if kind.is_immediate and dice.random() < 0.5:
            tif = "3"
        price = f"40=2\x0144={dice.randint(9_960, 10_040) / 100:.2f}\x01"
        if number == "1005" and dice.random() < 0.5:
            price = "40=P\x01"
        elif number not in ("1004", "1013") and dice.random() < 0.4:
            price = "40=1\x01"
        if dice.random() < 0.1 and not price.startswith("40=P"):
            price += f"99={dice.randint(9_970, 10_030) / 100:.2f}\x01"  # it waits for that price
        self.said[cl_ord_id] = Said(number, said, self.world.now, self.close)
        texts = ";".join(f"{name}={text}" for name, text in said.items())
        short = "114=N\x015700=LEND\x01" if number == "1009" else ""  # so that its hedge may sell
        return f"60={print_timestamp(self.world.now)}\x01{short}38={qty}\x01{price}59={tif}\x01847={number}\x01848={texts}\x01"

    def parameters(self, kind: type[Algo], qty: int, lot: int) -> dict[str, str]:
        """A few of them, by chance; an end is always among them, where nothing else would end the order."""
        dice = self.dice
        own = {one.name for one in parameters(kind)}
        said = {}
        for name, parameter in known_to(kind).items():
            if parameter.required or dice.random() < (0.35 if name in own else 0.12):
                said[name] = self.value(parameter, qty, lot)
        said.pop("DryRun", None)
        for one, other in (
            *(
                ("NumSlices", "IntervalSec"),
                ("Urgency", "RiskAversion"),
                ("Discretion", "MinQty"),
                ("StartTime", "Duration"),
            ),
            *(("VolumeProfile", "Live"), ("EndTime", "Duration"), ("ExitThreshold", "EntryThreshold")),
        ):
            if one in said and other in said and dice.random() < 0.95:
                del said[one]
        if said.get("ChildTIF") == "0":
            said.pop("Urgency", None)
        if "RefreshVariance" in said:
            said["DisplayMethod"] = "Random"
        if not {"EndTime", "Duration"} & said.keys() and (self.close is None or dice.random() < 0.8):
            said["Duration"] = str(dice.randint(*_RANGES["Duration"]))
        return said

    def value(self, parameter: Parameter, qty: int, lot: int) -> str:
        dice, name = self.dice, parameter.name
        if name in ("Venues", "ExclVenues"):
            return " ".join(dice.sample((*LIT, *DARK), dice.randint(1, 4) if name == "Venues" else dice.randint(1, 2)))
        if name == "LegSymbol":
            return SYMBOLS[0]
        if name in _TEXTS:
            return dice.choice(_TEXTS[name])
        if name == "StartTime":
            return print_timestamp(Ns(self.world.now + dice.randint(-2_000, 8_000) * MILLISECOND))
        if name == "EndTime":
            return print_timestamp(Ns(self.world.now + dice.randint(500, 35_000) * MILLISECOND))
        if parameter.choices:
            return dice.choice([choice for choice in parameter.choices if choice != RoutePolicy.DIRECTED])
        match parameter.type:
            case ParameterType.INT:
                return str(dice.randint(*_RANGES[name]))
            case ParameterType.FLOAT:
                low, high = _FLOATS.get(name, (0, 100))
                return f"{dice.randint(low, high) / 100:.2f}"
            case ParameterType.PERCENTAGE:
                return f"{dice.choice((1, 5, 20, 50, 100)) / 100:.2f}"
            case ParameterType.QTY:
                return str(max(dice.randint(1, max(qty // lot // dice.choice((1, 3, 10)), 1)), 1) * lot)
            case ParameterType.PRICE:
                return f"{dice.randint(9_970, 10_030) / 100:.2f}"
            case ParameterType.PRICE_OFFSET:
                least = 0 if parameter.minimum is not None else -5
                return f"{dice.randint(least, 5) / 100:.2f}"
            case ParameterType.BOOLEAN:
                return dice.choice("YN")
        raise AssertionError(f"no values of {name}")

    # -- in the end

    def play(self) -> Found:
        world = self.world
        world.run(Ns(START + 2 * SECOND))
        while world.now < START + TRADING_S * SECOND:
            if self.restarts_at is not None and world.now >= self.restarts_at:
                self.restarts_at = None
                world.restart()
            self.act()
            world.run(Ns(world.now + self.dice.randrange(20, 800) * MILLISECOND))
        world.run(Ns(START + END_S * SECOND))
        for answer in world.heard:
            if answer[35] in ("8", "9") and (answer[150] == "8" or answer[35] == "9"):
                self.refused[(answer[58] or "").split()[0]] += 1
        found = self.judge()
        self.ended_in_time()
        return found

    def why(self, whole: Whole) -> str:
        """A hedge goes on while its first does, and has no end where a person has to look."""
        if whole.chain[0].endswith(HEDGE) and not any(child.live for child in whole.children):
            wholes, first = self.world.watch.wholes.values(), whole.chain[0].removesuffix(HEDGE)
            (of,) = (one for one in wholes if one.chain[0] == first)
            if not self.is_over(of):
                return super().why(of)
            told = [alert["code"] for alert in self.world.alerts if alert.get("parent") == whole.order_id]
            assert told and self.world.watch.core.orders.parents[whole.order_id].halted, f"{whole.order_id} hangs"
            return str(told[0])
        return super().why(whole)

    def ended_in_time(self) -> None:
        watch = self.world.watch
        assert isinstance(watch, AlgoWatch)
        for whole in watch.wholes.values():
            said = self.said.get(whole.chain[-1])
            if said is None or not self.is_over(whole):
                continue
            assert whole.last is not None
            took = watch.over[whole.order_id]
            told = [alert["code"] for alert in self.world.alerts if alert.get("parent") == whole.order_id]
            assert took <= said.end + GRACE or told, (
                f"{whole.order_id} ended {(took - said.end) / SECOND} s after its end"
            )
            if whole.last.ord_status == "C":
                assert took >= said.end, f"{whole.order_id} expired before its end"
