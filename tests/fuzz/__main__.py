"""`python -m tests.fuzz`: a bounded hunt for inputs that the engine does not bear, guided by coverage.

Prints for each target what was found, with the shortest input of each kind. Exit status 1: something was.
"""

import argparse
import importlib.util
import subprocess
import sys
import tempfile
from pathlib import Path

from msgspec import json
from rich.console import Console

from tests.fuzz.hunt import TARGETS, Finding, Report, confirmed

_SHARES = {"framer": 0.3, "reader": 0.25, "validator": 0.25, "session": 0.2}  # of the runs
_REPOSITORY = Path(__file__).resolve().parents[2]


def hunt(name: str, runs: int, seed: int) -> Report:
    """In a process of its own, for a hang or a crash of the interpreter takes the process with it."""
    with tempfile.TemporaryDirectory(prefix="fuzz-") as temporary:
        folder = Path(temporary)
        command = [sys.executable, "-m", "tests.fuzz.guided", name, str(runs), str(seed), str(folder)]
        with (folder / "log").open("wb") as log:
            # What the fuzzer says of itself goes to the log, our progress to where a person looks.
            done = subprocess.run(
                command, cwd=_REPOSITORY, stdin=subprocess.DEVNULL, stdout=sys.stderr, stderr=log, check=False
            )
        written = folder / "report.json"
        if written.exists():
            return confirmed(json.decode(written.read_bytes(), type=Report))
        died = [path.read_bytes() for path in folder.glob("input-*")]
        said = (folder / "log").read_text(errors="replace")[-2000:]
        finding = Finding(f"the process ended with status {done.returncode}", 1, said, died[0] if died else b"")
        return Report(target=name, runs=0, seed=seed, findings=[finding])


def show(report: Report, console: Console) -> None:
    per_s = report.runs / report.seconds if report.seconds else 0
    console.print(
        f"{report.target}: {report.runs:,} inputs in {report.seconds:.0f} s ({per_s:,.0f}/s), engine "
        f"{report.us_per_kib:.0f} us per KiB, memory {report.growth_mib:+.0f} MiB, {len(report.findings)} findings"
    )
    for finding in report.findings:
        console.print(f"  {finding.count} x {finding.kind}\n    {finding.detail}\n    {finding.data!r}", markup=False)


def main() -> int:
    arguments = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    arguments.add_argument("--runs", type=int, default=100_000, help="inputs, spread over the targets (100,000)")
    arguments.add_argument("--target", choices=list(TARGETS), help="this one alone")
    arguments.add_argument("--seed", type=int, default=1, help="not 0, which the fuzzer takes for any")
    arguments.add_argument("--json", action="store_true")
    given = arguments.parse_args()
    if importlib.util.find_spec("atheris") is None:
        print("Fuzzing needs atheris: pip install -e '.[fuzz]'", file=sys.stderr)
        return 2
    names = [given.target] if given.target else list(TARGETS)
    reports = []
    for name in names:
        runs = given.runs if given.target else int(given.runs * _SHARES[name])
        reports.append(hunt(name, max(runs, 1), given.seed))
        if not given.json:
            show(reports[-1], Console(highlight=False, soft_wrap=True))
    if given.json:
        print(json.format(json.encode(reports)).decode())
    return int(any(report.findings for report in reports))


if __name__ == "__main__":
    sys.exit(main())
