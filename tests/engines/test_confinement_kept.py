"""What held the model's process stands in the record, whether the scores are made now or were kept."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.evidence.request import PapersRequest, ScoresRequest
from subjects import with_data, with_model


def test_an_audit_from_the_cache_tells_the_same_confinement_and_one_without_model_none(tmp_path):
    frame = pd.DataFrame({"a": np.arange(100.0), "y": np.arange(100) % 2})
    model = LogisticRegression().fit(frame[["a"]], frame["y"])
    of = with_data(
        tmp_path,
        {"label": {"column": "y", "favourable": 1}, "score": {"from": "model", "kind": "probability", "of": 1}},
        needs_model=True,
        blocks={"identity": with_model(tmp_path, model), "features": [{"name": "a", "dtype": "number"}]},
        test=frame,
    )

    def told(*requests):
        held = []
        options = EngineOptions(cache=tmp_path / "cache")
        measure(requests, of, seed=1, progress=lambda *_: None, options=options, confined=held.append)
        return held

    first, again = told(ScoresRequest("test")), told(ScoresRequest("test"))
    assert len(first) == 1
    assert first == again
    assert told(PapersRequest()) == []
