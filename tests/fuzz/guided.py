"""One target under atheris: `python -m tests.fuzz.guided TARGET RUNS SEED FOLDER`, a process of its own.

The fuzzer never returns, so the report is written to FOLDER and the process ends from within the last run.
"""

import gc
import os
import sys
from pathlib import Path
from random import Random

import atheris
from msgspec import json

with atheris.instrument_imports(include=["gateway.fix"], exclude=["gateway.model"]):
    from tests.fuzz.hunt import MAX_INPUT, Hunt

_HANG_S = 120  # of one input, after which the fuzzer ends the process
_BLIND_ONE_IN = 4  # changes that the fuzzer makes to bytes, the others are ours


def main() -> None:
    name, runs, seed, folder = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4])
    hunt = Hunt(name, runs, seed)
    corpus = folder / "corpus"
    corpus.mkdir()
    for number, data in enumerate(hunt.target.seeds()):
        (corpus / str(number)).write_bytes(data)
    # What stands now stays; the collector's long passes are not the engine's time.
    gc.collect()
    gc.freeze()

    def look(data: bytes) -> None:
        hunt.look(data)
        if hunt.done % max(runs // 10, 1) == 0:
            print(f"{name}: {hunt.done:,} inputs", flush=True)
        if hunt.done >= runs:
            (folder / "report.json").write_bytes(json.encode(hunt.report()))
            os._exit(0)

    def change(data: bytes, max_size: int, chance_seed: int) -> bytes:
        chance = Random(chance_seed)
        if chance.randrange(_BLIND_ONE_IN) == 0:
            blind: bytes = atheris.Mutate(data, max_size)
            return blind
        return hunt.target.change(data, chance)[:max_size]

    options = [f"-seed={seed}", f"-max_len={MAX_INPUT}", f"-timeout={_HANG_S}", f"-artifact_prefix={folder}/input-"]
    quiet = ["-verbosity=0", "-print_final_stats=0", "-rss_limit_mb=2048", "-len_control=0"]
    atheris.Setup([sys.argv[0], *options, *quiet, str(corpus)], look, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
