"""FIXatdl 1.1: the language in which a desk tells its clients' order tickets what its algos take.

`export` writes ours, `document` reads another's, and `proposal` makes a dialect of what it reads.
"""

NAMESPACES = {  # prefix as we write it -> namespace; the core is without one
    "": "http://www.fixprotocol.org/FIXatdl-1-1/Core",
    "lay": "http://www.fixprotocol.org/FIXatdl-1-1/Layout",
    "flow": "http://www.fixprotocol.org/FIXatdl-1-1/Flow",
    "val": "http://www.fixprotocol.org/FIXatdl-1-1/Validation",
}
XSI = "http://www.w3.org/2001/XMLSchema-instance"

# The xsi:type of a Parameter is one of these with _t; its place, from 1, is StrategyParameterType(959).
TYPES = (
    *("Int", "Length", "NumInGroup", "SeqNum", "TagNum", "Float", "Qty", "Price", "PriceOffset", "Amt", "Percentage"),
    *("Char", "Boolean", "String", "MultipleCharValue", "Currency", "Exchange", "MonthYear", "UTCTimestamp"),
    *("UTCTimeOnly", "LocalMktDate", "UTCDateOnly", "Data", "MultipleStringValue", "Country", "Language"),
    *("TZTimeOnly", "TZTimestamp", "Tenor"),
)
