"""Rows for models of tests: two numbers with gaps, a category of text and one of numbers; three kinds of outcomes."""

import numpy as np
import pandas as pd

RNG = np.random.default_rng(5)
N = 240
FRAME = pd.DataFrame({
    "income": np.where(RNG.random(N) < 0.1, np.nan, RNG.normal(size=N)),
    "home": pd.Categorical(RNG.choice(["own", "rent", "with family"], N)),
    "age": RNG.normal(size=N),
    "region": pd.Categorical(RNG.choice([3, 7, 12], N)),
})  # fmt: skip
NUMBERS = FRAME[["income", "age"]].fillna(0.0)
SIGNAL = FRAME.age + (FRAME.home == "rent") - (FRAME.region == 7) + FRAME.income.fillna(0) * 0.5
BINARY = (SIGNAL + RNG.normal(size=N) > 0).astype(int).to_numpy()
THREE = np.digitize(SIGNAL, [-0.5, 0.7])
VALUE = (100 * SIGNAL + 300).to_numpy()


def turned(frame=FRAME):
    """The same rows, with the categories of every category in another order."""
    return frame.assign(**{
        name: pd.Categorical(frame[name], list(frame[name].cat.categories)[::-1])
        for name, dtype in frame.dtypes.items()
        if str(dtype) == "category"
    })  # fmt: skip
