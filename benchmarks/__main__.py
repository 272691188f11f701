"""`python -m benchmarks [--runs N] [--json FILE] [--markdown FILE]`: measure the embedded engine on this machine.

Prints the Markdown page; takes some minutes. The parts of the embedded engine must be there (`make setup`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

# Waiting threads of native libraries would else spin, and be counted as work.
os.environ["OMP_WAIT_POLICY"] = "PASSIVE"  # before anything loads OpenMP: the imports below do not


from benchmarks.footprint import footprint
from benchmarks.quality import quality
from benchmarks.report import machine, page
from benchmarks.tasks import running_engine, task_figures

BY_HAND = "\n# The neural backend\n"  # what follows this line of the page comes from other benchmarks


def main() -> None:
    """Measure, print, and write what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="runs of each measurement; the median counts")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--markdown", type=Path, help="write the page to this file")
    asked = parser.parse_args()
    figures = asyncio.run(_measured(asked.runs))
    if asked.json:
        asked.json.write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if asked.markdown:
        # What other benchmarks measured stands below and stays.
        old = asked.markdown.read_text(encoding="utf-8") if asked.markdown.exists() else ""
        below = old[old.index(BY_HAND) :] if BY_HAND in old else ""
        asked.markdown.write_text(page(figures) + below, encoding="utf-8")
    print(page(figures))


async def _measured(n_runs: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"machine": machine(), "n_runs": n_runs}
    with tempfile.TemporaryDirectory() as folder:
        figures["footprint"] = asdict(footprint(Path(folder) / "service", n_runs))
        async with running_engine(Path(folder) / "engine") as engine:
            figures["tasks"] = [asdict(task) for task in await task_figures(engine, n_runs)]
        figures["quality"] = [asdict(row) for row in quality(Path(folder) / "quality")]
    figures["load_at_end"] = os.getloadavg()[0]
    return figures


if __name__ == "__main__":
    main()
