"""What the worker does with a model: load it, score rows, attribute scores to inputs. Runs in the worker only."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import Any

from assay.errors import DataError
from assay.subject.codes import place_of

BATCH = 1 << 16


class Jobs:
    """Each takes and gives JSON values."""

    def __init__(self) -> None:
        self._model: Any = None

    def load(self, *, path: str, format: str, digest: str) -> dict[str, Any]:  # noqa: A002
        """Read the file once, check its digest, and load the model from the same bytes."""
        from assay.subject.adapters import load_model
        from assay.subject.explain import needs_background

        data = Path(path).read_bytes()
        if "sha256:" + sha256(data).hexdigest() != digest:
            raise DataError("the model's file has changed since its digest was taken", hint="Start again.")
        self._model = load_model(format, data)
        if not hasattr(self._model, "predict_proba") or not hasattr(self._model, "classes_"):
            raise DataError(
                f"the model is a {type(self._model).__name__}: it gives no probabilities of classes",
                hint="Use a fitted classifier with predict_proba, or put the scores into the data.",
            )
        return {"kind": type(self._model).__name__, "needs_background": needs_background(self._model)}

    def score(self, *, inputs: str, columns: list[dict[str, Any]], of: Any, output: str) -> dict[str, Any]:
        """Probability of the class `of` for every row, shape (n,), in batches."""
        import numpy as np

        from assay.subject.inputs import load_frame

        frame, event = load_frame(inputs, columns), self._place_of(of)
        scores = np.empty(len(frame))
        for begin in range(0, len(frame), BATCH):
            part = slice(begin, begin + BATCH)
            scores[part] = np.asarray(self._model.predict_proba(frame.iloc[part]), dtype=float)[:, event]
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
        """Arrays `values` (n, k), `base` (n,), `output` (n,)."""
        import numpy as np

        from assay.subject.explain import explain
        from assay.subject.inputs import load_frame

        against = load_frame(background, background_columns) if background else None
        made = explain(self._model, load_frame(inputs, columns), against, self._place_of(of))
        np.savez(output, values=made.values, base=made.base, output=made.output)
        return {"space": made.space, "method": made.method}

    def _place_of(self, level: Any) -> int:
        classes = list(self._model.classes_.tolist())
        place = place_of(level, classes)
        if place is None:
            raise DataError(
                f"the model has no class {level!r}: its classes are {', '.join(map(repr, classes))}",
                hint="`columns.score.of` names the level of the label whose probability the score is.",
            )
        return place
