"""Python objects in the place of files: inputs, labels and groups become a data file and a manifest of their own.

The bytes of the file are canonical: the same values give the same digest on every machine. Every value is written in
one way: a whole number without decimals, another with as many digits as tell it from its neighbours, truth as `true` or
`false`, nothing as nothing.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from assay.errors import AssayError, DataError, ManifestError, Problems
from assay.record.codes import code, spellings
from assay.record.frozen import Scalar
from assay.source import parse_source
from assay.subject.asked_objects import Answers, ask, described
from assay.subject.from_data import VERSION, id_of, manifest_text
from assay.subject.manifest import LoadedManifest, read_manifest

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

DATA = "objects.csv"
"""What the record calls the file."""
_WHOLE = 2.0**53


@dataclass(frozen=True)
class Objects:
    """What a user has in hand. `groups`: columns of their own, or names of columns of the inputs."""

    model: Any
    inputs: Any
    labels: Any
    groups: Any
    favourable: Scalar | None
    score_of: Scalar | None = None
    decision: Mapping[str, float] | None = None
    weights: Any = None
    edges: Mapping[str, Sequence[float]] = field(default_factory=dict)
    name: str | None = None
    version: str | None = None


@dataclass(frozen=True)
class Described:
    """The objects as an audit takes them."""

    manifest: LoadedManifest
    data: bytes
    notes: tuple[str, ...]


def describe(objects: Objects, folder: Path) -> Described:
    """The manifest of the objects, whose paths count from `folder`, and what is to be written there.

    The model is asked once for everybody. Raises DataError for objects that do not belong together.
    """
    favourable, of = _plain(objects.favourable), _plain(objects.score_of)
    if favourable is None:
        what = "nobody said which label is favourable"
        raise DataError(what, hint="Give favourable=, the label that is good for the person.")
    table = _Table(_frame(objects.inputs, objects.model), indexed=hasattr(objects.inputs, "index"))
    label = None
    if objects.labels is not None:
        label = table.add(str(getattr(objects.labels, "name", None) or "label"), "y", objects.labels)
        for said, level in (("favourable", favourable), ("score_of", favourable if of is None else of)):
            _require_level(said, level, table.columns[label])
    groups = _groups(objects, table)
    weight = None if objects.weights is None else table.add("weight", "weights", objects.weights)
    answers = ask(objects.model, objects.inputs, favourable=favourable, of=of, decision=objects.decision)
    columns: dict[str, Any] = {}
    if label is not None:
        columns["label"] = {"column": label, "favourable": favourable}
    columns |= _answered(answers, favourable, table, label)
    if weight is not None:
        columns["weight"] = weight
    columns["groups"] = groups
    name = objects.name or str(getattr(objects.model, "__name__", type(objects.model).__name__))
    features, left_out = table.features()
    tree = {
        "assay": "manifest/v1",
        "identity": {"id": id_of(name, "model"), "name": name, "version": objects.version or VERSION},
        "model": {"algorithm": described(objects.model, answers)},
        "data": {"test": {"path": DATA, "rows": table.rows}},
        "columns": columns,
        "features": features,
    }
    notes = answers.told + tuple(
        f"the input {name!r} is no feature: it holds neither numbers nor text" for name in left_out
    )
    return Described(_manifest(tree, folder), table.csv(), notes)


def _plain(value: Any) -> Any:
    """A value of the manifest that came from an array."""
    return value.item() if hasattr(value, "item") else value


def _manifest(tree: dict[str, Any], folder: Path) -> LoadedManifest:
    try:
        text = manifest_text(tree, f"Made from Python objects; {DATA} are their values.")
        return read_manifest(parse_source(text.encode(), "model.yaml", error=ManifestError), folder)
    except (AssayError, UnicodeEncodeError) as error:
        first = error.problems[0] if isinstance(error, Problems) else error
        what = first.what if isinstance(first, AssayError) else "a name is not valid text"
        raise ManifestError(f"the objects make no manifest: {what}", hint="Write a manifest and a data file.") from None


def _frame(inputs: Any, model: Any) -> pd.DataFrame:
    """The inputs with names: those of the frame, of the model that was fitted with names, else x0, x1 and so on."""
    import numpy as np
    import pandas as pd

    if isinstance(inputs, pd.DataFrame):
        frame = inputs.set_axis([str(name) for name in inputs.columns], axis="columns")
    elif isinstance(inputs, np.ndarray) and inputs.ndim == 2:
        known = [str(name) for name in getattr(model, "feature_names_in_", ())]
        names = known if len(known) == inputs.shape[1] else [f"x{place}" for place in range(inputs.shape[1])]
        frame = pd.DataFrame(inputs, columns=names)
    else:
        what = f"X is a {type(inputs).__name__}, no pandas DataFrame and no array of rows and columns"
        raise DataError(what, hint="Give a DataFrame, or an array of two dimensions.")
    if twice := sorted({name for name in frame.columns if list(frame.columns).count(name) > 1}):
        raise DataError(f"X names {', '.join(map(repr, twice))[:400]} more than once", hint="Name each column once.")
    if not len(frame):
        raise DataError("X has no rows", hint="An audit needs people.")
    return frame


class _Table:
    """The columns of the data file, in their order: those of the inputs, then what was added."""

    def __init__(self, frame: pd.DataFrame, *, indexed: bool) -> None:
        self.frame, self.rows, self._indexed = frame, len(frame), indexed
        self.columns: dict[str, list[str]] = {}
        self._strange: list[str] = []
        for name in frame.columns:
            try:
                self.columns[name] = cells(frame[name].tolist(), f"the input {name!r}")
            except DataError:
                self._strange.append(name)

    def add(self, name: str, told: str, values: Any) -> str:
        """The name under which the values stand: with `_` behind it where others have it already."""
        import pandas as pd

        listed = _listed(values, told)
        if len(listed) != self.rows:
            what = f"{told} has {len(listed)} values and X has {self.rows} rows"
            raise DataError(what, hint="Give one value for each row of X.")
        if self._indexed and isinstance(values, pd.Series | pd.DataFrame) and not values.index.equals(self.frame.index):
            what = f"the rows of {told} have other names, or another order, than those of X"
            raise DataError(what, hint="Take both from the same frame, or say reset_index(drop=True) of both.")
        made = cells(listed, told)
        while (name in self.columns and self.columns[name] != made) or name in self._strange:
            name += "_"
        self.columns[name] = made
        return name

    def features(self) -> tuple[list[dict[str, str]], list[str]]:
        """The inputs as features, and those that are none."""
        from pandas.api.types import is_bool_dtype, is_numeric_dtype

        made = []
        for name in self.frame.columns:
            if name not in self._strange:
                number = is_numeric_dtype(self.frame[name]) and not is_bool_dtype(self.frame[name])
                made.append({"name": name, "dtype": "number" if number else "category"})
        return made, self._strange

    def csv(self) -> bytes:
        """The file."""
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(zip(*self.columns.values(), strict=True))
        try:
            return text.getvalue().encode()
        except UnicodeEncodeError:
            raise DataError("a value is not valid text", hint="Texts are those that UTF-8 can write.") from None


def _groups(objects: Objects, table: _Table) -> dict[str, Any]:
    """The groups of the manifest, whose columns stand in the table."""
    groups: dict[str, dict[str, Any]] = {}
    for name, values in _named(objects.groups, table):
        if name in groups:
            raise DataError(f"the group {name!r} is named twice", hint="Name each group once.")
        groups[name] = {"column": name if values is None else table.add(name, f"the group {name!r}", values)}
        held = table.columns[groups[name]["column"]]
        lacking = [place for place, value in enumerate(held) if not value.strip()]
        if lacking:
            what = (
                f"the group {name!r} has no value in {len(lacking)} of {table.rows} rows, first in row {lacking[0] + 1}"
            )
            raise DataError(what, hint="Give these people a group of their own, e.g. .fillna('not known').")
    for name, edges in objects.edges.items():
        if name not in groups:
            listed = ", ".join(groups) or "none"
            raise DataError(f"edges are given for {name!r}, which is no group", hint=f"The groups: {listed}.")
        groups[name]["edges"] = [float(edge) for edge in edges]
    return groups


def _named(groups: Any, table: _Table) -> Iterator[tuple[str, Any]]:
    """Each group with its values; None where it is a column of the inputs."""
    import pandas as pd

    if groups is None:
        return
    if isinstance(groups, pd.Series):
        if groups.name is None:
            raise DataError("the group has no name", hint="Give groups={'sex': series}.")
        yield str(groups.name), groups
    elif isinstance(groups, pd.DataFrame):
        yield from ((str(name), groups[name]) for name in groups.columns)
    elif isinstance(groups, Mapping):
        yield from ((str(name), values) for name, values in groups.items())
    else:
        for name in [groups] if isinstance(groups, str) else groups:
            if name not in table.columns:
                listed = ", ".join(table.columns)[:300]
                what = f"groups names {name!r:.100}, which is no column of X"
                raise DataError(what, hint=f"Give the columns themselves, as a DataFrame or a dict. X has: {listed}.")
            yield name, None


def _answered(answers: Answers, favourable: Scalar, table: _Table, label: str | None) -> dict[str, Any]:
    """Score and decision in the words of the manifest."""
    columns: dict[str, Any] = {}
    if answers.scores is not None:
        score: dict[str, Any] = {
            "column": table.add("score", "the model's scores", answers.scores),
            "kind": answers.kind,
        }
        if answers.kind == "probability":
            score["of"] = answers.of
        if answers.kind == "rank" or label is None:
            score["higher"] = "favourable" if code(answers.of) in spellings(favourable) else "unfavourable"
        columns["score"] = score
    if answers.decisions is None:
        columns["decision"] = {"from": "score", "favourable": dict(answers.cut or {})}
        return columns
    name = table.add("decision", "the model's decisions", answers.decisions)
    if label is not None:
        known = {code(value) for value in table.columns[label]}
        strange = next((value for value in table.columns[name] if code(value) not in known), None)
        if strange is not None:
            what = f"the model's predict gives {strange!r:.100}, which is no label"
            raise DataError(what, hint="Say decision={'below': …}, a cut of the score; a regression needs a manifest.")
    columns["decision"] = {"column": name, "favourable": favourable}
    return columns


def _require_level(said: str, level: Scalar, held: Iterable[str]) -> None:
    levels = sorted({code(value) for value in held if value.strip()})
    if not set(spellings(level)) & set(levels):
        shown = ", ".join(map(repr, levels[:10])) + (", …" if len(levels) > 10 else "")
        raise DataError(f"{said}={level!r} is no label: y holds {shown}", hint="Write it as it stands in y.")


def _listed(values: Any, told: str) -> list[Any]:
    """The values of a column, whatever holds them."""
    if isinstance(values, str | bytes | Mapping):
        raise DataError(
            f"{told} is a {type(values).__name__}, no column of values", hint="Give a list, array or Series."
        )
    if getattr(values, "ndim", 1) == 2 and values.shape[1] == 1:
        values = values.to_numpy() if hasattr(values, "to_numpy") else values
        values = values[:, 0]
    if getattr(values, "ndim", 1) != 1:
        raise DataError(f"{told} has {values.ndim} dimensions", hint="Give one value for each row of X.")
    try:
        return list(values.tolist() if hasattr(values, "tolist") else values)
    except TypeError:
        what = f"{told} is a {type(values).__name__}, no column of values"
        raise DataError(what, hint="Give a list, array or Series.") from None


def cells(values: Iterable[Any], told: str) -> list[str]:
    """Each value in the one way in which it is written. DataError for what is no plain value."""
    return [_cell(value, told) for value in values]


def _cell(value: Any, told: str) -> str:
    kind = type(value)
    if kind is float:
        return (
            "" if math.isnan(value) else str(int(value)) if value.is_integer() and abs(value) < _WHOLE else repr(value)
        )
    if kind is str:
        return str(value)
    if kind is bool:
        return "true" if value else "false"
    if kind is int:
        return str(value)
    return _rare(value, told)


def _rare(value: Any, told: str) -> str:
    import pandas as pd

    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, pd.Interval | pd.Period | Decimal):
        return str(value)
    if hasattr(value, "item"):
        return _cell(value.item(), told)
    what = f"{told} holds values of the type {type(value).__name__}"
    raise DataError(what, hint="Use numbers, texts, truth values or days.")
