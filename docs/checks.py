"""Writes docs/checks.md: every check with what it asks, from the docstrings that reports publish.

python docs/checks.py           writes the file
python docs/checks.py --check   exits 1 where the file is not current
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from assay.checks.registry import Check, find, names

DOCS = Path(__file__).parent
HEAD = """\
# Checks

<!-- Written by `make checks` from the checks themselves. Do not edit. -->

`assay explain fairness.impact_ratio` prints how one is measured: method, evidence, when it is inconclusive, its limits
and sources, as reports publish them. Every one takes `data` and `where` where it reads data; those that compare groups
take `groups`, `reference` and `missing`. *Estimates*: what `estimate` of a criterion may name, and which are the better
ones: higher, lower, or near a number; where a criterion names none, the first that there is is judged. A name such as
`<metric>_gap` holds the value of a parameter. *Weights*, *entities*: whether it is right where rows have sampling
weights, and where somebody stands in several rows; where it is not, such data make it inconclusive. Which interval is
used where, and how often it holds the truth: [statistics.md](statistics.md).
"""
COMMON = ("data", "where", "groups", "reference", "missing")


def line(check: Check) -> str:
    """One check as a row."""
    asks = " ".join(check.docstring.split("\n\n")[0].split())
    own = ", ".join(f"`{name}`" for name in check.parameters.model_fields if name not in COMMON)
    gives = ", ".join(f"`{name}` {told}".rstrip() for name, told in check.listed())
    honours = ["yes" if design in check.honours else "no" for design in ("weight", "entity")]
    if check.id.startswith("governance."):
        honours = ["", ""]
    return f"| `{check.id}` | {asks} | {gives} | {own} | {' | '.join(honours)} |"


def page() -> str:
    """The whole file."""
    ours = [find(name) for name in names() if find(name).measure.__module__.startswith("assay.")]
    parts = [HEAD]
    for family, checks in groupby(ours, key=lambda check: check.id.partition(".")[0]):
        rows = "\n".join(map(line, checks))
        parts.append(
            f"## {family.capitalize()}\n\n"
            "| check | what it asks | estimates | parameters of its own | weights | entities |\n"
            f"|---|---|---|---|---|---|\n{rows}\n"
        )
    return "\n".join(parts)


def main() -> int:
    """Write the file, or compare it."""
    target, made = DOCS / "checks.md", page()
    if "--check" in sys.argv[1:]:
        return 0 if target.read_text(encoding="utf-8") == made else 1
    target.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
