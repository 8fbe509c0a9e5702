"""The example audited twice with one cache, each time in a fresh process. Nothing here is a test.

`python benchmarks/cache.py` needs the example (`make demo`). `--write FILE` keeps the figures.

"Reading and evidence" is everything between plan and decisions: imports of the engine, reading the data, the model's
process with scores and attributions, counting, and asking and filling the cache. "Whole audit" is the command, from an
empty Python to the bundle with HTML and PDF, not signed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import tempfile
from pathlib import Path

from peers import spent

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "build" / "credit_default"
RUNS = 5
WANTED = 0.2

AUDIT = """
import json, resource, sys, time
import assay.engines.measure as engines

def used():
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in both)

measured, told = engines.measure, sys.argv.pop()

def measure(*given, **named):
    cpu, wall = used(), time.perf_counter()
    values = measured(*given, **named)
    with open(told, "w") as file:
        json.dump({"cpu": used() - cpu, "wall": time.perf_counter() - wall}, file)
    return values

engines.measure = measure
from assay.cli.main import main
sys.exit(main(sys.argv[1:]))
"""


def audit(folder: Path, number: int, run: str) -> dict[str, float]:
    """CPU and wall seconds of reading and evidence, and of the whole audit."""
    told = folder / "told.json"
    command = [sys.executable, "-c", AUDIT, "audit", str(EXAMPLE / "model.yaml")]
    command += ["--policy", str(ROOT / "examples" / "credit_default" / "policy.yaml")]
    command += ["--cache", str(folder / f"cache-{number}"), "--out", str(folder / f"{run}-{number}"), str(told)]
    cpu, wall, code = spent(command)
    if code not in (0, 1, 4):
        sys.exit(f"the audit ended with {code}: {' '.join(command)}")
    inside = json.loads(told.read_text())
    print(json.dumps({"round": number, "run": run, "whole": {"cpu": cpu, "wall": wall}, **inside}), file=sys.stderr)
    return {"evidence, CPU": inside["cpu"], "evidence, wall": inside["wall"], "whole, CPU": cpu, "whole, wall": wall}


def table(count: int) -> str:
    """The figures as Markdown: medians of the runs, and of the ratios of each pair."""
    runs: dict[str, list[dict[str, float]]] = {"first": [], "second": []}
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        os.environ["XDG_STATE_HOME"] = str(folder / "state")
        for number in range(count):
            for run, done in runs.items():
                done.append(audit(folder, number, run))
        kept = sum(file.stat().st_size for file in (folder / "cache-0").rglob("*.entry"))
    names = {
        "evidence, CPU": "Reading and evidence, CPU",
        "evidence, wall": "Reading and evidence, wall",
        "whole, CPU": "Whole audit, CPU",
        "whole, wall": "Whole audit, wall",
    }
    lines = ["| | first, s | second, s | second ÷ first | required |", "|---|---|---|---|---|"]
    for name, told in names.items():
        first, second = ([each[name] for each in done] for done in runs.values())
        ratios = [b / a for a, b in zip(first, second, strict=True)]
        wanted = f"≤ {WANTED:g}" if name.startswith("evidence") else ""
        spread = f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"
        lines.append(
            f"| {told} | {statistics.median(first):.2f} | {statistics.median(second):.2f} | {spread} | {wanted} |"
        )
    return "\n".join([*lines, "", f"The cache then holds {kept / 1e6:.1f} MB."])


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FILE", help="write the figures and what they mean there")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help=f"pairs that count (default: {RUNS})")
    args = parser.parse_args()
    if not (EXAMPLE / "model.yaml").exists():
        sys.exit("the example is not built: make demo")
    head = (
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.system()}; median of {args.runs} pairs"
    )
    head += f"; load average {os.getloadavg()[0]:.1f} at the start"
    figures = f"{head}\n\n{table(args.runs)}"
    print(figures)
    if args.write:
        told = '"Reading and evidence" ' + (__doc__ or "").split('"Reading and evidence" ')[1].strip()
        head = "# The example audited twice with one cache\n\nCommand: `python benchmarks/cache.py`."
        Path(args.write).write_text(f"{head} {told}\n\n{figures}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
