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
from typing import IO, Any

from assay.errors import AssayError
from assay.subject.jobs import Jobs
from assay.subject.origins import Unsupported


def main() -> None:
    """Answer jobs until stdin ends."""
    parent = os.getppid()
    _end_with(parent)
    jobs, answers = _private_channels()
    work = Jobs()
    for line in jobs:
        answers.write(json.dumps(_answer(work, json.loads(line))) + "\n")
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


def _answer(work: Jobs, job: dict[str, Any]) -> dict[str, Any]:
    """What the job gives, or the error that it ended in: nothing a model raises ends the process."""
    try:
        result: dict[str, Any] = getattr(work, job.pop("job"))(**job)
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


if __name__ == "__main__":
    main()
