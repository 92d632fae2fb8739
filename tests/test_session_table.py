"""Session options in TOML: each has a key, each key an effect, a range, and words for what is wrong with it."""

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import msgspec
import pytest

from gateway.fix.dictionary import named
from gateway.model import Hours, Rules, SessionConfig
from gateway.run.access_table import Call, Listener
from gateway.run.config import EngineConfig, load_engine
from gateway.run.net.admission import ListenerOptions
from gateway.run.net.credentials import Credential, Secret, hash_password
from gateway.run.net.tls import TlsCall, TlsFiles
from gateway.run.session_table import Options, Session
from gateway.run.tables import ConfigError

HASH = hash_password(b"secret")
HEAD = """
[engine]
listen = "127.0.0.1:9880"
"""
PAIR = """
[[session]]
sender_comp_id = "WE"
target_comp_id = "THEY"
"""
CALL = 'connect = "127.0.0.1:9881"\n'

# Option -> what a session says, and what comes of it; no value is the default.
SAMPLES: dict[str, tuple[str, Any]] = {
    "sender_sub": ('sender_sub_id = "US-DESK"', "US-DESK"),
    "sender_location": ('sender_location_id = "LDN"', "LDN"),
    "target_sub": ('target_sub_id = "DESK"', "DESK"),
    "target_location": ('target_location_id = "NYC"', "NYC"),
    "enabled": ("enabled = false", False),
    "dictionary": ('dictionary = "FIX44"', "FIX44"),
    "rules": ("rules = { enums = false }", Rules(enums=False)),
    "hours": ('hours = { start = "08:00", end = "17:30" }', Hours(start_s=8 * 3600, end_s=17 * 3600 + 1800)),
    "heartbeat_s": (f"{CALL}heartbeat_s = 20", 20),
    "min_heartbeat_s": ("min_heartbeat_s = 5", 5),
    "max_heartbeat_s": ("max_heartbeat_s = 60", 60),
    "logon_timeout_s": (f"{CALL}logon_timeout_s = 4", 4),
    "logout_timeout_s": ("logout_timeout_s = 5", 5),
    "username": (f'{CALL}username = "trader"', "trader"),
    "reset_on_logon": ("reset_on_logon = true", True),
    "reset_on_logout": ("reset_on_logout = true", True),
    "reset_on_disconnect": ("reset_on_disconnect = true", True),
    "accept_reset": ("accept_reset = false", False),
    "next_expected": ("next_expected = true", True),
    "last_processed": ("last_processed = true", True),
    "clock_tolerance_s": ("clock_tolerance_s = 0", 0),
    "timestamp_digits": ("timestamp_digits = 6", 6),
    "ascending_tags": ("ascending_tags = true", True),
    "test_req_id": ('test_req_id = "TEST"', "TEST"),
    "plain_text": ("plain_text = true", True),
    "hang_up_after_logout": ("hang_up_after_logout = false", False),
    "lax_logout_seq": ("lax_logout_seq = true", True),
    "lax_resend_seq": ("lax_resend_seq = true", True),
    "resend_open": ("resend_open = true", True),
    "resend_chunk": ("resend_chunk = 100", 100),
    "hold": ("hold = 50", 50),
    "resend_patience_s": ("resend_patience_s = 7", 7),
    "resend_burst": ("resend_burst = 10", 10),
    "stale_order_s": ("stale_order_s = 60", 60),
    "max_messages_per_s": ("max_messages_per_s = 1000", 1000),
    "max_cancels_per_s": ("max_cancels_per_s = 5000", 5000),
    "max_fields": ("max_fields = 64", 64),
    "cancel_on_disconnect_s": ("cancel_on_disconnect_s = 0", 0),
    "cancel_on_logout": ("cancel_on_logout = true", True),
}

# What holds for the counterparties that connect; no value is the default.
LISTENER: dict[str, tuple[str, Any]] = {
    "max_message": ("max_message = 4096", 4096),
    "believe_length": ("believe_length = true", True),
    "allow": ('allow = ["10.0.0.0/8", "::1"]', ("10.0.0.0/8", "::1/128")),
    "max_connections": ("max_connections = 10", 10),
    "max_per_ip": ("max_per_ip = 4", 4),
    "new_per_s": ("new_per_s = 5", 5),
    "new_burst": ("new_burst = 6", 6),
    "max_strangers": ("max_strangers = 7", 7),
    "max_strangers_per_ip": ("max_strangers_per_ip = 8", 8),
    "slow_bytes": ("slow_bytes = 65536", 65536),
    "slow_s": ("slow_s = 3", 3),
}


def read(folder: Path, text: str) -> EngineConfig:
    path = folder / "engine.toml"
    path.write_text(text)
    return load_engine(path)


def session(folder: Path, text: str, *, shared: str = "") -> SessionConfig:
    """The only one, between us and them."""
    return read(folder, f"{HEAD}[sessions]\n{shared}\n{PAIR}{text}\n").sessions[0]


def error(folder: Path, text: str, *, shared: str = "") -> str:
    """The only one, without the file's name."""
    with pytest.raises(ConfigError) as refused:
        session(folder, text, shared=shared)
    (said,) = refused.value.errors
    return said.removeprefix("engine.toml: ")


def test_every_option_of_a_session_has_a_key_and_no_key_is_idle() -> None:
    """An option that the file cannot reach would be a dead one. A wording has keys of its own: tests/test_dialects.py."""
    assert set(SAMPLES) == set(SessionConfig.__struct_fields__) - {"sender", "target", "initiator", "wording"}
    keys = {line.rpartition("\n")[2].partition(" ")[0] for line, _ in SAMPLES.values()}
    assert set(Session.model_fields) == keys - {"username"}


@pytest.mark.parametrize("option", SAMPLES)
def test_an_option_that_is_set_comes_through(tmp_path: Path, option: str) -> None:
    """And it is the only one that changes."""
    line, value = SAMPLES[option]
    plain = session(tmp_path, CALL if CALL in line else "")
    assert getattr(plain, option) != value
    assert session(tmp_path, line) == msgspec.structs.replace(plain, **{option: value})


@pytest.mark.parametrize("option", sorted(set(SAMPLES) & set(Options.model_fields)))
def test_an_option_may_be_set_for_all_sessions(tmp_path: Path, option: str) -> None:
    """[sessions] has all but what makes a session itself."""
    line, value = SAMPLES[option]
    assert getattr(session(tmp_path, "", shared=line.removeprefix(CALL)), option) == value


def test_a_session_goes_before_what_holds_for_all(tmp_path: Path) -> None:
    """Rules one by one; what has no default of its own kind has a word for it."""
    shared = """
        hold = 50
        resend_chunk = 100
        hours = { start = "08:00", end = "17:30" }
        cancel_on_disconnect_s = 30
        rules = { enums = false, order = false }
        """
    own = 'hold = 0\nhours = "always"\ncancel_on_disconnect_s = "never"\nrules = { order = true, known = false }'
    found = session(tmp_path, own, shared=shared)
    assert (found.hold, found.resend_chunk, found.hours, found.cancel_on_disconnect_s) == (0, 100, None, None)
    assert found.rules == Rules(enums=False, known=False)


@pytest.mark.parametrize("rule", Rules.__struct_fields__)
def test_every_rule_can_be_switched_off(tmp_path: Path, rule: str) -> None:
    """By its own name."""
    assert session(tmp_path, f"rules = {{ {rule} = false }}").rules == msgspec.structs.replace(Rules(), **{rule: False})


@pytest.mark.parametrize(
    ("key", "least", "most"),
    [
        (key, *(getattr(bound, name) for bound, name in zip(field.metadata, ("ge", "le"), strict=True)))
        for key, field in Options.model_fields.items()
        if field.annotation is int
    ],
)
def test_a_number_has_a_range(tmp_path: Path, key: str, least: int, most: int) -> None:
    """Both ends are in it, and the default is."""
    before = CALL if CALL in SAMPLES[key][0] else ""
    if key == "min_heartbeat_s":
        before = "max_heartbeat_s = 86400\n"
    for value in (least, most):
        assert getattr(session(tmp_path, f"{before}{key} = {value}"), key) == value
    assert error(tmp_path, f"{before}{key} = {least - 1}").endswith(f"{key}: must be at least {least}")
    assert error(tmp_path, f"{before}{key} = {most + 1}").endswith(f"{key}: must be at most {most}")
    assert least <= getattr(SessionConfig(sender="", target=""), key) <= most


@pytest.mark.parametrize(
    ("toml", "hours"),
    [
        (
            '{ start = "08:00", end = "17:30:15", zone = "Europe/London", days = ["Mon", "Tue", "Fri"] }',
            Hours(start_s=28_800, end_s=63_015, zone="Europe/London", days=(0, 1, 4)),
        ),
        ('{ start = "22:00", end = "06:00" }', Hours(start_s=79_200, end_s=21_600)),
        (
            '{ start = "Sun 17:00", end = "Fri 17:00", zone = "America/New_York" }',
            Hours(start_s=61_200, end_s=61_200, zone="America/New_York", start_day=6, end_day=4),
        ),
    ],
)
def test_hours_are_daily_or_weekly(tmp_path: Path, toml: str, hours: Hours) -> None:
    """As people write them: times of day, days by name, the zone's name."""
    assert session(tmp_path, f"hours = {toml}").hours == hours


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("heartbeat = 30", "session[1].heartbeat: unknown key, did you mean heartbeat_s?"),
        ("rules = { enum = false }", "session[1].rules.enum: unknown key, did you mean enums?"),
        ("rules = false", "session[1].rules: must be a table"),
        ("rules = { enums = 0 }", "session[1].rules.enums: must be true or false"),
        ('hold = "5"', "session[1].hold: must be a whole number without quotes"),
        ("timestamp_digits = 4", "session[1].timestamp_digits: must be 0, 3, 6 or 9"),
        ("cancel_on_disconnect_s = -1", "session[1].cancel_on_disconnect_s: must be at least 0"),
        (
            'cancel_on_disconnect_s = "no"',
            'session[1].cancel_on_disconnect_s: must be a whole number without quotes, or "never"',
        ),
        ('hours = "closed"', "session[1].hours: must be a table"),
        ('hours = { start = "08:00" }', "session[1].hours.end: is missing"),
        ('hours = { start = "8:00", end = "17:00" }', 'session[1].hours.start: must be a time of day as "08:00"'),
        ('hours = { start = "08:00", end = "24:00" }', 'session[1].hours.end: must be a time of day as "08:00"'),
        (
            'hours = { start = "Sun 08:00", end = "17:00" }',
            "session[1].hours: start and end both name a day, or neither",
        ),
        (
            'hours = { start = "Sun 08:00", end = "Fri 17:00", days = ["Mon"] }',
            "session[1].hours: days are for a daily session",
        ),
        (
            'hours = { start = "08:00", end = "17:00", days = ["Mond"] }',
            'session[1].hours.days[1]: must be "Mon", "Tue"',
        ),
        (
            'hours = { start = "08:00", end = "17:00", days = ["Mon", "Mon"] }',
            "session[1].hours: days must name at least",
        ),
        ('hours = { start = "08:00", end = "17:00", zone = "Mars" }', "session[1].hours.zone: 'Mars' is no time zone"),
        ("min_heartbeat_s = 20\nmax_heartbeat_s = 10", "session[1]: min_heartbeat_s 20 is above max_heartbeat_s 10"),
        ("heartbeat_s = 20", "session[1].heartbeat_s: has an effect only on sessions that we call"),
        (f"{CALL}accept_reset = false", "session[1].accept_reset: has an effect only on sessions that call us"),
        ('dictionary = "no.xml"', "session[1].dictionary: "),
        (
            'dictionary = "FIX50"',
            "session[1].dictionary[1]: must be a file as \"desk.xml\", without '+', or one of FIX44",
        ),
        ('dictionary = ["FIX44", "a+b.xml"]', 'session[1].dictionary[2]: must be a file as "desk.xml"'),
        ("dictionary = []", "session[1].dictionary: must not be empty"),
        ("dictionary = 4", "session[1].dictionary: must be a list in brackets"),
        ('test_req_id = "A B"', "session[1].test_req_id: must be 1 to 64 printable ASCII characters without blanks"),
        ('password_env = "P"', "session[1].password_env: is for sessions that we call"),
        ("tls = {}", "session[1].tls: is for sessions that we call"),
        (f'{CALL}password_hash = "{HASH}"', "session[1].password_hash: is for sessions that call us"),
        (f'{CALL}certificates = ["THEY"]', "session[1].certificates: is for sessions that call us"),
        ('password_hash = "secret"', 'session[1].password_hash: must be what `gateway password` prints, "scrypt$..."'),
        ('username = "they"', "session[1].username: is looked at together with password_hash"),
        ('certificates = ["THEY"]', "session[1].certificates: nobody is asked for one without tls.client_ca"),
        (f'{CALL}password_file = "absent"', "session[1].password_file: there is no file"),
        (f'{CALL}tls = {{ ca = "absent" }}', "session[1].tls.ca: there is no file"),
        (f'{CALL}tls = {{ certificate = "engine.toml" }}', "session[1].tls: certificate and key go together"),
        ('connect = "127.0.0.1:9880"', "session[1].connect: is the address the engine itself listens on"),
        (PAIR, 'session[2].target_comp_id: "THEY" is session[1].target_comp_id already'),
    ],
)
def test_a_mistake_has_its_words(tmp_path: Path, line: str, said: str) -> None:
    """One mistake, one line, and it names the key."""
    assert error(tmp_path, line).startswith(said)


def test_two_places_for_one_password_are_one_too_many(tmp_path: Path) -> None:
    """Nobody knows which one would be read."""
    (tmp_path / "secret").write_text("x")
    said = error(tmp_path, f'{CALL}password_env = "P"\npassword_file = "secret"')
    assert said == "session[1]: password_env and password_file are two places for one password"


def test_what_holds_for_all_is_read_as_strictly(tmp_path: Path) -> None:
    """A mistake there is told there; the limits of heartbeats meet across the tables."""
    assert error(tmp_path, "", shared="hodl = 5") == "sessions.hodl: unknown key, did you mean hold?"
    assert error(tmp_path, "", shared='sender_sub_id = "A"') == "sessions.sender_sub_id: unknown key"
    said = error(tmp_path, "max_heartbeat_s = 10", shared="min_heartbeat_s = 20")
    assert said == "session[1]: min_heartbeat_s 20 is above max_heartbeat_s 10"


def test_a_pattern_is_for_those_who_call_us(tmp_path: Path) -> None:
    """Nobody can be called by one."""
    text = HEAD + PAIR.replace("THEY", "DESK*")
    assert read(tmp_path, text).sessions[0].target == "DESK*"
    with pytest.raises(ConfigError, match=r"session\[1\].target_comp_id: a pattern is for counterparties that call us"):
        read(tmp_path, text + CALL)


def test_who_calls_us_needs_somewhere_to_call(tmp_path: Path) -> None:
    """Without engine.listen all sessions have to be ours to open."""
    with pytest.raises(
        ConfigError, match=r"session\[1\]: is for a counterparty that calls us, and engine.listen is not"
    ):
        read(tmp_path, f"[engine]\n{PAIR}")
    config = read(tmp_path, f"[engine]\n{PAIR}{CALL}")
    assert (config.listen, config.sessions[0].initiator) == (None, True)
    assert config.calls == {"THEY": Call(address=("127.0.0.1", 9881))}


ADDITION = '<fix type="FIX" major="4" minor="4"><fields>{}</fields></fix>'


def test_a_dictionary_is_made_of_files(tmp_path: Path) -> None:
    """The base, and what adds to it; FIX44 and house come with us, all others stand beside the configuration."""
    (tmp_path / "desk.xml").write_text(ADDITION.format('<field number="9100" name="Desk" type="STRING"/>'))
    name = session(tmp_path, 'dictionary = ["FIX44", "house", "desk.xml"]').dictionary
    assert name == f"FIX44+house+{tmp_path}/desk.xml"
    assert named(name).fields[9100].name == "Desk"


def test_a_dictionary_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """With its file, line and element, so that nothing starts with it; [sessions] and sessions may have one."""
    (tmp_path / "broken.xml").write_text(ADDITION.format("\n<field/>"))
    line = 'dictionary = ["FIX44", "broken.xml"]'
    said = error(tmp_path, line)
    assert said.startswith("session[1].dictionary: ") and "broken.xml:2" in said
    assert error(tmp_path, "", shared=line) == said.replace("session[1]", "sessions")


# --- who may connect ---


def test_every_option_of_a_listener_has_a_key() -> None:
    """But for what other tables say: credentials and TLS."""
    assert set(LISTENER) == set(ListenerOptions.__dataclass_fields__) - {"credentials", "tls"}
    assert set(LISTENER) == set(Listener.model_fields) - {"tls"}
    documented = re.findall(
        r"^\| `(\w+)` \| (\S+) \|", (files("fixspecs") / "session.md").read_text(), flags=re.MULTILINE
    )
    defaults = {name: str(getattr(ListenerOptions(), name)) for name in LISTENER}
    assert {name: default for name, default in documented if name in LISTENER} == {
        name: {"()": "[]", "False": "false"}.get(default, default) for name, default in defaults.items()
    }


@pytest.mark.parametrize("option", LISTENER)
def test_an_option_of_a_listener_comes_through(tmp_path: Path, option: str) -> None:
    """What nobody sets is left to ListenerOptions."""
    line, value = LISTENER[option]
    assert read(tmp_path, HEAD + PAIR).listener == ListenerOptions()
    assert read(tmp_path, f"{HEAD}{line}\n{PAIR}").listener == ListenerOptions(**{option: value})


def test_what_a_counterparty_has_to_show_comes_to_the_listener(tmp_path: Path) -> None:
    """The hash by session, and by certificate the CompIDs; it is in no SessionConfig, which is journaled."""
    for name in ("our.pem", "our.key", "ca.pem"):
        (tmp_path / name).write_text("")
    tls = 'tls = { certificate = "our.pem", key = "our.key", client_ca = "ca.pem" }\n'
    shown = f'target_sub_id = "DESK"\nusername = "they"\npassword_hash = "{HASH}"\ncertificates = ["they.example", "AB:CD"]\n'
    other = PAIR.replace("THEY", "OTHERS") + 'certificates = ["they.example"]\n'
    config = read(tmp_path, HEAD + tls + PAIR + shown + other)
    assert config.listener.credentials == {"THEY/DESK": Credential(stored=HASH, username="they")}
    assert config.listener.tls == TlsFiles(
        certificate=tmp_path / "our.pem",
        key=tmp_path / "our.key",
        client_ca=tmp_path / "ca.pem",
        identities={"they.example": ("THEY", "OTHERS"), "AB:CD": ("THEY",)},
    )
    assert HASH.encode() not in msgspec.json.encode(config.sessions)


def test_how_a_counterparty_is_called_comes_to_the_call(tmp_path: Path) -> None:
    """The username is in our Logon(A); the password's place is not what the core knows."""
    (tmp_path / "ca.pem").write_text("")
    (tmp_path / "secret").write_text("")
    first = PAIR + CALL + 'username = "we"\npassword_env = "P"\ntls = { ca = "ca.pem", server_name = "they.example" }\n'
    second = PAIR.replace("THEY", "OTHERS") + 'connect = "[::1]:9882"\npassword_file = "secret"\ntls = {}\n'
    config = read(tmp_path, "[engine]\n" + first + second)
    assert config.sessions[0].username == "we"
    assert config.calls == {
        "THEY": Call(
            address=("127.0.0.1", 9881),
            tls=TlsCall(ca=tmp_path / "ca.pem", server_name="they.example"),
            secret=Secret(variable="P"),
        ),
        "OTHERS": Call(address=("::1", 9882), tls=TlsCall(), secret=Secret(file=tmp_path / "secret")),
    }


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('allow = ["10.0.0.1/8"]', "engine.allow[1]: must be an address or a network"),
        ('allow = "10.0.0.0/8"', "engine.allow: must be a list in brackets"),
        ("max_per_ip = 0", "engine.max_per_ip: must be at least 1"),
        ("max_conections = 5", "engine.max_conections: unknown key, did you mean max_connections?"),
        ('tls = { certificate = "engine.toml" }', "engine.tls.key: is missing"),
        ('tls = { certificate = "no.pem", key = "engine.toml" }', "engine.tls.certificate: there is no file"),
    ],
)
def test_a_listeners_mistake_has_its_words(tmp_path: Path, line: str, said: str) -> None:
    """As everywhere."""
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, f"{HEAD}{line}\n{PAIR}")
    (told,) = refused.value.errors
    assert told.startswith(f"engine.toml: {said}")


def test_an_engine_without_sessions_is_told_what_it_needs(tmp_path: Path) -> None:
    """All at once, as a gateway is."""
    with pytest.raises(ConfigError) as refused:
        read(tmp_path, "")
    assert refused.value.errors == [
        "engine.toml: session: at least one [[session]] is needed",
        "engine.toml: engine: is missing",
    ]
