"""Numbers and instants: what is read is exact, what is printed reads back, and everything else is refused."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.fix.types import PATTERNS
from gateway.model import MILLISECOND, SCALE, SECOND, Ns, average_px, parse_px, parse_qty, parse_timestamp
from gateway.model import numbers as memory
from gateway.model.numbers import print_scaled, print_timestamp

LARGEST = 10**12 * SCALE - 1
scaled = st.integers(-LARGEST, LARGEST)
texts = st.text(alphabet="0123456789.-+eE _xNaInf,²１\x00\n", max_size=24) | st.from_regex(
    r"-?[0-9]{0,13}(\.[0-9]{0,9})?", fullmatch=True
)

NO_NUMBERS = [
    *("", "-", ".", "-.", "+1", " 1", "1 ", "1\n", "--1", "1-", "1.2.3", ".5", "-.5", "1,000", "1_000", "0x10"),
    *("1E+3", "1e9", "1E+3000000", "NaN", "nan", "Inf", "-inf", "Infinity", "１２", "٣", "²", "½", "\x001"),
    *("9" * 13, "0" * 13, "9" * 20, "1." + "0" * 9, "0.000000001", "1" * 100_000, "TRUE", "-9" + "9" * 12),
]


@given(scaled)
@example(0)
@example(-1)
@example(LARGEST)
@example(-LARGEST)
def test_a_printed_number_reads_back(value: int) -> None:
    assert parse_px(print_scaled(value)) == value
    if value >= 0:
        assert parse_qty(print_scaled(value)) == value


@given(scaled)
def test_a_number_is_printed_exactly_and_in_the_shortest_form(value: int) -> None:
    text = print_scaled(value)
    assert Decimal(text) * SCALE == value
    assert text == format(Decimal(value).scaleb(-8).normalize(), "f").replace("-0", "0" if value == 0 else "-0")


@given(st.from_regex(r"-?[0-9]{1,12}(\.[0-9]{0,8})?", fullmatch=True))
@example("0.00000001")
@example("-0")
@example("007")
@example("1.")
@example("999999999999.99999999")
def test_a_price_is_exact_to_eight_decimals(text: str) -> None:
    assert parse_px(text) == Decimal(text) * SCALE


@pytest.mark.parametrize("text", NO_NUMBERS)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_px(text)
    with pytest.raises(ValueError, match="is not a number"):
        parse_qty(text)


@pytest.mark.parametrize("text", ["-1", "-0", "-0.00000001"])
def test_a_quantity_has_no_sign(text: str) -> None:
    """Also one that was read as a price before."""
    for _ in range(2):
        with pytest.raises(ValueError, match="is negative"):
            parse_qty(text)
        parse_px(text)


@given(texts)
def test_the_wire_accepts_what_is_read_and_nothing_else(text: str) -> None:
    """A value that passes the reader's pattern never raises later, and one that would be read is not rejected."""
    for kind, parse in (("PRICE", parse_px), ("QTY", parse_qty)):
        try:
            parse(text)
        except ValueError:
            understood = False
        else:
            understood = True
        assert (re.fullmatch(PATTERNS[kind], text) is not None) == understood, kind


def test_a_memo_of_numbers_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hostile prices, each another, do not fill memory, and what was forgotten is read again."""
    monkeypatch.setattr(memory, "_BOUND", 10)
    for table in (memory._prices, memory._quantities, memory._printed):
        table.clear()
    for n in range(100):
        assert print_scaled(parse_px(f"{n}.5")) == f"{n}.5"
        assert max(len(memory._prices), len(memory._printed)) <= 10
        assert parse_qty(f"{n}.25") and len(memory._quantities) <= 10
    for n in range(5000):
        parse_timestamp(f"20260105-14:{n // 60 % 60:02}:{n % 60:02}.{n % 1000:03}")
        print_timestamp(Ns(n * MILLISECOND))
        assert max(len(memory._seconds), len(memory._instants), len(memory._clock)) <= 1024


# -- instants


@pytest.mark.parametrize(
    ("text", "nanoseconds"),
    [
        ("20260105-14:30:00", 0),
        ("20260105-14:30:00.120", 120_000_000),
        ("20260105-14:30:00.000120", 120_000),
        ("20260105-14:30:00.000000120", 120),
        ("20260105-14:29:60", 0),
        ("20260105-14:29:60.001", 1_000_000),
    ],
)
def test_an_instant_has_seconds_or_three_six_or_nine_decimals(text: str, nanoseconds: int) -> None:
    """A leap second is the first instant of the next minute."""
    at = int(datetime(2026, 1, 5, 14, 30, tzinfo=UTC).timestamp()) * SECOND
    assert parse_timestamp(text) == at + nanoseconds


NO_INSTANTS = [
    *("", "20260105", "14:30:00", "20260105 14:30:00", "20260105-14:30", "20260105-14:30:00Z", "2026-01-05T14:30:00"),
    *("20260105-14:30:00.", "20260105-14:30:00.1", "20260105-14:30:00.12", "20260105-14:30:00.1234"),
    *("20260105-14:30:00.1²3", "20260105-14:30:00.1_3", "20260105-14:30:00.+13", "20260105-14:30:00,123"),
    *("20260105-14:30:00.1234567890", "20260105-24:00:00", "20260105-23:60:00", "20260105-23:59:61"),
    *("20260231-00:00:00", "20260229-00:00:00", "21000229-00:00:00", "20260431-00:00:00", "20261301-00:00:00"),
    *("20260001-00:00:00", "20260100-00:00:00", "20260132-00:00:00", "00000101-00:00:00", "00000229-00:00:00"),
    *("２0260105-14:30:00", "20260105-14:30:0²", " 20260105-14:30:00", "20260105-14:30:00\n", "-0260105-14:30:00"),
]


@pytest.mark.parametrize("text", NO_INSTANTS)
def test_what_is_no_instant_is_refused(text: str) -> None:
    """Dates the calendar does not have included, and that the second was met before."""
    parse_timestamp("20260105-14:30:00")
    with pytest.raises(ValueError):  # noqa: PT011 - the calendar's own message
        parse_timestamp(text)
    assert re.fullmatch(PATTERNS["UTCTIMESTAMP"], text) is None


@given(st.datetimes(timezones=st.just(UTC)))
@example(datetime(999, 1, 1, tzinfo=UTC))
@example(datetime(2000, 2, 29, tzinfo=UTC))
@example(datetime(1969, 12, 31, 23, 59, 59, 999_000, tzinfo=UTC))
def test_a_printed_instant_reads_back(moment: datetime) -> None:
    """Printed in milliseconds, also before 1970."""
    milliseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    text = f"{moment.year:04}{moment:%m%d-%H:%M:%S}.{moment.microsecond // 1000:03}"
    at = parse_timestamp(text)
    assert at == milliseconds * MILLISECOND
    assert print_timestamp(at) == print_timestamp(Ns(at + MILLISECOND - 1)) == text
    assert re.fullmatch(PATTERNS["UTCTIMESTAMP"], text)


def test_the_last_instant_that_can_be_read_can_be_printed() -> None:
    """A client may send it as its ExpireTime(126)."""
    assert print_timestamp(parse_timestamp("99991231-23:59:60.999")) == "99991231-23:59:59.999"


def test_the_wire_knows_the_calendar() -> None:
    """Every day of the years in which leap years go by the century, and every day there is not."""
    whole = re.compile(PATTERNS["UTCDATEONLY"])
    for year in (1, 4, 1899, 1900, 1904, 2000, 2024, 2026, 2028, 2096, 2100, 2400, 9996, 9999):
        for month in range(14):
            for day in range(33):
                try:
                    date(year, month, day)
                except ValueError:
                    exists = False
                else:
                    exists = True
                assert (whole.fullmatch(f"{year:04}{month:02}{day:02}") is not None) == exists, (year, month, day)


@given(st.integers(-(10**20), 10**20), st.integers(1, 10**15))
@example(1, 2)
@example(-1, 2)
def test_an_average_price_is_the_nearest_halves_up(notional: int, quantity: int) -> None:
    exact = Fraction(notional, quantity)
    assert abs(average_px(notional, quantity) - exact) <= Fraction(1, 2)
    assert average_px(notional, quantity) == (exact + Fraction(1, 2)).__floor__()


def test_an_average_of_nothing_is_zero() -> None:
    assert average_px(0, 0) == 0
