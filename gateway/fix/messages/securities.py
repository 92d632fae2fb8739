"""What is traded in a place and on which terms: lists and definitions of securities."""

from collections.abc import Sequence

from gateway.model import Listing, print_scaled


def write_security_list(
    request_id: str, response_id: str, listings: Sequence[Listing], *, total: int, last: bool
) -> str:
    """SecurityList(y), one of the messages that answer a request; `total` counts the securities in all of them."""
    entries = "".join([f"{_instrument(each)}{_terms(each)}" for each in listings])
    return (
        f"320={request_id}\x01322={response_id}\x01560=0\x01393={total}\x01893={'Y' if last else 'N'}\x01"
        f"146={len(listings)}\x01{entries}"
    )


def write_security_list_refusal(request_id: str, response_id: str, result: str) -> str:
    """SecurityList(y) without any; `result` is SecurityRequestResult(560)."""
    return f"320={request_id}\x01322={response_id}\x01560={result}\x01"


def write_security_definition(request_id: str, response_id: str, listing: Listing) -> str:
    """SecurityDefinition(d) of what was asked for."""
    return f"320={request_id}\x01322={response_id}\x01323=1\x01{_instrument(listing)}{_terms(listing)}"


def write_security_definition_refusal(request_id: str, response_id: str, response: str, text: str) -> str:
    """SecurityDefinition(d) of nothing; `response` is SecurityResponseType(323)."""
    return f"320={request_id}\x01322={response_id}\x01323={response}\x0158={text}\x01"


def _instrument(listing: Listing) -> str:
    """FIX 4.4 has no field for a price step, so it is an attribute in words: InstrAttribType(871) 99."""
    coarser = [f", {print_scaled(tick)} from {print_scaled(price)}" for price, tick in listing.coarser_ticks]
    tick = f"MinPriceIncrement={print_scaled(listing.tick)}{''.join(coarser)}"
    return f"55={listing.symbol}\x01207={listing.mic}\x01870=1\x01871=99\x01872={tick}\x01"


def _terms(listing: Listing) -> str:
    currency = f"15={listing.currency}\x01" if listing.currency else ""
    return f"{currency}561={print_scaled(listing.lot)}\x01562={print_scaled(listing.min_qty)}\x01"
