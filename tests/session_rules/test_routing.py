"""Third parties, sub-ids, locations: rules S-12."""

import pytest

from tests.conversation.rules import rule
from tests.session_rules.words import ORDER, Converse

WRONG = ORDER.replace("MARKET", "w")  # OrdType(40)

# Their routing, and ours of the answer.
ROUTES = {
    "OnBehalfOfCompID=JCD": "DeliverToCompID=JCD  -OnBehalfOfCompID",
    "DeliverToCompID=JCD": "OnBehalfOfCompID=JCD  -DeliverToCompID",
    "OnBehalfOfCompID=JCD  OnBehalfOfSubID=CS": "DeliverToCompID=JCD  DeliverToSubID=CS  -OnBehalfOfSubID",
    "DeliverToCompID=JCD  DeliverToSubID=CS": "OnBehalfOfCompID=JCD  OnBehalfOfSubID=CS  -DeliverToSubID",
    "OnBehalfOfCompID=JCD  OnBehalfOfSubID=CS  OnBehalfOfLocationID=CHI": (
        "DeliverToCompID=JCD  DeliverToSubID=CS  DeliverToLocationID=CHI  -OnBehalfOfLocationID"
    ),
    "DeliverToCompID=JCD  DeliverToSubID=CS  DeliverToLocationID=CHI": (
        "OnBehalfOfCompID=JCD  OnBehalfOfSubID=CS  OnBehalfOfLocationID=CHI  -DeliverToLocationID"
    ),
    "SenderSubID=DESK  SenderLocationID=NY": "TargetSubID=DESK  TargetLocationID=NY  -SenderSubID -SenderLocationID",
    "TargetSubID=DESK  TargetLocationID=NY": "SenderSubID=DESK  SenderLocationID=NY  -TargetSubID -TargetLocationID",
    "OnBehalfOfCompID=ONE  DeliverToCompID=OTHER": "DeliverToCompID=ONE  OnBehalfOfCompID=OTHER",
}


@rule("S-12.1")
@pytest.mark.parametrize("route", ROUTES)
def test_a_reject_goes_back_the_way_it_came(converse: Converse, route: str) -> None:
    """Later messages are not concerned."""
    converse(f"""
        > Logon
        < Logon
        > {WRONG}      seq=2  ClOrdID=A  {route}
        < Reject       RefSeqNum=2  RefTagID=40  SessionRejectReason=5  {ROUTES[route]}
        > TestRequest  seq=3
        < Heartbeat    -OnBehalfOfCompID  -DeliverToCompID  -TargetSubID  -SenderSubID
    """)


@rule("S-12.1")
def test_a_business_reject_goes_back_the_way_it_came(converse: Converse) -> None:
    converse(f"""
        > Logon
        < Logon
        > {ORDER}  ClOrdID=A  OnBehalfOfCompID=JCD  OnBehalfOfSubID=CS  SenderSubID=DESK
        refuse 4 closed
        < BusinessMessageReject  BusinessRejectRefID=A  DeliverToCompID=JCD  DeliverToSubID=CS  TargetSubID=DESK
    """)


EMPTY = {
    "OnBehalfOfCompID=": (115, "-DeliverToCompID"),
    "DeliverToCompID=": (128, "-OnBehalfOfCompID"),
    "OnBehalfOfCompID=JCD  OnBehalfOfSubID=": (116, "DeliverToCompID=JCD  -DeliverToSubID"),
    "DeliverToCompID=JCD  DeliverToSubID=": (129, "OnBehalfOfCompID=JCD  -OnBehalfOfSubID"),
    "OnBehalfOfCompID=JCD  OnBehalfOfSubID=CS  OnBehalfOfLocationID=": (
        144,
        "DeliverToCompID=JCD  DeliverToSubID=CS  -DeliverToLocationID",
    ),
    "DeliverToCompID=JCD  DeliverToSubID=CS  DeliverToLocationID=": (
        145,
        "OnBehalfOfCompID=JCD  OnBehalfOfSubID=CS  -OnBehalfOfLocationID",
    ),
}


@rule("S-12.2")
@pytest.mark.parametrize("route", EMPTY)
def test_an_empty_routing_field_is_rejected_and_not_returned(converse: Converse, route: str) -> None:
    tag, back = EMPTY[route]
    converse(f"""
        > Logon
        < Logon
        > {ORDER}  ClOrdID=A  {route}
        < Reject   RefSeqNum=2  RefTagID={tag}  SessionRejectReason=4  {back}
    """)


@rule("S-12.3")
def test_third_parties_are_the_applications_to_know(converse: Converse) -> None:
    talk = converse(f"""
        > Logon
        < Logon
        > {ORDER}  ClOrdID=A  OnBehalfOfCompID=JCD  DeliverToCompID=XLON  SenderSubID=DESK
    """)
    assert [talk.delivered[0].get(tag) for tag in (115, 128, 50)] == ["JCD", "XLON", "DESK"]
