"""Values as bytes and back: tables as the CSV of the evidence, row samples and scores as arrays without pickles."""

from __future__ import annotations

import io
import json

from assay.evidence.attributions import Rows
from assay.evidence.cells import Cells
from assay.evidence.code_book import CodeBook
from assay.evidence.correlations import Correlations
from assay.evidence.days import Days
from assay.evidence.distributions import Distributions
from assay.evidence.duplicates import Duplicates
from assay.evidence.group_scores import GroupScores
from assay.evidence.individuals import Flips, Neighbours
from assay.evidence.merging import covers
from assay.evidence.moments import Moments
from assay.evidence.paired_scores import PairedScores
from assay.evidence.patterns import Patterns
from assay.evidence.profile import Profile
from assay.evidence.proxies import Proxies
from assay.evidence.reading import read_table
from assay.evidence.regions import Regions
from assay.evidence.request import Request, RowsRequest
from assay.evidence.residuals import Residuals
from assay.evidence.scores import Scores
from assay.evidence.shared_entities import SharedEntities
from assay.evidence.shared_rows import SharedRows
from assay.evidence.slices import Slices
from assay.evidence.table import UnreadableTable
from assay.evidence.uncertain import UncertainGroups
from assay.evidence.value import Value


def content_of(request: Request, value: Value) -> bytes | None:
    """The value in a form that `value_of` reads back; None where there is none."""
    if isinstance(value, Rows):
        return _npz(value)
    if not isinstance(
        value,
        Cells
        | Scores
        | GroupScores
        | Moments
        | Residuals
        | PairedScores
        | Profile
        | SharedRows
        | SharedEntities
        | Days
        | Distributions
        | CodeBook
        | Patterns
        | Duplicates
        | Correlations
        | Slices
        | Regions
        | Flips
        | Neighbours
        | Proxies
        | UncertainGroups,
    ):
        return None
    content = value.csv()
    try:
        value_of(request, content)
    except UnreadableTable:  # larger than a table that is read back may be
        return None
    return content


def value_of(request: Request, content: bytes) -> Value:
    """The value of that content. ValueError, KeyError, EOFError or OSError where it is none of that request."""
    if isinstance(request, RowsRequest):
        return _rows(content)
    answered, value = read_table(request, content)
    if not covers(answered, request):
        raise UnreadableTable("it answers another request")
    return value


def _npz(rows: Rows) -> bytes:
    import numpy as np

    told = {"features": rows.features, "space": rows.space, "method": rows.method, "available": rows.available}
    file = io.BytesIO()
    arrays = {"attributions": rows.attributions, "base": rows.base, "output": rows.output}
    np.savez(file, told=np.frombuffer(json.dumps(told).encode(), np.uint8), **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _rows(content: bytes) -> Rows:
    import numpy as np

    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        told = json.loads(arrays["told"].tobytes())
        told["features"] = tuple(told["features"])
        return Rows(attributions=arrays["attributions"], base=arrays["base"], output=arrays["output"], **told)


def scores_header(rows: int) -> bytes:
    """What a .npy file of that many float64 begins with."""
    import numpy as np

    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": "<f8", "fortran_order": False, "shape": (rows,)})
    return file.getvalue()
