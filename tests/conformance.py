"""`pytest -m conformance`: just the scenarios of FIX 4.4 Volume 4 and of parents and children, with a verdict for each."""

from collections.abc import Iterator

import pytest

from tests.order_states import PARENT_AND_CHILD, SCENARIOS, scenario_of

MARK = "conformance"


@pytest.hookimpl(tryfirst=True)  # before -m chooses
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if scenario_of(item.name) is not None:
            item.add_marker(MARK)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.option.markexpr != MARK:
        return
    terminalreporter.section("conformance")
    for line in table(terminalreporter):
        terminalreporter.write_line(line)


def table(ran: pytest.TerminalReporter) -> Iterator[str]:
    outcomes: dict[str, list[str]] = {}
    for outcome, reports in ran.stats.items():
        for report in reports:
            if isinstance(report, pytest.TestReport) and (report.when == "call" or report.failed):
                scenario = scenario_of(report.nodeid.rpartition("::")[2])
                if scenario is not None:
                    outcomes.setdefault(scenario, []).append(outcome)
    for scenario, title in (SCENARIOS | PARENT_AND_CHILD).items():
        found = outcomes.get(scenario, [])
        if not found:
            verdict = "NOT RUN"
        else:
            verdict = "passed" if set(found) == {"passed"} else "FAILED"
        yield f"{scenario:<6} {title:<85} {verdict}"
