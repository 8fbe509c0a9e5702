"""What sampled people showed is found again where nothing has changed, and sampled again with another seed."""

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.evidence.request import FlipsRequest, NeighboursRequest, ProxiesRequest
from subjects import with_data, with_model

RNG = np.random.default_rng(5)
TABLE = pd.DataFrame({"a": RNG.normal(size=300), "b": RNG.integers(0, 2, 300), "c": RNG.choice(["x, y", "=1"], 300)})
TABLE["y"] = np.where(TABLE.a + TABLE.b > RNG.normal(size=300), "paid", "late")
COLUMNS = {
    "label": {"column": "y", "favourable": "paid"},
    "score": {"from": "model", "kind": "probability", "of": "late"},
    "decision": {"from": "score", "favourable": {"below": 0.3}},
    "groups": {"c": {"column": "c"}},
}
REQUESTS = (
    FlipsRequest("test", ("b",), 100),
    NeighboursRequest("test", ("a", "b"), 3, 100),
    ProxiesRequest("test", ("a", "b"), ("c",), 100),
)


def measured(subject, cache, seed):
    notes: list[str] = []
    options = EngineOptions(cache=cache)
    values = measure(REQUESTS, subject, seed=seed, progress=lambda *told: None, options=options, note=notes.append)
    return [values[request].csv() for request in REQUESTS], notes


def test_the_same_question_is_answered_from_the_cache_and_another_seed_asks_again(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    model = LogisticRegression().fit(TABLE[["a", "b"]], TABLE.y)
    blocks = {"identity": with_model(tmp_path, model), "features": [{"name": "a"}, {"name": "b"}]}
    subject = with_data(tmp_path, COLUMNS, needs_model=True, blocks=blocks, test=TABLE)
    cache = tmp_path / "cache"
    first, _ = measured(subject, cache, 1)
    kept = {path.name for path in (cache / "evidence").iterdir()}
    assert measured(subject, cache, 1) == (first, [])
    assert {path.name for path in (cache / "evidence").iterdir()} == kept
    other, _ = measured(subject, cache, 2)
    assert all(one != two for one, two in zip(first, other, strict=True))
    assert len({path.name for path in (cache / "evidence").iterdir()} - kept) == len(REQUESTS)
