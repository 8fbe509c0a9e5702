"""Whole audits of one column of test data beside training data."""

import pandas as pd

from auditing import control, evaluate, finding_of
from subjects import write_frame


def beside(folder, check, own, other, *, kind="parquet", dtype=None, criterion=None, manifest=None, **parameters):
    """The finding of a check on the columns of two frames, or of two lists that are the column x."""
    frames = [each if isinstance(each, pd.DataFrame) else pd.DataFrame({"x": each}) for each in (own, other)]
    for role, frame in zip(("test", "train"), frames, strict=True):
        write_frame(frame, folder / f"{role}.{kind}")
    features = [{"name": name, **({"dtype": dtype} if dtype else {})} for name in frames[0].columns]
    blocks = {
        "data": {role: {"path": f"{role}.{kind}"} for role in ("test", "train")}, "features": features,
        **(manifest or {}),
    }  # fmt: skip
    wanted = control(check=check, criterion=criterion or {"reported": True, "source": "house"}, **{"with": parameters})
    done = evaluate(folder, folder / f"test.{kind}", {}, wanted, manifest=blocks)
    return finding_of(done)


def one(finding, name, group=None):
    """The one estimate of that name, and group where told."""
    (found,) = (e for e in finding.measured.estimates if e.name == name and group in (None, e.group))
    return found
