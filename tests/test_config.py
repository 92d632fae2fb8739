"""The configuration file: what it means, and that every error in it is said at once, with its place."""

from pathlib import Path

import pytest

from gateway.model import SCALE, Instrument, Limits, Px, Qty, VenueSettings
from gateway.run.check import summary, warnings
from gateway.run.config import Config, ConfigError, load

WHOLE = """
[gateway]
comp_id = "GATEWAY"
listen = "127.0.0.1:9878"
data = "gateway-data"
durability = "process"
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
heartbeat_s = 10
[limits]
max_order_qty = "100000"
max_order_notional = 5000000
collar_bps = 500
[[instrument]]
symbol = "ACME"
tick = "0.01"
lot = "1"
min_qty = "10"
max_order_qty = "50000"
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
    assert config.venues == {"XLON": ("127.0.0.1", 9901), "XPAR": ("::1", 9902)}
    assert (settings.comp_id, settings.clients, settings.seed) == ("GATEWAY", ("CLIENT",), 7)
    assert settings.close_s == 16 * 3600 + 30 * 60
    assert settings.venues == (
        VenueSettings(name="XLON", sender_comp_id="GATEWAY", target_comp_id="XLON", heartbeat_s=30),
        VenueSettings(name="XPAR", sender_comp_id="US", target_comp_id="PARIS", heartbeat_s=10),
    )
    assert settings.instruments == (
        Instrument(symbol="ACME", tick=Px(SCALE // 100), lot=Qty(SCALE), min_qty=Qty(10 * SCALE)),
        Instrument(symbol="BOND", tick=Px(SCALE // 200), lot=Qty(100 * SCALE), min_qty=Qty(100 * SCALE)),
    )
    assert settings.limits["ACME"] == Limits(
        max_order_qty=Qty(50_000 * SCALE), max_order_notional=5_000_000 * SCALE, collar_bps=500
    )
    assert settings.limits["BOND"].max_order_qty == 100_000 * SCALE


def test_all_errors_are_said_at_once_with_their_places(tmp_path: Path) -> None:
    """Tables are counted from 1, as people count."""
    broken = (
        WHOLE.replace('tick = "0.01"', "tick = 0.01")
        .replace('comp_id = "CLIENT"', 'comp_id = "CLI ENT"')
        .replace('"[::1]:9902"', '"localhost"')
        .replace("heartbeat_s = 10", 'heartbeat_s = "10"')
        .replace("collar_bps", "collar_bip")
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
        (
            'sender_comp_id = "US"\ntarget_comp_id = "PARIS"',
            'target_comp_id = "XLON"',
            'venue[2]: "session GATEWAY->XLON" is venue[1] already',
        ),
        ("127.0.0.1:9901", "127.0.0.1:9878", "venue[1].connect: is the address the gateway itself listens on"),
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
        ("[limits]", "[limit]", "limit: unknown key, did you mean limits?"),
        ("[[client]]", "[client]", "client: must be tables, each under [[client]]"),
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


def test_what_the_owner_may_not_have_meant_is_warned_of(tmp_path: Path) -> None:
    """Unset limits reject every order; an open port carries FIX without encryption."""
    config = read(
        tmp_path,
        WHOLE.replace("127.0.0.1:9878", "0.0.0.0:9878")
        .replace("collar_bps = 500", "")
        .replace('close = "16:30"', "")
        .replace('"BOND"\n', '"BOND"\ncollar_bps = 100\n'),
    )
    assert list(warnings(config)) == [
        "gateway.listen: 0.0.0.0 can be reached from other machines, and FIX sessions here have no encryption",
        "instrument ACME: no collar_bps; every order in it will be rejected",
        "gateway.durability: process survives a kill, not a power cut",
        "gateway.close: not set; algo orders have to say when they end",
    ]
    assert summary(config)[0] == "GATEWAY listens on 0.0.0.0:9878 for CLIENT"
