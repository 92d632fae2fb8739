"""Simulated FIX 4.4 venues, each a Node: `Exchange` matches orders and shows its market, others' flow included.

To add a venue, put a TOML file into `venues/profiles/`, named as the venue is:

    name = "XPAR"
    kind = "EXCHANGE"        # optional, this; fixspecs/venues.md tells of the others and of their own tables
    mic = "XPAR"             # LastMkt(30) on its reports
    comp_id = "XPAR"         # the TargetCompID(56) to log on to
    tick = "0.01"
    lot = "1"
    min_qty = "1"
    currency = "EUR"         # optional: of its prices, told by SecurityList(y) and SecurityDefinition(d)
    conflate_ms = 0          # optional, 0: market data at most this often
    maker_fee_bps = "-0.10"  # optional, "0": of the notional; negative is a rebate
    taker_fee_bps = "0.25"
    offers = ["DAY", "IOC", "FOK"]  # optional, these; and "POST_ONLY", ExecInst(18) 6

    [latency]                # optional: in, out and data, each with `_us` and `_tail_us`; and a seed
    out_us = 300             # everything the venue says, market data apart, arrives this much later
    out_tail_us = 50         # and so much more on average

    [[fee_tiers]]            # optional: other rates for who has traded more in `fee_period`, DAY or MONTH
    above = "1000000"        # money
    taker_fee_bps = "0.20"

    [habits]                 # optional: how the invented participants behave, as fixspecs/venues.md tells
    levels = 5               # depth of the market maker, a side
    half_spread_ticks = 1    # 1: best quotes one tick apart
    size_lots = 500          # of its best level, on average
    arrivals_per_s = 10      # of others in a symbol, on the day's average
    takers_percent = 12      # of these take; the rest place and cancel limit orders
    hidden_percent = 10      # of these are hidden
    maker_lag_ms = 20        # how late the market maker sees what a symbol is worth
    fast_percent = 50        # how often a fast trader takes a quote at once that has become stale

    [faults]                 # optional: what goes wrong on purpose, as fixspecs/venues.md tells

Fees are in Commission(12) of each fill.
"""
