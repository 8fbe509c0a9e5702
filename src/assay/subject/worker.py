"""The process which loads the model: `python -m assay.subject.worker`.

One JSON job per line on stdin, one JSON answer per line on stdout; arrays through .npy and .npz files without pickles.
What the model prints goes to stderr, so that it cannot stand where an answer is read. The process ends when stdin does
and when its parent dies.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from hashlib import sha256
from pathlib import Path
from typing import IO, Any

from assay.errors import AssayError, DataError
from assay.subject.codes import place_of
from assay.subject.origins import Unsupported

BATCH = 1 << 16


def main() -> None:
    """Answer jobs until stdin ends."""
    parent = os.getppid()
    _end_with(parent)
    jobs, answers = _private_channels()
    worker = Worker()
    for line in jobs:
        answers.write(json.dumps(_answer(worker, json.loads(line))) + "\n")
        answers.flush()


def _private_channels() -> tuple[IO[str], IO[str]]:
    """Stdin and stdout under other numbers; what prints to stdout prints to stderr, what reads stdin reads nothing."""
    jobs, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(jobs, encoding="utf-8"), os.fdopen(answers, "w", encoding="utf-8")


def _end_with(parent: int) -> None:
    """End when the parent is gone: by the kernel on Linux, and by looking once a second everywhere."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    if sys.platform == "linux":
        import ctypes

        set_parent_death_signal = 1
        ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL, 0, 0, 0)

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _answer(worker: Worker, job: dict[str, Any]) -> dict[str, Any]:
    """What the job gives, or the error that it ended in: nothing a model raises ends the process."""
    try:
        result: dict[str, Any] = getattr(worker, job.pop("job"))(**job)
    except Unsupported as error:
        return {"error": {"what": error.what, "hint": error.hint, "unsupported": True}}
    except AssayError as error:
        return {"error": {"what": error.what, "hint": error.hint}}
    except MemoryError:
        return {"error": {"what": "the model needs more memory than there is", "hint": ""}}
    except Exception as error:  # noqa: BLE001  a model may raise anything; the parent tells it as an error of the model
        line = (str(error).strip().splitlines() or [""])[0]
        return {"error": {"what": f"the model raised {type(error).__name__}: {line[:500]}", "hint": ""}}
    return result


class Worker:
    """The jobs. Each takes and gives JSON values."""

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


if __name__ == "__main__":
    main()
