"""The report against its length: how long HTML and PDF take for 1 000 and for 2 000 rows of comparisons.

`python benchmarks/report.py` audits a table of people with 50 and with 100 attributes of 21 groups each, a control per
attribute, and renders each record several times, in turn. Nothing is tested. `--write FILE` keeps the figures.
"""

from __future__ import annotations

import argparse
import csv
import os
import platform
import random
import statistics
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import yaml

import assay
from assay.attest.canonical import canonical
from assay.report.page import render_html
from assay.report.pdf import render_pdf

GROUPS = 21
SIZES = {1_000: 50, 2_000: 100}
"""Rows of comparisons → attributes."""
WANTED = 2.5
AT = datetime(2026, 3, 31, 12, tzinfo=UTC)


def recorded(folder: Path, attributes: int) -> assay.Evaluation:
    """An audit that compares every group of every attribute with the largest one."""
    rng = random.Random(attributes)
    names = [f"attribute_{i:03d}" for i in range(attributes)]
    with (folder / "people.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow([*names, "decision"])
        for _ in range(4_000):
            row = [f"group {rng.randrange(GROUPS):02d}" for _ in names]
            writer.writerow([*row, "yes" if rng.random() < 0.5 else "no"])
    manifest = {
        "assay": "manifest/v1",
        "identity": {"id": "long", "name": "A long report", "version": "1.0.0"},
        "data": {"test": {"path": "people.csv"}},
        "columns": {
            "decision": {"column": "decision", "favourable": "yes"},
            "groups": {name: {"column": name} for name in names},
        },
    }
    controls = [
        {
            "id": f"FAIR-{i:03d}",
            "title": f"Nobody of {name} is favoured much less",
            "check": "fairness.impact_ratio",
            "with": {"groups": [name], "reference": "largest"},
            "criterion": {"at_least": 0.8, "source": "convention"},
        }
        for i, name in enumerate(names)
    ]
    policy = {"assay": "policy/v1", "id": "long", "version": "1.0.0", "title": "Long", "controls": controls}
    for name, document in (("model.yaml", manifest), ("policy.yaml", policy)):
        (folder / name).write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return assay.audit(folder / "model.yaml", policies=[folder / "policy.yaml"], at=AT)


def timed(made: assay.Evaluation) -> tuple[float, float, int, int]:
    """Seconds for HTML and for PDF, and the rows and pages that they have."""
    import pikepdf

    digest = made.gate.audit.removeprefix("sha256:")
    begun = time.perf_counter()
    page = render_html(made.audit, made.gate, audit_digest=digest, signing=None)
    between = time.perf_counter()
    data = render_pdf(made.audit, made.gate, audit_json=canonical(made.audit), signing=None)
    ended = time.perf_counter()
    with tempfile.TemporaryFile() as file:
        file.write(data)
        with pikepdf.open(file) as opened:
            pages = len(opened.pages)
    return between - begun, ended - between, page.count("<tr"), pages


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--write", type=Path)
    args = parser.parse_args()
    found: dict[int, list[tuple[float, float, int, int]]] = {size: [] for size in SIZES}
    with tempfile.TemporaryDirectory() as place:
        made = {}
        for size, attributes in SIZES.items():
            folder = Path(place) / str(size)
            folder.mkdir()
            made[size] = recorded(folder, attributes)
        for _ in range(args.runs):
            for size, one in made.items():
                found[size].append(timed(one))
                print(size, found[size][-1], file=sys.stderr)
    small, large = found.values()
    lines = [
        f"Command: `python benchmarks/report.py`. Python {platform.python_version()}, {os.cpu_count()} CPUs, "
        f"{platform.system()}; median of {args.runs} rounds.",
        "",
        "| comparisons | HTML s | PDF s | table rows in HTML | pages |",
        "|---|---|---|---|---|",
    ]
    for size, runs in found.items():
        page, paper = (statistics.median(run[place] for run in runs) for place in (0, 1))
        lines.append(f"| {size} | {page:.2f} | {paper:.1f} | {runs[0][2]} | {runs[0][3]} |")
    ratios = [[b[place] / a[place] for a, b in zip(small, large, strict=True)] for place in (0, 1)]
    html, pdf = (f"{statistics.median(each):.2f} ({min(each):.2f} to {max(each):.2f})" for each in ratios)
    lines.append(f"| 2 000 ÷ 1 000 (required at most {WANTED}) | {html} | {pdf} | | |")
    told = "\n".join(lines)
    print(told)
    if args.write:
        args.write.write_text(f"# The report against its length, {args.write.stem[:10]}\n\n{told}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
