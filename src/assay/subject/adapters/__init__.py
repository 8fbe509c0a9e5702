"""Model formats: bytes → a fitted classifier. Used in the worker only; loading a model can run code."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

from assay.errors import DataError

FORMATS = ("skops", "joblib")


def load_model(model_format: str, data: bytes) -> Any:
    """The model held by the bytes of a file of that format."""
    if model_format not in FORMATS:
        raise DataError(f"no adapter reads the format {model_format!r}", hint=f"Formats: {', '.join(FORMATS)}")
    load: Callable[[bytes], Any] = import_module(f"assay.subject.adapters.{model_format}").load
    return load(data)
