"""Columns of two datasets are found again where nothing has changed, and counted again where anything has."""

import numpy as np
import pandas as pd

from assay.engines.measure import measure
from assay.engines.options import EngineOptions
from assay.evidence.request import CodeBookRequest, DistributionsRequest, DomainRequest
from subjects import with_data

RNG = np.random.default_rng(5)
TABLE = pd.DataFrame({"a": RNG.normal(size=300), "c": RNG.choice(["x, y", "=1"], 300)})
OTHER = pd.DataFrame({"a": RNG.normal(0.5, 1, 300), "c": RNG.choice(["x, y", "=1"], 300)})
REQUESTS = (
    DistributionsRequest("test", "train", ("a", "c")),
    CodeBookRequest("test"),
    DomainRequest("test", "train", ("a", "c"), 400),
)
FEATURES = [{"name": "a", "minimum": 0}, {"name": "c", "dtype": "category"}]


def measured(folder, cache, other=OTHER, seed=1, features=FEATURES):
    made = with_data(folder, blocks={"features": features}, test=TABLE, train=other)
    options, told = EngineOptions(cache=cache), list[str]()
    values = measure(REQUESTS, made, seed=seed, progress=lambda *step: None, options=options, note=told.append)
    assert told == []
    return [values[request].csv() for request in REQUESTS]


def test_what_was_counted_is_kept_and_counted_again_where_anything_has_changed(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    cache = tmp_path / "cache"

    def kept():
        return {path.name for path in (cache / "evidence").iterdir()}

    first = measured(tmp_path, cache)
    names = kept()
    assert measured(tmp_path, cache) == first
    assert kept() == names
    assert len(names) == len(REQUESTS)
    seeded = measured(tmp_path, cache, seed=2)
    assert seeded[:2] == first[:2]
    assert seeded[2] != first[2]
    assert len(kept() - names) == 1
    moved = measured(tmp_path, cache, other=OTHER.assign(a=OTHER.a + 1))
    assert [one == two for one, two in zip(moved, first, strict=True)] == [False, True, False]
    booked = measured(tmp_path, cache, features=[{"name": "a", "minimum": 1}, FEATURES[1]])
    assert booked[1] != first[1]
