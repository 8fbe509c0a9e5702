"""Writes docs/coverage.md: how each row of the framework is covered by the packs ml-governance-* or by the product.

python docs/coverage.py           writes the file
python docs/coverage.py --check   exits 1 where the file is not current
"""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import RootModel, model_validator

from assay.errors import AssayError, PolicyError
from assay.policy.load import LoadedPolicy, load_policy
from assay.record.catalogue import Catalogue
from assay.record.condition import Test
from assay.record.frozen import Frozen, Line
from assay.record.policy import Control
from assay.source import Source, read_model, read_source

DOCS = Path(__file__).parent
PACKS = ("ml-governance-bronze", "ml-governance-silver", "ml-governance")
STATES = ("covered", "partly covered", "planned", "out of scope")
NATURES = ("measured", "read", "stated", "planned")

HEAD = """\
# Coverage of the framework

<!-- Written by `make coverage` from docs/coverage.yaml, the packs and the catalogue. Do not edit. -->

Five published texts on the governance of machine learning ask for 178 things. The second column names them in our
words, as [the catalogue](../policies/ml-governance/catalogue.yaml) does. Kind: C a control, F a feature of the product,
T a statement of a person, O outside of it. *Covered* means that, as far as it is in scope, a control asks for it or a
feature serves it today, *partly covered* that something is still planned. A control *measures*, or it *reads* what the
owner declares in the manifest, or it asks for what a person *states*; reading a declaration proves nothing but that it
was made.
"""

Kind = Literal["C", "F", "T", "O", "C/F", "C/O", "C/T", "F/C", "F/O", "F/T", "O/C", "O/F", "O/T", "T/C"]


class Entry(Frozen):
    """What coverage.yaml says about a row."""

    kind: Kind
    served: Line | None = None
    """What of the product exists today."""
    planned: Line | None = None
    """What does not exist yet."""
    out: Line | None = None
    """What stays outside, and why."""

    @model_validator(mode="after")
    def _says_something(self) -> Entry:
        if set("CT").isdisjoint(self.kind) and not (self.served or self.planned or self.out):
            raise ValueError("a row of kind F or O says what serves it, what is planned or why it is out")
        return self


class Entries(RootModel[dict[str, Entry]]):
    """`coverage.yaml`."""


@dataclass(frozen=True)
class Row:
    """A row of the framework with all that covers it."""

    id: str
    says: str
    entry: Entry
    controls: tuple[tuple[str, Control], ...]
    """Pack and control, planned ones too."""

    @property
    def state(self) -> str:
        """One of STATES."""
        planned = [_nature(control) == "planned" for _, control in self.controls]
        missing = any(planned) or self.entry.planned is not None
        if not all(planned) or self.entry.served is not None:
            return "partly covered" if missing else "covered"
        return "planned" if missing else "out of scope"

    def line(self) -> str:
        """The row of the table."""
        natures = [(word, [pair for pair in self.controls if _nature(pair[1]) == word]) for word in NATURES]
        parts = [f"{word}: {', '.join(map(_link, pairs))}" for word, pairs in natures if pairs]
        said = (("served", self.entry.served), ("planned", self.entry.planned), ("outside", self.entry.out))
        parts += [f"{word}: {text}" for word, text in said if text]
        cells = (self.id, self.says, self.entry.kind, self.state, "; ".join(parts))
        return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _link(pair: tuple[str, Control]) -> str:
    pack, control = pair
    return f"[{control.id}](../policies/{pack}/policy.yaml)"


def rows(packs: list[LoadedPolicy]) -> list[Row]:
    """All rows of the catalogue, in its order. Raises PolicyError where coverage.yaml holds other rows."""
    catalogue = read_model(_source(packs[-1].path.parent / "catalogue.yaml"), Catalogue, error=PolicyError)
    (places,) = [instrument.places for instrument in catalogue.instruments if instrument.id == "framework"]
    entries = read_model(_source(DOCS / "coverage.yaml"), Entries, error=PolicyError).root
    if list(entries) != list(places):
        other = ", ".join(sorted(set(entries) ^ set(places))) or "the order"
        raise PolicyError(f"coverage.yaml and the catalogue differ in their rows: {other}", where="docs/coverage.yaml")
    citing: dict[str, list[tuple[str, Control]]] = {}
    for pack in packs:
        for control in pack.policy.controls:
            for cite in control.cites:
                citing.setdefault(cite.ref, []).append((pack.policy.id, control))
    return [Row(id_, says, entries[id_], tuple(citing.get(f"framework/{id_}", ()))) for id_, says in places.items()]


def _source(path: Path) -> Source:
    return read_source(path, error=PolicyError)


def document() -> str:
    """The whole of docs/coverage.md."""
    packs = [load_policy(name) for name in PACKS]
    table = rows(packs)
    controls = [(pack.policy.id, control) for pack in packs for control in pack.policy.controls]
    coming = [
        f"- {_link(pair)} {pair[1].title}. {pair[1].description}" for pair in controls if _nature(pair[1]) == "planned"
    ]
    return "\n".join(
        [
            HEAD,
            *_of_controls(packs),
            "",
            *_of_states(table),
            "",
            "| row | what the source says | kind | state | by |",
            "|---|---|---|---|---|",
            *(row.line() for row in table),
            "",
            "## Planned controls",
            "",
            "They are listed in every record and never evaluated or counted.",
            "",
            *coming,
            "",
        ]
    )


def _of_controls(packs: list[LoadedPolicy]) -> list[str]:
    """How many controls of each pack are of which nature."""
    lines = [f"| pack | controls | {' | '.join(NATURES)} |", "|---|" + "---|" * (len(NATURES) + 1)]
    for pack in packs:
        counts = Counter(_nature(control) for control in pack.policy.controls)
        cells = (pack.policy.id, sum(counts.values()) - counts["planned"], *(counts[nature] for nature in NATURES))
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    return lines


def _nature(control: Control) -> str:
    """One of NATURES."""
    if control.status == "planned":
        return "planned"
    if control.check is not None:
        return "measured"
    asked = control.require.field if isinstance(control.require, Test) else ""
    return "stated" if asked in ("attestations", "approvals") else "read"


def _of_states(table: list[Row]) -> list[str]:
    """How many rows of each kind are in which state."""
    lines = ["| rows | " + " | ".join(STATES) + " | all |", "|---|" + "---|" * (len(STATES) + 1)]
    groups = (("with a C or a T", True), ("F and O alone", False))
    for name, asked in groups:
        mine = [row for row in table if set("CT").isdisjoint(row.entry.kind) is not asked]
        counts = Counter(row.state for row in mine)
        lines.append(f"| {name} | " + " | ".join(str(counts[state]) for state in STATES) + f" | {len(mine)} |")
    counts = Counter(row.state for row in table)
    return [*lines, "| all | " + " | ".join(str(counts[state]) for state in STATES) + f" | {len(table)} |"]


def main(arguments: list[str]) -> int:
    """Write the file, or say whether it is current."""
    path = DOCS / "coverage.md"
    try:
        text = document()
    except AssayError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if arguments == ["--check"]:
        current = path.is_file() and path.read_text(encoding="utf-8") == text
        if not current:
            sys.stderr.write("docs/coverage.md is not current: run `make coverage`\n")
        return 0 if current else 1
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
