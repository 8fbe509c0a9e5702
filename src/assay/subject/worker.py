"""The process which loads the model: `python -m assay.subject.worker`.

One JSON job per line on stdin, one JSON answer per line on stdout; arrays through .npy files without pickles.
The first line says what the process may have, and its answer what holds it: see subject/confinement. What the model
prints goes to stderr, so that it cannot stand where an answer is read. The process ends when stdin does and when its
parent dies.
"""

from __future__ import annotations

import json
import os
import pickle
import signal
import threading
import time
from pathlib import Path
from typing import IO, Any

from assay.errors import AssayError
from assay.subject.confinement.walls import Allowed, confine
from assay.subject.jobs import Jobs
from assay.subject.origins import Unsupported
from assay.subject.scorer import ModelFailure

NO_MODEL = (ImportError, AttributeError, EOFError, pickle.UnpicklingError)
"""What loading raises for a file that is damaged, or that names what is not installed."""


def main() -> None:
    """Confine this process, then answer jobs until stdin ends."""
    parent = os.getppid()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent, which ends this process
    jobs, answers = _private_channels()
    first = json.loads(jobs.readline())
    _write(answers, confine(_allowed(first["allowed"]), without=first["without"]))
    _end_with(parent)
    work = Jobs()
    for line in jobs:
        _write(answers, _answer(work, json.loads(line)))


def _allowed(told: dict[str, Any]) -> Allowed:
    files, private = (tuple(map(Path, told[name])) for name in ("files", "private"))
    return Allowed(files, Path(told["given"]), Path(told["work"]), private, told["memory"])


def _private_channels() -> tuple[IO[str], IO[str]]:
    """Stdin and stdout under other numbers; what prints to stdout prints to stderr, what reads stdin reads nothing."""
    jobs, answers = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)
    os.close(nothing)
    return os.fdopen(jobs, encoding="utf-8"), os.fdopen(answers, "w", encoding="utf-8")


def _end_with(parent: int) -> None:
    """End when the parent is gone: Linux sees to it by itself, see `confine`; elsewhere by looking once a second."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _write(answers: IO[str], answer: dict[str, Any]) -> None:
    answers.write(json.dumps(answer) + "\n")
    answers.flush()


def _answer(work: Jobs, job: dict[str, Any]) -> dict[str, Any]:
    """What the job gives, or the error that it ended in: nothing a model raises ends the process.

    `kind`: `data` is what the manifest says wrongly, `model` what the model did.
    """
    name = job.pop("job")
    try:
        result: dict[str, Any] = getattr(work, name)(**job)
    except Unsupported as error:
        return _error("unsupported", error.what, error.hint)
    except ModelFailure as error:
        return _error("model", error.what, error.hint)
    except AssayError as error:
        return _error("data", error.what, error.hint)
    except MemoryError:
        return _error("model", "the model needs more memory than it may have")
    except Exception as error:  # noqa: BLE001  a model may raise anything; the parent tells it as an error of the model
        line = (_told(error).strip().splitlines() or [""])[0]
        if name == "load" and isinstance(error, NO_MODEL):
            hint = "Install what the model imports, or put it into a folder of its own on PYTHONPATH."
            return _error("data", f"the model cannot be loaded: {type(error).__name__}: {line[:500]}", hint)
        return _error("model", f"the model raised {type(error).__name__}: {line[:500]}")
    return result


def _error(kind: str, what: str, hint: str = "") -> dict[str, Any]:
    return {"error": {"kind": kind, "what": what, "hint": hint}}


def _told(error: Exception) -> str:
    try:
        return str(error)
    except Exception:  # noqa: BLE001  whatever the error of a model raises when it is asked
        return ""


if __name__ == "__main__":
    main()
