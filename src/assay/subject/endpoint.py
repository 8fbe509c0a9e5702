"""A service that scores rows over HTTP. It is asked from this process: the model's own process has no network.

Nothing it answers is believed before it is looked at: a number for each row, or one for each class, and no more bytes
and seconds than it may take. Redirects are not followed. Only a connection that fails is tried again.
"""

from __future__ import annotations

import http.client
import json
import os
import socket
import threading
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from assay.errors import DataError
from assay.record.pipeline import ScoringService
from assay.subject.classes import Prediction, named_classes
from assay.subject.inputs import Input
from assay.subject.origins import Unsupported
from assay.subject.scorer import Attributions, ModelFailure

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Floats = npt.NDArray[np.float64]

BATCH = 4096
"""Rows of one request."""
LARGEST_ROW, LARGEST_REST = 4096, 1 << 16
"""Bytes that an answer may take for each row, and beside them."""
TRIES, PAUSE = 3, 0.2
"""How often a connection is tried, and the seconds before it is tried again, twice as many each time."""
CHUNK = 1 << 16
LOST = (ConnectionError, http.client.RemoteDisconnected, socket.gaierror)


class EndpointScorer:
    """Asks for the scores of batches of rows."""

    needs_background, confinement = False, None

    def __init__(self, endpoint: ScoringService, where: str, *, seconds: float) -> None:
        self._endpoint, self._where, self._seconds = endpoint, where, seconds
        self._headers = {"Content-Type": "application/json", "Accept": "application/json", **self._authorization()}

    def score(self, inputs: tuple[Input, ...], of: Any) -> Floats:
        """What the service gives for the rows; ModelFailure where it does not answer, or with something else."""
        import numpy as np

        ends = time.monotonic() + self._seconds
        rows = len(inputs[0].values)
        scores = np.empty(rows)
        for begin in range(0, rows, BATCH):
            part = range(begin, min(begin + BATCH, rows))
            answer = self._ask(_request(self._endpoint, inputs, part), len(part), ends)
            scores[part.start : part.stop] = self._prediction(answer, len(part)).score(of)
        return scores

    def attributions(self, inputs: tuple[Input, ...], of: Any, background: tuple[Input, ...] | None) -> Attributions:  # noqa: ARG002
        """A service cannot be looked into."""
        raise Unsupported("attributions of a model behind an address")

    def close(self) -> None:
        """Each request has ended its own connection."""

    def _authorization(self) -> dict[str, str]:
        """The token from the variable that the manifest names. No message ever holds it."""
        name = self._endpoint.token
        if name is None:
            return {}
        token = os.environ.get(name, "").strip()
        if not token or not token.isascii() or not token.isprintable() or " " in token:
            what = "is not set" if not token else "holds no token"
            raise DataError(
                f"the environment variable {name} {what}",
                where=self._where,
                hint="It holds the service's bearer token.",
            )
        return {"Authorization": f"Bearer {token}"}

    def _ask(self, body: bytes, rows: int, ends: float) -> Any:
        """The answer as JSON."""
        most = LARGEST_REST + LARGEST_ROW * rows
        for attempt in range(TRIES):
            try:
                return self._parsed(self._post(body, most, ends))
            except LOST as error:
                pause = PAUSE * 2**attempt
                if attempt + 1 == TRIES or time.monotonic() + pause > ends:
                    raise self._failed(f"cannot be reached: {_told(error)}", "Is the service running?") from None
                time.sleep(pause)
            except TimeoutError:
                raise self._failed(f"took longer than {self._seconds:g} s") from None
            except (OSError, http.client.HTTPException, UnicodeError) as error:
                # certificates, answers that are no HTTP, names that cannot be looked up
                raise self._failed(f"cannot be asked: {_told(error)}") from None
        raise AssertionError

    def _post(self, body: bytes, most: int, ends: float) -> bytes:
        parts = urlsplit(self._endpoint.url)
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(str(parts.hostname), parts.port, timeout=left)
        connection.connect()
        with _Deadline(connection, ends) as deadline:
            try:
                target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
                connection.request("POST", target, body=body, headers=self._headers)
                response = connection.getresponse()
                self._require_status(response.status)
                data = self._read(response, most)
            except (OSError, http.client.HTTPException, ValueError):
                if deadline.passed:  # the socket was shut down under it
                    raise TimeoutError from None
                raise
            if deadline.passed:  # an answer without a length ends where the connection does
                raise TimeoutError
            return data

    def _require_status(self, status: int) -> None:
        if status == 200:
            return
        hint = "Write the address that it redirects to." if 300 <= status < 400 else "What do its own logs say?"
        if status in (401, 403):
            hint = "Name the variable of its bearer token under `token`, and set it."
        followed = ": a redirect is not followed" if 300 <= status < 400 else ""
        raise self._failed(f"answers with status {status}{followed}", hint)

    def _read(self, response: http.client.HTTPResponse, most: int) -> bytes:
        parts, size = [], 0
        while chunk := response.read(CHUNK):
            parts.append(chunk)
            size += len(chunk)
            if size > most:
                raise self._failed(f"answers with more than {most:,} bytes")
        if response.length:
            raise self._failed("ends in the middle of its answer")
        return b"".join(parts)

    def _parsed(self, data: bytes) -> Any:
        try:
            answer = json.loads(data, parse_constant=_refuse)
        except (ValueError, RecursionError):
            raise self._failed("answers with something else than JSON", "NaN and Infinity are no JSON.") from None
        key = "predictions" if self._endpoint.protocol == "mlflow" else "scores"
        if not isinstance(answer, dict) or not isinstance(answer.get(key), list):
            raise self._failed(f"answers without a list `{key}`", f"It takes the protocol {self._endpoint.protocol}?")
        return answer[key]

    def _prediction(self, answer: list[Any], rows: int) -> Prediction:
        import numpy as np

        if len(answer) != rows:
            raise self._failed(f"answers with {len(answer):,} scores for {rows:,} rows")
        width = len(answer[0]) if isinstance(answer[0], list) else 0
        values = np.array([list(self._numbers(each, width)) for each in answer], dtype=np.float64)
        if width <= 1:
            return Prediction(values[:, 0])
        return Prediction(values, named_classes(width, self._endpoint.classes))

    def _numbers(self, given: Any, width: int) -> Iterator[float]:
        """The numbers of one row."""
        listed = given if width else [given]
        if not isinstance(listed, list) or len(listed) != (width or 1):
            raise self._failed("answers with rows of different shapes")
        for each in listed:
            if isinstance(each, bool) or not isinstance(each, int | float):
                found = {list: "a list", dict: "a mapping", str: "a text", bool: "a truth value"}.get(
                    type(each), "null"
                )
                raise self._failed(f"answers with {found} where a number is due", "Does it give probabilities?")
            try:
                number = float(each)
            except OverflowError:
                number = float("inf")
            if number - number != 0:
                raise self._failed("answers with a number that is not finite")
            yield number

    def _failed(self, what: str, hint: str = "") -> ModelFailure:
        return ModelFailure(f"{self._endpoint.url} {what}", where=self._where, hint=hint or "Ask whoever runs it.")


class _Deadline:
    """Shuts the connection down when its time is over: a server which sends a byte now and then never times out."""

    def __init__(self, connection: http.client.HTTPConnection, ends: float) -> None:
        self.passed = False
        self._connection, self._socket = connection, connection.sock
        self._timer = threading.Timer(max(ends - time.monotonic(), 0.0), self._end)
        self._timer.daemon = True

    def _end(self) -> None:
        self.passed = True
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:  # it was closed meanwhile
            return

    def __enter__(self) -> _Deadline:
        self._timer.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()
        self._connection.close()


def _request(endpoint: ScoringService, inputs: tuple[Input, ...], rows: range) -> bytes:
    """The rows as JSON: what is missing is null, a category is what it is in the file."""
    columns = [each.name for each in inputs]
    data = [list(row) for row in zip(*(_values(each, rows) for each in inputs), strict=True)]
    if endpoint.protocol == "mlflow":
        asked: dict[str, Any] = {"dataframe_split": {"columns": columns, "data": data}}
    else:
        asked = {"columns": columns, "rows": data}
    return json.dumps(asked).encode()


def _values(each: Input, rows: range) -> list[Any]:
    values = each.values[rows.start : rows.stop].tolist()
    if each.categories is not None:
        return [None if value < 0 else each.categories[value] for value in values]
    if any(value in (float("inf"), float("-inf")) for value in values):
        raise ModelFailure(f"the feature {each.name!r} holds an infinite number, which JSON cannot say")
    return [None if value != value else value for value in values]


def _refuse(name: str) -> float:
    raise ValueError(name)


def _told(error: Exception) -> str:
    text = (error.strerror if isinstance(error, OSError) and error.strerror else str(error)) or type(error).__name__
    return "".join(letter if letter.isprintable() else " " for letter in text)[:200]
