"""What the explainer says of a sample of rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Attributions of a seeded row sample, made by the worker. A check never holds the model or the rows themselves."""

    features: tuple[str, ...]
    attributions: Floats
    """(n, k): contribution of each feature to each row's output."""
    base: Floats
    """(n,): the expected output."""
    output: Floats
    """(n,): the model's own output in the same space, computed by the model without the explainer."""
    space: str
    """E.g. `log-odds`."""
    method: str
    """E.g. `TreeExplainer, path-dependent (shap 0.51)`."""
    available: int
    """Rows the sample was drawn from."""
