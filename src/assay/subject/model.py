"""The parent's handle on the process which holds the model. The model itself is never in this process."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import IO, TYPE_CHECKING, Any

from assay.errors import DataError
from assay.subject.inputs import Input, save_inputs
from assay.subject.origins import Unsupported
from assay.subject.scorer import Attributions
from assay.subject.scratch import scratch_folder
from assay.subject.subject import Subject, require_loadable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LONGEST = 3600.0
"""Seconds that one job may take."""


class ModelSession:
    """One worker with one loaded model, for scores and attributions. Close it, or use it with `with`.

    The process starts at once, so that its imports run beside what the parent does; the model is loaded by the first
    job. Raises DataError where the model cannot be loaded or used, or its process ends or takes too long.
    """

    def __init__(self, subject: Subject, *, seconds: float = LONGEST) -> None:
        artefact = require_loadable(subject.manifest, subject.source, trust_model=subject.trust_model)
        self._subject, self._artefact, self._seconds = subject, artefact, seconds
        self._where = subject.place("identity", "artefact")
        self._folder = scratch_folder("model")
        self._stderr = (Path(self._folder.name) / "stderr").open("w+b")
        self._answers: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._loaded: dict[str, Any] | None = None
        self._jobs = 0
        self._process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        # -P: a module beside the manifest must not stand in for one of ours.
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "assay.subject.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            cwd=self._folder.name,
            env={**os.environ, "PYTHONWARNINGS": "ignore", "OMP_NUM_THREADS": "1"},
            encoding="utf-8",
        )
        threading.Thread(target=_listen, args=(process.stdout, self._answers), daemon=True).start()
        return process

    @property
    def needs_background(self) -> bool:
        """Whether attributions are against a background sample."""
        return bool(self._load()["needs_background"])

    def score(self, inputs: tuple[Input, ...], of: Any) -> Floats:
        """Probability of the class `of` (matched by value: 1, "1" and 1.0 are one) for each row; NaN passes through."""
        import numpy as np

        self._load()
        rows = len(inputs[0].values)
        target = self._file("npy")
        source, columns = self._save(inputs)
        self._ask(job="score", inputs=source, columns=columns, of=of, output=target)
        return self._checked(np.load(target, allow_pickle=False), (rows,))

    def attributions(self, inputs: tuple[Input, ...], of: Any, background: tuple[Input, ...] | None) -> Attributions:
        """Each input's contribution to each row's output. Raises Unsupported where the model has no explainer."""
        import numpy as np

        self._load()
        rows = len(inputs[0].values)
        target = self._file("npz")
        source, columns = self._save(inputs)
        against, against_columns = self._save(background) if background else (None, [])
        answer = self._ask(
            job="attributions",
            inputs=source,
            columns=columns,
            background=against,
            background_columns=against_columns,
            of=of,
            output=target,
        )
        with np.load(target, allow_pickle=False) as arrays:
            return Attributions(
                self._checked(arrays["values"], (rows, len(inputs))),
                self._checked(arrays["base"], (rows,)),
                self._checked(arrays["output"], (rows,)),
                str(answer["space"]),
                str(answer["method"]),
            )

    def close(self) -> None:
        """End the process and remove its files."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout, self._stderr):
            if stream is not None:
                _close(stream)
        self._folder.cleanup()

    def __enter__(self) -> ModelSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self) -> dict[str, Any]:
        if self._loaded is None:
            path = self._subject.path(self._artefact.path)
            digest = self._artefact.digest or self._subject.computed.get(self._artefact.path)
            self._loaded = self._ask(job="load", path=str(path), format=self._artefact.format, digest=digest)
        return self._loaded

    def _file(self, suffix: str) -> str:
        self._jobs += 1
        return str(Path(self._folder.name) / f"{self._jobs}.{suffix}")

    def _save(self, inputs: tuple[Input, ...]) -> tuple[str, list[dict[str, Any]]]:
        path = self._file("npz")
        return path, save_inputs(Path(path), inputs)

    def _checked(self, array: npt.NDArray[Any], shape: tuple[int, ...]) -> Floats:
        """The worker is not trusted with shapes: a model may have written the file."""
        if array.shape != shape or array.dtype != "float64":
            raise self._error(f"the model gave an array of shape {array.shape} where {shape} was asked for")
        return array

    def _ask(self, **job: Any) -> dict[str, Any]:
        assert self._process.stdin is not None  # noqa: S101
        try:
            self._process.stdin.write(json.dumps(job) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._answers.get(timeout=self._seconds))
        except queue.Empty:
            self._process.kill()
            raise self._error(f"the model took longer than {self._seconds:g} s and was ended") from None
        except (OSError, ValueError):  # a closed pipe, or the empty line that stands for its end
            raise self._ended() from None
        if not isinstance(answer, dict):
            raise self._error("the model's process gave no answer that can be read")
        if "error" in answer:
            told = answer["error"]
            if told.get("unsupported"):
                raise Unsupported(told["what"], where=self._where, hint=told["hint"])
            raise self._error(told["what"], told["hint"])
        return answer

    def _error(self, what: str, hint: str = "") -> DataError:
        hint = hint or "Does the model take the manifest's features, under these names and types?"
        return DataError(f"{self._artefact.path}: {what}", where=self._where, hint=hint)

    def _ended(self) -> DataError:
        code = self._process.wait()
        self._stderr.seek(0)
        lines = self._stderr.read()[-4000:].decode(errors="replace").strip().splitlines()
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        said = f"; its last words: {lines[-1][:300]}" if lines else ""
        return self._error(f"the model's process ended {how}{said}", "Does the model load and score by itself?")


def _listen(stdout: IO[str] | None, answers: queue.SimpleQueue[str]) -> None:
    """Every answer into the queue, and an empty line at the end."""
    assert stdout is not None  # noqa: S101
    try:
        for line in stdout:
            answers.put(line)
    except ValueError:  # closed by the parent, or not text
        pass
    answers.put("")


def _close(stream: IO[Any]) -> None:
    try:
        stream.close()
    except OSError:  # what was left to write to a process that ended
        return
