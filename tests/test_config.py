"""The configuration file: what it means, and that every error in it is said at once, with its place."""

from pathlib import Path

import pytest

from gateway.model import SCALE, Instrument, Limits, Px, Qty, SessionConfig, VenueSettings
from gateway.model.positions import Accounting
from gateway.model.settings import OPTIONAL, DropCopySettings, Offer
from gateway.run.access_table import Call
from gateway.run.check import summary, warnings
from gateway.run.config import Config, EngineConfig, load, load_any, named_sessions
from gateway.run.net.admission import ListenerOptions
from gateway.run.tables import ConfigError

WHOLE = """
[gateway]
comp_id = "GATEWAY"
listen = "127.0.0.1:9878"
data = "gateway-data"
durability = "process"
open = "08:00"
close = "16:30"
seed = 7
[[client]]
comp_id = "CLIENT"
[[venue]]
name = "XLON"
connect = "127.0.0.1:9901"
[[venue]]
name = "XPAR"
connect = "[::1]:9902"
sender_comp_id = "US"
target_comp_id = "PARIS"
offers = ["DAY", "IOC", "POST_ONLY"]
heartbeat_s = 10
ack_timeout_s = 0
stale_after_ms = 500
feed_latency_us = 2500
[[account]]
name = "FUND 1"
mode = "hedging"
cost = "fifo"
[[account]]
name = "HOUSE"
[limits]
max_order_qty = "100000"
max_order_notional = 5000000
collar_bps = 500
max_adv_bps = 1000
none = [
  "rolling_collar_bps", "max_quote_age_s", "duplicate_s", "max_open_net", "max_credit",
  "max_day_qty", "max_day_notional", "max_day_orders", "max_day_trades", "max_orders_per_s", "max_repeats",
  "max_loss", "max_drawdown",
]
[limits.firm]
max_open_gross = "10000000.50"
max_venue_gross = 1000000
max_position = 5000
[[instrument]]
symbol = "ACME"
tick = "0.01"
lot = "1"
min_qty = "10"
max_order_qty = "50000"
adv = 1000000
hard_to_borrow = true
[[instrument]]
symbol = "BOND"
tick = "0.005"
lot = 100
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "gateway.toml"
    path.write_text(text)
    return path


def read(folder: Path, text: str) -> Config:
    return load(written(folder, text))


def errors(folder: Path, text: str) -> list[str]:
    with pytest.raises(ConfigError) as refused:
        load(written(folder, text))
    return refused.value.errors


def test_a_whole_file_is_converted_exactly(tmp_path: Path) -> None:
    """Numbers become scaled integers, names default to each other, the data folder stands beside the file."""
    config = read(tmp_path, WHOLE)
    settings = config.settings
    assert (config.listen, config.durability, config.data) == (
        ("127.0.0.1", 9878),
        "process",
        tmp_path / "gateway-data",
    )
    assert config.calls == {"XLON": Call(address=("127.0.0.1", 9901)), "XPAR": Call(address=("::1", 9902))}
    assert config.listener == ListenerOptions()
    assert (settings.comp_id, settings.seed) == ("GATEWAY", 7)
    assert (settings.open_s, settings.close_s) == (8 * 3600, 16 * 3600 + 30 * 60)
    client = SessionConfig(sender="GATEWAY", target="CLIENT")
    london = SessionConfig(sender="GATEWAY", target="XLON", initiator=True)
    paris = SessionConfig(sender="US", target="PARIS", initiator=True, heartbeat_s=10)
    assert settings.clients == (client,)
    offers = (Offer.DAY, Offer.IOC, Offer.POST_ONLY)
    assert settings.venues == (
        VenueSettings(name="XLON", session=london, ack_timeout_s=5),
        VenueSettings(
            name="XPAR",
            session=paris,
            offers=offers,
            ack_timeout_s=0,
            stale_after_ms=500,
            feed_latency_us=2500,
        ),
    )
    assert named_sessions(config) == {"CLIENT": client, "XLON": london, "XPAR": paris}
    assert settings.instruments == (
        Instrument(symbol="ACME", tick=Px(SCALE // 100), lot=Qty(SCALE), min_qty=Qty(10 * SCALE)),
        Instrument(symbol="BOND", tick=Px(SCALE // 200), lot=Qty(100 * SCALE), min_qty=Qty(100 * SCALE)),
    )
    assert settings.limits["ACME"] == Limits(
        max_order_qty=Qty(50_000 * SCALE),
        max_order_notional=5_000_000 * SCALE,
        collar_bps=500,
        max_adv_bps=1000,
        adv=Qty(1_000_000 * SCALE),
        hard_to_borrow=True,
    )
    assert settings.limits["BOND"].max_order_qty == 100_000 * SCALE
    assert settings.scoped_limits == {
        "firm": Limits(
            max_open_gross=1_000_000_050_000_000, max_venue_gross=1_000_000 * SCALE, max_position=Qty(5000 * SCALE)
        )
    }
    assert set(settings.no_limits) | {"max_adv_bps", "max_position", "max_open_gross", "max_venue_gross"} == set(
        OPTIONAL
    )


def test_kinds_of_days_have_a_table_of_their_own(tmp_path: Path) -> None:
    """[profiles]: weights of equal parts of the trading day, by the name that VolumeProfile may have."""
    found = read(tmp_path, WHOLE + "[profiles]\nEARLY = [3, 2, 1]\nexpiry-day = [1, 9]\n").settings.profiles
    assert found == {"EARLY": (3, 2, 1), "expiry-day": (1, 9)}
    assert read(tmp_path, WHOLE).settings.profiles == {}


def test_accounts_are_kept_as_their_owner_says(tmp_path: Path) -> None:
    """Each by its Account(1); whose it is by the names of sessions, among them those that a pattern makes."""
    assert read(tmp_path, WHOLE).settings.accounts == {
        "FUND 1": Accounting(mode="hedging", cost="fifo"),
        "HOUSE": Accounting(),
    }
    kept = WHOLE.replace('comp_id = "CLIENT"', 'comp_id = "DESK-*"').replace('name = "HOUSE"', 'name = "HOUSE"\n{}')
    assert read(tmp_path, kept.format('clients = ["DESK-7"]')).settings.accounts["HOUSE"] == Accounting(
        clients=("DESK-7",)
    )
    assert errors(tmp_path, kept.format('clients = ["CLIENT"]')) == [
        "gateway.toml: account[2].clients: there is no client CLIENT"
    ]


def test_limits_of_other_scopes_have_tables_of_their_own(tmp_path: Path) -> None:
    """A client by its session's name; accounts and algos are whatever orders say."""
    scoped = """
[limits.client.CLIENT]
max_credit = 1000
[limits.account."A-1"]
max_day_orders = 10
[limits.algo.1001]
max_repeats = 500
[limits.venue.XPAR]
max_venue_gross = 500000
"""
    found = read(tmp_path, WHOLE + scoped).settings.scoped_limits
    del found["firm"]
    assert found == {
        "client=CLIENT": Limits(max_credit=1000 * SCALE),
        "account=A-1": Limits(max_day_orders=10),
        "algo=1001": Limits(max_repeats=500),
        "venue=XPAR": Limits(max_venue_gross=500_000 * SCALE),
    }


def test_a_drop_copy_is_a_session_with_filters(tmp_path: Path) -> None:
    """A client of a pattern by the name it logs on with; no filter lets everything through."""
    copies = """
[[drop_copy]]
comp_id = "CLEARING"
target_sub_id = "EU"
heartbeat_s = 10
[[drop_copy]]
comp_id = "COMPLIANCE"
clients = ["CLIENT", "DESK-7"]
accounts = ["A-1", ""]
symbols = ["BOND"]
[[client]]
comp_id = "DESK-*"
"""
    config = read(tmp_path, WHOLE + copies.replace("heartbeat_s = 10\n", ""))
    clearing = SessionConfig(sender="GATEWAY", target="CLEARING", target_sub="EU")
    compliance = SessionConfig(sender="GATEWAY", target="COMPLIANCE")
    assert config.settings.drop_copies == (
        DropCopySettings(session=clearing),
        DropCopySettings(session=compliance, clients=("CLIENT", "DESK-7"), accounts=("A-1", ""), symbols=("BOND",)),
    )
    assert list(named_sessions(config)) == ["CLIENT", "DESK-*", "CLEARING/EU", "COMPLIANCE", "XLON", "XPAR"]
    (said,) = errors(tmp_path, WHOLE + copies)
    assert said.startswith("gateway.toml: drop_copy[1].heartbeat_s: has an effect only on sessions that we call")


def test_who_may_stop_trading_is_said_session_by_session(tmp_path: Path) -> None:
    """A kind of scopes for each of them, or one by its text; of a pattern for all who log on by it."""
    config = read(
        tmp_path,
        WHOLE.replace('"CLIENT"\n', '"DESK-*"\nmay_stop = ["client", "account=A-1"]\n')
        + '[[drop_copy]]\ncomp_id = "OFFICE"\nmay_stop = ["firm"]\n',
    )
    assert config.settings.may_stop == {"DESK-*": ("client", "account=A-1"), "OFFICE": ("firm",)}
    assert summary(config)[4:6] == ["DESK-* may stop client, account=A-1", "OFFICE may stop firm"]


def test_a_firm_is_said_session_by_session(tmp_path: Path) -> None:
    """Of a pattern for all who log on by it."""
    config = read(tmp_path, WHOLE.replace('"CLIENT"\n', '"DESK-*"\nfirm = "HOUSE"\n'))
    assert config.settings.firms == {"DESK-*": "HOUSE"}


def test_the_rest_of_the_limits_is_what_no_table_sets(tmp_path: Path) -> None:
    """One that is set for a single account still refuses the orders of others."""
    head, _, tail = WHOLE.partition("none = [")
    _, _, tail = tail.partition("]\n")
    scoped = '[limits.account.A-1]\nmax_loss = 5\n[[instrument]]\nsymbol = "GILT"\nmax_credit = 5\n'
    config = read(tmp_path, f'{head}none = "rest"\n{tail}{scoped}')
    set_somewhere = {"max_adv_bps", "max_open_gross", "max_venue_gross", "max_position", "max_loss", "max_credit"}
    assert config.settings.no_limits == tuple(limit for limit in OPTIONAL if limit not in set_somewhere)
    assert f"no limit on: {', '.join(config.settings.no_limits)}" in summary(config)
    assert list(warnings(config)) == ["gateway.durability: process survives a kill, not a power cut"]
    assert errors(tmp_path, f'{head}none = "all"\n{tail}') == [
        'gateway.toml: limits.none: must be a list of limits, or "rest" for all that no table sets'
    ]


def test_all_errors_are_said_at_once_with_their_places(tmp_path: Path) -> None:
    """Tables are counted from 1, as people count."""
    broken = (
        WHOLE.replace('tick = "0.01"', "tick = 0.01")
        .replace('comp_id = "CLIENT"', 'comp_id = "CLI ENT"')
        .replace('"[::1]:9902"', '"localhost"')
        .replace("heartbeat_s = 10", 'heartbeat_s = "10"')
        .replace("\ncollar_bps", "\ncollar_bip")
        .replace('"process"', '"ram"')
        .replace('"BOND"', '"ACME"')
        .replace("lot = 100", "lot = 0")
    )
    assert sorted(errors(tmp_path, broken)) == [
        "gateway.toml: client[1].comp_id: must be 1 to 64 printable ASCII characters without blanks and '='",
        'gateway.toml: gateway.durability: must be "disk" or "process"',
        'gateway.toml: instrument[1].tick: is a TOML float, which is not exact; write it as "0.01"',
        "gateway.toml: instrument[2].lot: must be greater than 0",
        'gateway.toml: instrument[2].symbol: "ACME" is instrument[1].symbol already',
        "gateway.toml: limits.collar_bip: unknown key, did you mean collar_bps?",
        'gateway.toml: venue[2].connect: must be an address as "127.0.0.1:9878"',
        "gateway.toml: venue[2].heartbeat_s: must be a whole number without quotes",
    ]


@pytest.mark.parametrize(
    ("old", "new", "error"),
    [
        ('"XPAR"', '"XLON"', 'venue[2].name: "XLON" is venue[1].name already'),
        ('"XPAR"', '"CLIENT"', 'venue[2].name: "CLIENT" is client[1].comp_id already'),
        ('"CLIENT"', '"CLIENT"\n[[client]]\ncomp_id = "CLIENT"', 'client[2].comp_id: "CLIENT" is client[1].comp_id'),
        ('"CLIENT"', '"CLIENT"\nheartbeat_s = 5', "client[1].heartbeat_s: has an effect only on sessions that we call"),
        (
            "heartbeat_s = 10",
            "accept_reset = false",
            "venue[2].accept_reset: has an effect only on sessions that call us",
        ),
        ("heartbeat_s = 10", 'password_hash = "x"', "venue[2].password_hash: unknown key"),
        ("heartbeat_s = 10", 'password_file = "x"', "venue[2].password_file: there is no file"),
        ('"POST_ONLY"]', '"POST_ONLY"]\nkind = "DARK"', 'venue[2].kind: must be "lit" or "dark"'),
        ('"POST_ONLY"', '"HIDE"', "venue[2].offers[3]: must be one of DAY, IOC, FOK, OPG, GTX, ATC, GTC"),
        ('"DAY", "IOC", "POST_ONLY"', "", "venue[2].offers: "),
        ('"PARIS"', '"PAR*"', "venue[2].target_comp_id: a pattern is for counterparties that call us"),
        ("[limits]", "[session]\n[limits]", "session: unknown key, did you mean sessions?"),
        (
            'sender_comp_id = "US"\ntarget_comp_id = "PARIS"',
            'target_comp_id = "XLON"',
            'venue[2]: "session GATEWAY->XLON" is venue[1] already',
        ),
        ("127.0.0.1:9901", "127.0.0.1:9878", "venue[1].connect: is the address the gateway itself listens on"),
        ('name = "HOUSE"', 'name = "FUND 1"', 'account[2].name: "FUND 1" is account[1].name already'),
        ('mode = "hedging"', 'mode = "gross"', 'account[1].mode: must be "netting" or "hedging"'),
        ('min_qty = "10"', 'min_qty = "1.5"', "instrument[1].min_qty: 1.5 is no multiple of lot 1"),
        (
            'max_order_qty = "50000"',
            "max_order_qty = 9",
            "instrument[1].max_order_qty: 9 is below the smallest order in instrument[1], 10",
        ),
        ('tick = "0.01"', 'tick = "1e-2"', "instrument[1].tick: '1e-2' is not a number of at most 12 digits"),
        ('tick = "0.01"', "tick = true", 'instrument[1].tick: must be a number, written as "0.01" or 1'),
        ('close = "16:30"', 'close = "24:30"', 'gateway.close: must be a time of day in UTC, as "16:30"'),
        ('listen = "127.0.0.1:9878"', 'listen = "127.0.0.1:98780"', "gateway.listen: must be an address"),
        ('comp_id = "GATEWAY"', "", "gateway.comp_id: is missing"),
        ("collar_bps = 500", "collar_bps = -1", "limits.collar_bps: must be at least 0"),
        ("[limits.firm]", "[limits.firms]", "limits.firms: unknown key, did you mean firm?"),
        ("[limits.firm]", "[limits.client.OTHER]\n[limits.firm]", "limits.client.OTHER: there is no client OTHER"),
        (
            "[limits.firm]",
            "[limits.venue.XPAR]\nmax_loss = 1\n[limits.firm]",
            "limits.venue.XPAR.max_loss: is a limit of firm, client",
        ),
        ("[limits.firm]", "[limits.firm]\nrestricted = true", "limits.firm.restricted: is a limit of symbol"),
        ('"max_loss"', '"max_los"', "limits.none: max_los is no limit to do without, did you mean max_loss?"),
        ('"max_loss"', '"collar_bps"', "limits.none: collar_bps is no limit to do without"),
        ("max_position = 5000", "max_position = -1", "limits.firm.max_position: '-1' is negative"),
        (
            "[limits]",
            '[[drop_copy]]\ncomp_id = "CLIENT"\n[limits]',
            'drop_copy[1].comp_id: "CLIENT" is client[1].comp_id already',
        ),
        ("[limits]", '[[drop_copy]]\ncomp_id = "C*"\n[limits]', "drop_copy[1].comp_id: a pattern is for clients"),
        (
            "[limits]",
            '[[drop_copy]]\ncomp_id = "COPY"\nclients = ["XLON"]\n[limits]',
            "drop_copy[1].clients: there is no client XLON",
        ),
        (
            "[limits]",
            '[[drop_copy]]\ncomp_id = "COPY"\nsymbols = ["GILT"]\n[limits]',
            "drop_copy[1].symbols: there is no symbol GILT",
        ),
        (
            "[limits]",
            '[[drop_copy]]\ncomp_id = "COPY"\ncancel_on_logout = true\n[limits]',
            "drop_copy[1].cancel_on_logout: is for clients; a drop copy has no orders",
        ),
        (
            "[limits]",
            '[[drop_copy]]\ncomp_id = "COPY"\nclient = "A"\n[limits]',
            "drop_copy[1].client: unknown key, did",
        ),
        ('"CLIENT"', '"CLIENT"\nmay_stop = ["frim"]', "client[1].may_stop[1]: frim is none of firm, client, account"),
        ('"CLIENT"', '"CLIENT"\nmay_stop = ["firm=X"]', "client[1].may_stop[1]: the firm has no name"),
        ("[[client]]", "[client]", "client: must be tables, each under [[client]]"),
        ("[limits]", "[profiles]\nFLAT = [1]\n[limits]", "profiles.FLAT.[key]: is there already"),
        ("[limits]", "[profiles]\n1st = [1]\n[limits]", "profiles.1st.[key]: must be a letter and at most 31 letters"),
        ("[limits]", "[profiles]\nLATE = [0, 0]\n[limits]", "profiles.LATE: must have a weight above 0"),
        ("[limits]", "[profiles]\nLATE = []\n[limits]", "profiles.LATE: must not be empty"),
        ("[limits]", "[profiles]\nLATE = [1, -1]\n[limits]", "profiles.LATE[2]: must be at least 0"),
        ("[limits]", "[profiles]\nLATE = [0.5]\n[limits]", "profiles.LATE[1]: must be a whole number"),
    ],
)
def test_each_mistake_has_its_words(tmp_path: Path, old: str, new: str, error: str) -> None:
    """One mistake, one line, and it names the key."""
    assert old in WHOLE
    (said,) = errors(tmp_path, WHOLE.replace(old, new, 1))
    assert said.startswith(f"gateway.toml: {error}")


def test_an_empty_file_is_told_what_it_needs(tmp_path: Path) -> None:
    """A gateway without clients, venues or instruments has nothing to do."""
    assert errors(tmp_path, "") == [
        "gateway.toml: client: at least one [[client]] is needed",
        "gateway.toml: venue: at least one [[venue]] is needed",
        "gateway.toml: instrument: at least one [[instrument]] is needed",
        "gateway.toml: gateway: is missing",
    ]


def test_a_syntax_error_is_told_with_its_line(tmp_path: Path) -> None:
    """As editors jump to it: file:line:column."""
    (said,) = errors(tmp_path, '[gateway]\ncomp_id = "GATEWAY"\nlisten = \n')
    assert said == "gateway.toml:3:10: Invalid value"


@pytest.mark.parametrize(
    ("content", "error"),
    [(b"\n\xff", "gateway.toml:2: is not UTF-8"), (b"#" * (2 << 20), "gateway.toml: is larger than 1048576 bytes")],
)
def test_what_is_no_text_of_sensible_size_is_refused(tmp_path: Path, content: bytes, error: str) -> None:
    """Before anything tries to make sense of it."""
    path = tmp_path / "gateway.toml"
    path.write_bytes(content)
    with pytest.raises(ConfigError, match=error):
        load(path)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    """With the path as given."""
    with pytest.raises(ConfigError, match=r"absent.toml: cannot be read: No such file"):
        load(tmp_path / "absent.toml")


def test_sub_ids_make_two_clients_of_one_comp_id(tmp_path: Path) -> None:
    """A session's name has them, so that two desks of one firm are two clients."""
    desks = '"CLIENT"\ntarget_sub_id = "A"\n[[client]]\ncomp_id = "CLIENT"\ntarget_sub_id = "B"\n'
    config = read(tmp_path, WHOLE.replace('"CLIENT"\n', desks))
    assert list(named_sessions(config)) == ["CLIENT/A", "CLIENT/B", "XLON", "XPAR"]


ENGINE = """
[engine]
listen = "127.0.0.1:9880"
[[session]]
sender_comp_id = "WE"
target_comp_id = "THEY"
"""


def test_a_file_says_itself_what_it_is_for(tmp_path: Path) -> None:
    """[engine] makes it an engine's, and everything else a gateway's."""
    assert isinstance(load_any(written(tmp_path, WHOLE)), Config)
    engine = load_any(written(tmp_path, ENGINE))
    assert isinstance(engine, EngineConfig)
    assert engine.sessions == (SessionConfig(sender="WE", target="THEY"),)


# --- what is said of a file that is valid ---


def warned(folder: Path, text: str) -> list[str]:
    return list(warnings(load_any(written(folder, text))))


def test_what_the_owner_may_not_have_meant_is_warned_of(tmp_path: Path) -> None:
    """Unset limits reject every order; an open port carries FIX without encryption."""
    text = (
        WHOLE.replace("127.0.0.1:9878", "0.0.0.0:9878")
        .replace("collar_bps = 500", "")
        .replace('close = "16:30"', "")
        .replace('"BOND"\n', '"BOND"\ncollar_bps = 100\n')
        .replace('"max_loss", ', "")
    )
    assert warned(tmp_path, text) == [
        "gateway.listen: 0.0.0.0 is open to other machines; without tls all can be read on the way",
        "session CLIENT: no password_hash and no client certificate; whoever reaches us can log on as it",
        "instrument ACME: no collar_bps; every order in it will be rejected",
        "limits: max_loss neither set nor named in none; every order will be rejected",
        "gateway.durability: process survives a kill, not a power cut",
        "gateway.close: not set; algo orders have to say when they end",
    ]
    assert summary(read(tmp_path, text))[0] == "GATEWAY listens on 0.0.0.0:9878 for CLIENT"


@pytest.mark.parametrize(
    ("line", "warning"),
    [
        ("enabled = false", "enabled = false; nobody logs on until `gateway sessions enable`"),
        ("rules = { enums = false, order = false }", "rules off: enums, order; messages that break them are acted on"),
        ("reset_on_logon = true", "reset_on_logon: what was sent while the other side was away, fills too, never"),
        ("reset_on_disconnect = true", "reset_on_disconnect: what was on its way when the connection broke"),
        ("lax_logout_seq = true", "lax_logout_seq: what was missed before a Logout is not asked for"),
        ("lax_resend_seq = true", "lax_resend_seq: what was missed before a ResendRequest is noticed later"),
        ("clock_tolerance_s = 0", "clock_tolerance_s = 0: SendingTime(52) is not checked, so an old message can be"),
        ('connect = "10.0.0.1:9"', "10.0.0.1:9 is called without tls; all can be read on the way"),
        ('connect = "10.0.0.1:9"\npassword_file = "secret"', "10.0.0.1:9 is called without tls; our password and all"),
        ('connect = "[::1]:9"\nheartbeat_s = 0', "heartbeat_s = 0: a dead counterparty is not noticed"),
        ('connect = "[::1]:9"\npassword_env = "UNSET_42"', "password_env: UNSET_42 is not set here"),
    ],
)
def test_an_option_that_gives_protection_up_is_warned_of(tmp_path: Path, line: str, warning: str) -> None:
    """With what it costs."""
    (tmp_path / "secret").write_text("x")
    (tmp_path / "secret").chmod(0o600)
    (said,) = warned(tmp_path, ENGINE + line + "\n")
    assert said.startswith(f"session THEY: {warning}")


def test_nothing_is_warned_of_where_nothing_is_given_up(tmp_path: Path) -> None:
    """Nor is a password needed on the loopback address."""
    assert warned(tmp_path, ENGINE) == []


def test_a_pattern_without_a_password_is_an_open_door(tmp_path: Path) -> None:
    """Whoever comes may choose a name."""
    open_to_all = ENGINE.replace("127.0.0.1:9880", "0.0.0.0:9880").replace("THEY", "DESK*")
    assert warned(tmp_path, open_to_all)[1].endswith("whoever reaches us can log on under any name that it matches")
    for name in ("a.pem", "a.key", "ca.pem"):
        (tmp_path / name).write_text("")
        (tmp_path / name).chmod(0o600)
    (without_ca,) = warned(
        tmp_path, open_to_all.replace("[engine]", '[engine]\ntls = { certificate = "a.pem", key = "a.key" }')
    )
    assert "no password_hash and no client certificate" in without_ca
    tls = '[engine]\ntls = { certificate = "a.pem", key = "a.key", client_ca = "ca.pem" }'
    assert warned(tmp_path, open_to_all.replace("[engine]", tls)) == []


def test_a_secret_that_others_can_read_is_warned_of(tmp_path: Path) -> None:
    """A password's file and a private key belong to one user."""
    secret = tmp_path / "secret"
    secret.write_text("x")
    secret.chmod(0o640)
    line = 'connect = "127.0.0.1:9"\npassword_file = "secret"\n'
    assert warned(tmp_path, ENGINE + line) == [f"{secret}: other users of this machine may read or change it"]


def test_a_summary_has_what_differs_from_the_defaults(tmp_path: Path) -> None:
    """Session by session, in the words of the configuration."""
    options = """
        hold = 4
        rules = { enums = false }
        hours = { start = "08:00", end = "17:30:10", zone = "Europe/London", days = ["Mon"] }
        cancel_on_disconnect_s = 10
        """
    config = read(tmp_path, WHOLE.replace('"CLIENT"\n', f'"CLIENT"{options}'))
    assert summary(config)[1:] == [
        "calls XLON at 127.0.0.1:9901, XPAR at [::1]:9902",
        f"instruments: 2, durability process, data in {tmp_path / 'gateway-data'}",
        f"no limit on: {', '.join(config.settings.no_limits)}",
        "no venue offers what it takes for: at the opening, at the close, good till crossing",
        "session CLIENT: rules = { enums = false }, "
        'hours = { start = "08:00", end = "17:30:10", zone = "Europe/London", days = ["Mon"] }, '
        "hold = 4, cancel_on_disconnect_s = 10",
        "session XPAR: heartbeat_s = 10",
    ]
