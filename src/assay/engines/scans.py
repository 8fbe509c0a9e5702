"""Which requests are answered by one scan of a dataset."""

from __future__ import annotations

from collections.abc import Sequence

from assay.engines.score import needs_score
from assay.evidence.request import CellsRequest, Request
from assay.record.manifest import Manifest


def scans(requests: Sequence[Request], manifest: Manifest) -> list[tuple[Request, ...]]:
    """Requests that are measured together: cells of one dataset and one filter, of which those that need a score of the
    model stand apart, since the model may fail. Every other request stands alone.
    """
    together: dict[object, list[Request]] = {}
    for request in requests:
        of: object = request
        if isinstance(request, CellsRequest):
            of = (request.data, request.where, needs_score(request, manifest, of_model=True))
        together.setdefault(of, []).append(request)
    return [tuple(each) for each in together.values()]
