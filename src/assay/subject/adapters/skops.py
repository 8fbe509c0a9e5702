"""skops files: only types on a reviewed list are built, so that loading runs no code of the file's choice."""

from __future__ import annotations

from typing import Any

from assay.errors import DataError

MAXIMUM_UNPACKED = 4 << 30

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
)
"""Types beyond those which skops trusts by itself; each was read for what building it does."""


def load(data: bytes) -> Any:
    """The model; DataError where the file is damaged or holds a type that is not trusted."""
    import zipfile
    from io import BytesIO

    from skops.io import get_untrusted_types, loads

    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > MAXIMUM_UNPACKED:
                raise DataError("the skops file unpacks to more than 4 GiB", hint="It is damaged, or made to harm.")
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
