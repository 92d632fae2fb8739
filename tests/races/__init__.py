"""The race space of orders, searched: clients, venues, operators, time and restarts in any order.

`core` is the gateway with messages that are read already, `ledger` what a careful person would write down of all that
was said, `watch` what must hold in the instant of saying something and after every event, by the numbers of the
invariants. `machine` has what everybody does, the tests have the venues: honest ones, whose reports are late, doubled
and out of order but true, and hostile ones, which say anything. `python -m tests.races` searches for longer.
"""
