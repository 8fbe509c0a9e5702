"""ONNX files, run by onnxruntime on one thread. From bytes it reads no other file, so the digest covers the model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assay.errors import DataError
from assay.record.codes import code
from assay.subject.adapters import library
from assay.subject.adapters.matrix import places_of
from assay.subject.classes import Classes, Prediction, named_classes, require_no_classes
from assay.subject.origins import Unsupported
from assay.subject.scorer import ModelFailure

if TYPE_CHECKING:
    import pandas as pd

    from assay.subject.explain import Explanation

NUMBERS = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16", "tensor(int64)": "int64",
    "tensor(int32)": "int32", "tensor(bool)": "bool",
}  # fmt: skip
FLOATS = ("tensor(float)", "tensor(double)", "tensor(float16)")
TEXT = "tensor(string)"
CLEAR = 0.9
"""From this probability on a label is taken to be that class, whatever the threshold the model decides by."""


def open_model(data: bytes, classes: Classes | None, *, trusted: bool) -> Graph:  # noqa: ARG001  no code in it
    """The graph in a session that uses one thread, so that sums do not depend on how many there are."""
    runtime = library("onnxruntime", "onnx")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4
    try:
        session = runtime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # noqa: BLE001  each kind of failure is a class of its own, below Exception
        line = (str(error).strip().splitlines() or [""])[0][:300]
        hint = "Store the weights inside the file; external data and operators of your own are not read."
        raise DataError(f"onnxruntime cannot read the model: {line}", hint=hint) from None
    return Graph(session, classes)


class Graph:
    """A graph with one matrix or one column for each input, and with probabilities or one number as output."""

    kind, needs_background = "ONNX", False

    def __init__(self, session: Any, declared: Classes | None) -> None:
        self._session, self._declared = session, declared
        self._inputs = list(session.get_inputs())
        self._label, self._output = _outputs(list(session.get_outputs()))

    def predict(self, frame: pd.DataFrame) -> Prediction:
        """Probabilities of the classes, or one number for each row."""
        import numpy as np

        wanted = [name for name in (self._output, self._label) if name]
        made, *labels = self._session.run(wanted, self._feed(frame))
        own: Classes | None = None
        if isinstance(made, list):  # ZipMap: a mapping from class to probability for each row
            own = tuple(made[0]) if made else None
            made = np.array([list(row.values()) for row in made], dtype=np.float64).reshape(len(made), -1)
        values = np.asarray(made, dtype=np.float64)
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.ndim not in (1, 2) or len(values) != len(frame):
            raise ModelFailure(f"the model gives an array of shape {values.shape} for {len(frame)} rows")
        if values.ndim == 1:
            require_no_classes(self._declared)
            return Prediction(values)
        classes = named_classes(values.shape[1], self._declared, own)
        if labels and own is None:
            _require_agreement(values, classes, labels[0])
        return Prediction(values, classes)

    def explain(self, frame: pd.DataFrame, background: pd.DataFrame | None, of: Any) -> Explanation:  # noqa: ARG002
        """ONNX has no contributions."""
        raise Unsupported("attributions of an ONNX model")

    def _feed(self, frame: pd.DataFrame) -> dict[str, Any]:
        """By input of the graph: all features as a matrix, or its own feature as a column."""
        import numpy as np

        if len(self._inputs) == 1:
            only = self._inputs[0]
            width = only.shape[1] if len(only.shape) == 2 else 1
            if isinstance(width, int) and width != frame.shape[1]:
                raise DataError(f"the model takes {width} inputs, and the manifest's features are {frame.shape[1]}")
            columns = [_tensor(str(name), frame[name], only.type) for name in frame.columns]
            return {only.name: np.column_stack(columns) if len(only.shape) == 2 else columns[0]}
        places = places_of([each.name for each in self._inputs], len(self._inputs), list(frame.columns))
        feed = {}
        for each, place in zip(self._inputs, places, strict=True):
            column = _tensor(each.name, frame.iloc[:, place], each.type)
            feed[each.name] = column[:, None] if len(each.shape) == 2 else column
        return feed


def _outputs(outputs: list[Any]) -> tuple[str, str]:
    """The names of the label, where there is one, and of the probabilities or the number."""
    numbers = [each for each in outputs if each.type in FLOATS or each.type.startswith("seq(map(")]
    if len(numbers) != 1 or len(outputs) > 2:
        told = ", ".join(f"{each.name} ({each.type})" for each in outputs[:10])
        raise DataError(
            f"the model's outputs are {told}: they hold more or less than one array of probabilities or numbers",
            hint="Export a label and its probabilities, or one number.",
        )
    labels = [each.name for each in outputs if each is not numbers[0]]
    return (labels[0] if labels else ""), numbers[0].name


def _tensor(name: str, column: pd.Series[Any], wanted: str) -> Any:
    """The column as the graph takes it. DataError where a value has no such form."""
    import numpy as np
    import pandas as pd

    is_category = isinstance(column.dtype, pd.CategoricalDtype)
    values = column.cat.categories.tolist() if is_category else []
    if wanted == TEXT:
        if not is_category:
            raise DataError(f"the model takes {name!r} as text", hint="Write `dtype: category` at this feature.")
        if column.isna().any():
            raise ModelFailure(f"the model takes {name!r} as text, and it is missing in some rows")
        texts = np.array([code(value) for value in values], dtype=object)
        return texts[column.cat.codes.to_numpy()]
    if wanted not in NUMBERS:
        raise DataError(f"the model takes {name!r} as {wanted}, which cannot be given")
    if any(isinstance(value, str) for value in values):
        raise DataError(f"the model takes {name!r} as a number, and it holds text")
    numbers = column.astype(np.float64).to_numpy()
    if wanted not in FLOATS and not (numbers == np.trunc(numbers)).all():
        raise ModelFailure(f"the model takes {name!r} as whole numbers, and some rows hold others or none")
    return numbers.astype(NUMBERS[wanted])


def _require_agreement(values: Any, classes: Classes, labels: Any) -> None:
    """DataError where the label the model gives is not the class which it finds most probable: then the classes are
    other ones, or stand in another order. Names may stand for labels that are numbers from 0.
    """
    import numpy as np

    named = [code(each) for each in classes]
    numbered = [str(place) for place in range(len(classes))]
    clear = values.max(axis=1) >= CLEAR
    given = np.asarray(labels).reshape(-1)[clear].tolist()
    for place, label in sorted(set(zip(values[clear].argmax(axis=1).tolist(), given, strict=True)), key=str):
        by_number = code(label) == numbered[place] and not set(named) & set(numbered)
        if code(label) != named[place] and not by_number:
            raise DataError(
                f"the model calls a row {code(label)!r} where the classes of the manifest make it {named[place]!r}",
                hint="Write `classes` into the manifest, in the order of the model's probabilities.",
            )
