"""Subjects whose data lie in databases or Arrow files, prepared as an audit does it."""

from pathlib import Path

from assay.engines.options import EngineOptions
from assay.engines.prepare import prepare
from assay.evidence.request import CellsRequest
from assay.subject.subject import Subject
from subjects import subject, value

REQUEST = CellsRequest("test", ("group:g",))


def prepared(folder: Path, data: dict, column: str = "g", options=None, progress=lambda *told: None) -> Subject:
    """The subject after its data were read."""
    made = subject(folder, roles=("test",), data={"test": data}, columns={"groups": {"g": {"column": column}}})
    return prepare(made, [REQUEST], options or EngineOptions(), roles=("test",), progress=progress)


def counted(folder: Path, data: dict, column: str = "g", **options) -> dict:
    """Code of the column → rows."""
    cells = value(prepared(folder, data, column, **options), REQUEST)
    return dict(zip([level[0] for level in cells.rows], cells.counts, strict=True))
