"""What it costs to verify a signed PDF report, by the rows of its tables and the number of its signatures.

`python benchmarks/verify_pages.py` makes tagged PDF/A-3a files with a table of 500, 1 000 and 2 000 rows, signs each
once and twice, and prints for each: pages, bytes, wall and CPU seconds of reading it (in a process of its own), and the
CPU time beside that of half as many rows. A file signed once is covered whole by its signature; signed twice, what came
after the first is compared object by object. Medians; nothing here is a test.
"""

from __future__ import annotations

import io
import os
import platform
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pikepdf

from assay.attest.keys import load_signer, make_demo_identity
from assay.attest.pdf.reading import read_pdf
from assay.attest.pdf.signing import sign_pdf
from assay.report import pdf

SIZES = (500, 1000, 2000)
RUNS = 3


def report_of(rows: int) -> bytes:
    """A tagged PDF/A-3a and PDF/UA-1 file with one table of six columns, made with the settings of a report."""
    cells = "".join(
        f"<tr><th scope=row>branch {row}</th><td>{row * 7 % 997}</td><td>{row % 89 / 100}</td><td>0.68 to 0.82</td>"
        f"<td>at least 0.65</td><td>pass</td></tr>"
        for row in range(rows)
    )
    head = "".join(f"<th scope=col>{one}</th>" for one in ("Branch", "n", "AUC", "Interval", "Demanded", "Verdict"))
    page = (
        f"<!doctype html><html lang=en><title>Branches</title><h1>Branches</h1>"
        f"<table><caption>AUC by branch</caption><thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table></html>"
    )
    made = pdf.load_weasyprint().HTML(string=page).write_pdf(pdf_variant="pdf/a-3a", finisher=pdf._declare_ua)
    return pdf._repacked(made)


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Median wall seconds, and median CPU seconds of this process and those it starts."""

    def cpu() -> float:
        used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
        return sum(one.ru_utime + one.ru_stime for one in used)

    walls, cpus = [], []
    for _ in range(RUNS):
        wall, before = time.perf_counter(), cpu()
        work()
        walls.append(time.perf_counter() - wall)
        cpus.append(cpu() - before)
    return statistics.median(walls), statistics.median(cpus)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        make_demo_identity(Path(folder) / "demo")
        signer = load_signer(Path(folder) / "demo" / "signer.pem")
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.system()}; median of {RUNS}\n")
    head = ("rows", "pages", "kB", "signatures", "wall s", "CPU s", "CPU beside half as many")
    print("  ".join(f"{one:>{max(len(one), 6)}}" for one in head))
    before: dict[int, float] = {}
    for rows in SIZES:
        unsigned = report_of(rows)
        with pikepdf.open(io.BytesIO(unsigned)) as opened:
            pages = len(opened.pages)
        once = sign_pdf(unsigned, signer)
        for count, data in ((1, once), (2, sign_pdf(once, signer, meaning="approver"))):
            assert not read_pdf(data).faults
            wall, cpu = timed(lambda data=data: read_pdf(data))
            beside = f"{cpu / before[count]:.2f}" if count in before else ""
            before[count] = cpu
            row = (rows, pages, len(data) // 1000, count, f"{wall:.2f}", f"{cpu:.2f}", beside)
            print("  ".join(f"{one!s:>{max(len(name), 6)}}" for name, one in zip(head, row, strict=True)), flush=True)


if __name__ == "__main__":
    main()
