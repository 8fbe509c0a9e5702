"""Model formats: bytes of a file or folder → a model that predicts. Used in the worker only; loading can run code."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol

from assay.errors import DataError
from assay.subject.classes import Classes, Prediction

if TYPE_CHECKING:
    import pandas as pd

    from assay.subject.explain import Explanation

Content = bytes | Mapping[str, bytes]
"""The bytes of a file; of a folder, those of each of its files by path."""

FORMATS = ("skops", "joblib", "onnx", "xgboost", "lightgbm", "mlflow")
"""Each is read by the module of its name: `open_model(content, classes, trusted=…) -> Model`."""
FOLDERS = ("mlflow",)


class Model(Protocol):
    """A fitted model, whatever its format."""

    @property
    def kind(self) -> str:
        """What it is, in a word or two."""

    @property
    def needs_background(self) -> bool:
        """Whether its attributions are against a background sample."""

    def predict(self, frame: pd.DataFrame) -> Prediction:
        """A number for each row, or one for each class. DataError where it does not take these inputs."""

    def explain(self, frame: pd.DataFrame, background: pd.DataFrame | None, of: Any) -> Explanation:
        """Attributions for the class `of`. Raises Unsupported where there is no explainer."""


def load_model(model_format: str, content: Content, classes: Classes | None = None, *, trusted: bool = False) -> Model:
    """The model. `classes` are those that the manifest declares; `trusted` says that pickles may be loaded."""
    if model_format not in FORMATS:
        raise DataError(f"no adapter reads the format {model_format!r}", hint=f"Formats: {', '.join(FORMATS)}")
    if isinstance(content, bytes) is (model_format in FOLDERS):
        what = "a folder" if model_format in FOLDERS else "a file"
        raise DataError(f"a model of the format {model_format} is {what}", hint="Check `path` and `format`.")
    model: Model = import_module(f"assay.subject.adapters.{model_format}").open_model(content, classes, trusted=trusted)
    return model


def library(name: str, extra: str) -> Any:
    """The library which reads a format. DataError where it is not installed."""
    try:
        return import_module(name)
    except ImportError:
        raise DataError(
            f"a model of the format {extra} is read with the library {name}, which is not installed",
            hint=f"Install it: pip install 'assay[{extra}]'",
        ) from None
