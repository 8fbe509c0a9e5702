"""The parent's handle on the process which holds the model. The model itself is never in this process."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterable
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from assay.errors import DataError
from assay.record.audit import Confinement
from assay.source import Loc
from assay.subject.inputs import Input, save_inputs
from assay.subject.origins import Unsupported
from assay.subject.paths import digest
from assay.subject.process import Ended, WorkerProcess
from assay.subject.returned import Nonsense, read_array
from assay.subject.scorer import Attributions, ModelFailure
from assay.subject.subject import MODEL, Subject, require_loadable

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

LONGEST = 3600.0
"""Seconds that one job may take."""
MEMORY = 4 * 10**9
"""Bytes that the process may take."""
LONGEST_TEXT = 500


class ModelSession:
    """One worker with one loaded model, for scores and attributions. Close it, or use it with `with`.

    The process starts at once and loads the model, beside what the parent does. `file` stands in the place of the one
    that the manifest names, and is read as that one is. `explains`: attributions will be asked for. `meanwhile` is done
    one after the other, each once, as long as an answer is waited for. What the manifest says wrongly is a DataError: a
    file that is no model, a class that the model does not have, a module that is not installed. What the model does is
    a ModelFailure: it crashes, hangs, raises, takes more than it may, or gives something else than numbers. Code of the
    model that is run when it is loaded can imitate the first as it can give any score, and so end the audit; it cannot
    make it pass.
    """

    def __init__(
        self,
        subject: Subject,
        *,
        memory: int = MEMORY,
        seconds: float = LONGEST,
        without: Collection[str] = (),
        at: Loc = MODEL,
        file: Path | None = None,
        explains: bool = False,
        meanwhile: Iterable[Callable[[], None]] = (),
    ) -> None:
        self._meanwhile = iter(meanwhile)
        artefact = require_loadable(subject.manifest, subject.source, trust_model=subject.trust_model, at=at)
        self._told = artefact.path if file is None else file.name
        self._where = subject.place(*at)
        self._loaded: dict[str, Any] | None = None
        self._numbers = count(1)
        files, private = [file or subject.path(artefact.path)], [home(), subject.folder.resolve()]
        declared = artefact.digest or subject.computed.get(artefact.path)
        try:
            self._process = WorkerProcess(files, private, memory=memory, seconds=seconds, without=without)
        except OSError as error:
            raise self._error(DataError, f"no process for it can be started: {error.strerror or error}") from None
        self._process.send(
            {
                "job": "load",
                "path": str(files[0]),
                "format": artefact.format,
                "digest": declared if file is None else digest(file),
                "classes": artefact.classes,
                "trusted": subject.trust_model and artefact.digest is not None,
                "explains": explains,
            }
        )

    @property
    def confinement(self) -> Confinement | None:
        """What holds the model's process; None where it ended before it could tell."""
        try:
            return self._process.confinement
        except Ended:
            return None

    @property
    def needs_background(self) -> bool:
        """Whether attributions are against a background sample."""
        return self._load().get("needs_background") is True

    def score(self, inputs: tuple[Input, ...], of: Any) -> Floats:
        """Probability of the class `of` (matched by value: 1, "1" and 1.0 are one) for each row; NaN passes through."""
        self._load()
        with _Files(self._process, f"{next(self._numbers)}.npy", inputs) as files:
            self._ask(job="score", inputs=files.names[0], columns=files.columns[0], of=of, output=str(files.output))
            try:
                return read_array(files.output, (len(inputs[0].values),))
            except Nonsense as nonsense:
                raise self._gave(nonsense) from None

    def attributions(self, inputs: tuple[Input, ...], of: Any, background: tuple[Input, ...] | None) -> Attributions:
        """Each input's contribution to each row's output. Raises Unsupported where the model has no explainer."""
        self._load()
        rows = len(inputs[0].values)
        given = (inputs, background) if background else (inputs,)
        with _Files(self._process, f"{next(self._numbers)}.npy", *given) as files:
            answer = self._ask(
                job="attributions",
                inputs=files.names[0],
                columns=files.columns[0],
                background=files.names[1] if background else None,
                background_columns=files.columns[1] if background else [],
                of=of,
                output=str(files.output),
            )
            try:
                made = read_array(files.output, (rows, len(inputs) + 2))
            except Nonsense as nonsense:
                raise self._gave(nonsense) from None
        values, base, output = made[:, :-2].copy(), made[:, -2].copy(), made[:, -1].copy()
        return Attributions(values, base, output, harmless(answer.get("space")), harmless(answer.get("method")))

    def close(self) -> None:
        """End the process and remove its files."""
        self._process.close()

    def __enter__(self) -> ModelSession:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _load(self) -> dict[str, Any]:
        """What the model is, when it is loaded; the same error for whoever asks again."""
        if self._loaded is None:
            self._loaded = self._answer()
        return self._checked(self._loaded)

    def _ask(self, **job: Any) -> dict[str, Any]:
        self._process.send(job)
        return self._checked(self._answer())

    def _answer(self) -> dict[str, Any]:
        while not self._process.has_answered and (work := next(self._meanwhile, None)) is not None:
            work()
        try:
            return self._process.answer()
        except Ended as ended:
            raise self._failed(ended) from None

    def _checked(self, answer: dict[str, Any]) -> dict[str, Any]:
        told = answer.get("error")
        if told is None:
            return answer
        kind, what, hint = (
            harmless(told.get(key)) if isinstance(told, dict) else "" for key in ("kind", "what", "hint")
        )
        if kind == "unsupported":
            raise Unsupported(what, where=self._where, hint=hint)
        raise self._error(DataError if kind == "data" else ModelFailure, what or "the model failed", hint)

    def _error(self, kind: type[DataError], what: str, hint: str = "") -> DataError:
        hint = hint or "Does the model take the manifest's features, under these names and types?"
        return kind(f"{self._told}: {what}", where=self._where, hint=hint)

    def _failed(self, ended: Ended) -> DataError:
        hint = "Does the model load and score by itself, without network, other processes and other files?"
        return self._error(ModelFailure, f"the model's process {harmless(str(ended))}", hint)

    def _gave(self, nonsense: Nonsense) -> DataError:
        return self._error(ModelFailure, f"the model gave {nonsense}")


class _Files:
    """The files of one job: inputs that only the parent writes, and one that the worker writes. Gone afterwards."""

    def __init__(self, process: WorkerProcess, output: str, *inputs: tuple[Input, ...]) -> None:
        self._paths = [process.given / f"{output}.{i}" for i in range(len(inputs))]
        self.output = process.work / output
        self.columns: list[list[dict[str, Any]]] = []
        for path, each in zip(self._paths, inputs, strict=True):
            with path.open("xb") as file:  # never through a link that somebody else made
                self.columns.append(save_inputs(file, each))
        self.names = [str(path) for path in self._paths]

    def __enter__(self) -> _Files:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for path in (*self._paths, self.output):
            with contextlib.suppress(OSError):  # what cannot be removed goes with the folder
                path.unlink()


def home() -> Path:
    """The user's, which no process of a model reads."""
    try:
        return Path.home().resolve()
    except RuntimeError:
        return Path("/root")


def harmless(told: Any) -> str:
    """Text of the worker in one line, harmless on a terminal."""
    line = " ".join(str(told).split()) if isinstance(told, str) else ""
    return "".join(letter if letter.isprintable() else "?" for letter in line[:LONGEST_TEXT])
