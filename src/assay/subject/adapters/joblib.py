"""joblib files and pickles: loading one runs what is in it. The parent asks for a digest and --trust-model first."""

from __future__ import annotations

from typing import Any

from assay.errors import DataError
from assay.subject.adapters.estimator import Estimator
from assay.subject.classes import Classes


def load(data: bytes) -> Any:
    """What was pickled, from bytes whose digest was checked."""
    from io import BytesIO

    import joblib  # type: ignore[import-untyped]

    return joblib.load(BytesIO(data))


def open_model(data: bytes, classes: Classes | None, *, trusted: bool) -> Estimator:
    """The estimator, only where the user trusts whoever made it."""
    if not trusted:
        raise DataError(
            "the model is a pickle: loading it runs what is in it",
            hint="Write its digest into the manifest and say --trust-model, or store it with skops.",
        )
    return Estimator(load(data), classes)
