"""skops files: only types on a reviewed list are built, so that loading runs no code of the file's choice."""

from __future__ import annotations

from typing import Any

from assay.errors import DataError
from assay.subject.adapters.estimator import Estimator
from assay.subject.classes import Classes

MAXIMUM_UNPACKED = 2_000_000_000
"""Bytes of all files in the archive."""
MAXIMUM_RATIO, RATIO_FROM = 200, 100_000_000
"""Bytes unpacked for each byte of the file, judged above so many bytes unpacked."""

TRUSTED = (
    # Nodes of fitted trees: plain arrays behind a compiled predictor.
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    # Parts of gradient boosting, which older skops does not trust by itself: constants and bin edges.
    "sklearn._loss.link.Interval",
    "sklearn._loss.link.LogitLink",
    "sklearn._loss._loss.CyHalfBinomialLoss",
    "sklearn._loss.loss.HalfBinomialLoss",
    "sklearn.ensemble._hist_gradient_boosting.binning._BinMapper",
    # What a HistGradientBoostingClassifier with categories keeps of its own preprocessing. A partial calls only the
    # function it holds, which has to be trusted by itself.
    "functools.partial",
    "sklearn.utils.validation.check_array",
    # Calibrated classifiers.
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    # A type of numbers, e.g. of OneHotEncoder(dtype=…).
    "numpy.dtype",
    # Boosting libraries: a booster is built of the text or bytes that its own format holds.
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
    "lightgbm.sklearn.LGBMRegressor",
    "xgboost.core.Booster",
    "xgboost.sklearn.XGBClassifier",
    "xgboost.sklearn.XGBRegressor",
)
"""Types beyond those which skops trusts by itself; each was read for what building it does."""


def open_model(data: bytes, classes: Classes | None, *, trusted: bool) -> Estimator:  # noqa: ARG001  runs no code
    """The estimator."""
    return Estimator(load(data), classes)


def load(data: bytes) -> Any:
    """The model; DataError where the file is damaged or holds a type that is not trusted."""
    import zipfile
    from io import BytesIO

    from skops.io import get_untrusted_types, loads

    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            _require_sizes(sum(entry.file_size for entry in archive.infolist()), len(data))
        unknown = [name for name in get_untrusted_types(data=data) if name not in TRUSTED]
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, ImportError) as error:
        hint = "Store the model again with skops.io.dump, with the versions installed here."
        raise DataError(f"the file is no skops file that can be read: {error}", hint=hint) from error
    if unknown:
        raise DataError(
            f"the skops file holds types that are not trusted: {', '.join(unknown)}",
            hint="Use estimators of scikit-learn only, or put the model's scores into the data.",
        )
    return loads(data, trusted=list(TRUSTED))


def _require_sizes(unpacked: int, packed: int) -> None:
    """What the archive's directory says is looked at before anything is unpacked; no more than that is ever read."""
    hint = "It is damaged, or made to harm."
    if unpacked > MAXIMUM_UNPACKED:
        raise DataError(f"the skops file unpacks to {unpacked:,} bytes; at most {MAXIMUM_UNPACKED:,}", hint=hint)
    if unpacked > max(RATIO_FROM, MAXIMUM_RATIO * packed):
        raise DataError(
            f"the skops file unpacks to {unpacked:,} bytes, more than {MAXIMUM_RATIO} for each of its own", hint=hint
        )
