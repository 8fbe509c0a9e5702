"""Model folders of MLflow: MLmodel says which file holds the model, and in which format. Code beside it is not run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from assay.errors import AssayError, DataError
from assay.source import parse_source
from assay.subject.adapters import Model, load_model
from assay.subject.classes import Classes

FLAVOURS = ("sklearn", "xgboost", "lightgbm", "onnx")
"""Which are read, in this order; each names its file under `data`, sklearn under `pickled_model`."""
MEANT = "scikit-learn, XGBoost, LightGBM and ONNX"


def open_model(files: Mapping[str, bytes], classes: Classes | None, *, trusted: bool) -> Model:
    """The model, read by the adapter of its own format."""
    if "MLmodel" not in files:
        raise DataError("the folder holds no file MLmodel", hint="Name the folder that mlflow.….save_model wrote.")
    try:
        tree = parse_source(files["MLmodel"], "MLmodel", error=DataError).tree
    except AssayError as error:
        raise DataError(f"its file MLmodel cannot be read: {str(error).splitlines()[0][:300]}") from None
    model_format, path = _file(_flavours(tree), files)
    return load_model(model_format, files[path], classes, trusted=trusted)


def _flavours(tree: Any) -> Mapping[str, Any]:
    flavours = tree.get("flavors") if isinstance(tree, dict) else None
    if not isinstance(flavours, dict):
        raise DataError("its file MLmodel names no flavors", hint="Store the model again with MLflow.")
    return flavours


def _file(flavours: Mapping[str, Any], files: Mapping[str, bytes]) -> tuple[str, str]:
    """The format of the model's file, and its path in the folder."""
    name = next((name for name in FLAVOURS if isinstance(flavours.get(name), dict)), None)
    if name is None:
        told = ", ".join(sorted(map(str, flavours))[:10]) or "none"
        what = (
            "its only flavor is python_function: code of its own, which is not run"
            if told == "python_function"
            else (f"its flavors are {told}")
        )
        raise DataError(what, hint=f"Read are the flavors of {MEANT}; or put the model's scores into the data.")
    flavour = flavours[name]
    path = flavour.get("pickled_model" if name == "sklearn" else "data")
    if not isinstance(path, str) or path not in files:
        raise DataError(
            f"its flavor {name} names {str(path)[:200]!r}, which is no file of the folder",
            hint="Paths in MLmodel count from the folder and stay inside it.",
        )
    if path.endswith(".skops"):
        return "skops", path
    if name == "sklearn" or path.endswith((".pkl", ".pickle", ".joblib")):
        _require_no_code(flavour)
        return "joblib", path
    return name, path


def _require_no_code(flavour: Mapping[str, Any]) -> None:
    if flavour.get("code") is not None:
        raise DataError(
            "the model was stored with code of its own, which is not run",
            hint="Store it without code_paths, best with skops, or put its scores into the data.",
        )
