"""What the worker does with a model: load it, score rows, attribute scores to inputs; make it. In the worker only."""

from __future__ import annotations

import contextlib
import runpy
import sys
import traceback
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from assay.errors import DataError
from assay.subject.adapters import Content, Model, load_model
from assay.subject.explain import LOG_ODDS_TREES, PROBABILITY_TREES
from assay.subject.paths import files_below, listed_digest

if TYPE_CHECKING:
    import pandas as pd

BATCH = 1 << 16
EXPLAINED_BY_SHAP = (*LOG_ODDS_TREES, *PROBABILITY_TREES, "Pipeline")
"""What a pipeline ends in is known when it is explained; one that needs a background is linear."""


class Jobs:
    """Each takes and gives JSON values."""

    def __init__(self) -> None:
        self._loaded: Model | None = None

    @property
    def _model(self) -> Model:
        if self._loaded is None:
            raise DataError("no model is loaded")
        return self._loaded

    def load(
        self,
        *,
        path: str,
        format: str,  # noqa: A002
        digest: str,
        classes: list[Any] | None = None,
        trusted: bool = False,
        explains: bool = False,
    ) -> dict[str, Any]:
        """Read every file once, check the digest, and load the model from the same bytes. `explains`: attributions
        will be asked for, so that what they need is imported now.
        """
        content, found = read_content(Path(path))
        if found != digest:
            raise DataError("the model's file has changed since its digest was taken", hint="Start again.")
        self._loaded = load_model(format, content, None if classes is None else tuple(classes), trusted=trusted)
        if explains and self._model.kind in EXPLAINED_BY_SHAP and not self._model.needs_background:
            with contextlib.suppress(ImportError):  # told when they are asked for
                import_module("shap")
        return {"kind": self._model.kind, "needs_background": self._model.needs_background}

    def train(self, *, words: list[str]) -> NoReturn:
        """Run a Python script with its arguments as a command of its own: then the process ends, as a command does."""
        sys.argv[:] = words
        sys.path.insert(0, str(Path(words[0]).resolve().parent))
        try:
            runpy.run_path(words[0], run_name="__main__")
        except Exception:  # noqa: BLE001  whatever the script raises: Python itself tells it so
            traceback.print_exc()
            sys.exit(1)
        sys.exit(0)

    def score(self, *, inputs: str, columns: list[dict[str, Any]], of: Any, output: str) -> dict[str, Any]:
        """The score of every row for the class `of`, or the number of a regression, shape (n,), in batches."""
        import numpy as np

        from assay.subject.inputs import frames, rows_of

        scores, begin = np.empty(rows_of(inputs)), 0
        for frame in frames(inputs, columns, BATCH):
            scores[begin : begin + len(frame)] = self._model.predict(frame).score(of)
            begin += len(frame)
        np.save(output, scores, allow_pickle=False)
        return {"rows": len(scores)}

    def attributions(
        self,
        *,
        inputs: str,
        columns: list[dict[str, Any]],
        background: str | None,
        background_columns: list[dict[str, Any]],
        of: Any,
        output: str,
    ) -> dict[str, Any]:
        """One array (n, k + 2): the contributions of k inputs, the expected output, the model's own output."""
        import numpy as np

        against = _frame(background, background_columns) if background else None
        made = self._model.explain(_frame(inputs, columns), against, of)
        np.save(output, np.column_stack((made.values, made.base, made.output)), allow_pickle=False)
        return {"space": made.space, "method": made.method}


def read_content(path: Path) -> tuple[Content, str]:
    """The bytes of a file, or those of every file of a folder, and the digest of just these bytes."""
    if not path.is_dir():
        data = path.read_bytes()
        return data, "sha256:" + sha256(data).hexdigest()
    files = {name: (path / name).read_bytes() for name in files_below(path)}
    return files, listed_digest({name: sha256(data).hexdigest() for name, data in files.items()})


def _frame(path: str, columns: list[dict[str, Any]]) -> pd.DataFrame:
    from assay.subject.inputs import frames

    (frame,) = frames(path, columns)
    return frame
