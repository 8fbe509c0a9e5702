"""Rows that do not hold what the manifest says of a feature: counted in one scan."""

from __future__ import annotations

from collections.abc import Sequence

from assay.engines.dataset import MISSING_NUMBERS, PEOPLE, Dataset
from assay.engines.where import filtered
from assay.evidence.code_book import CodeBook, FeatureRows
from assay.evidence.request import CodeBookRequest
from assay.record.codes import spellings
from assay.record.columns import Feature


def measure_code_book(request: CodeBookRequest, dataset: Dataset, features: Sequence[Feature]) -> CodeBook:
    """Missing, mistyped, below, above, of another level: a row is one of these of a feature, or none.

    Null, blank, NaN and infinite values are missing. A column that is not there has no rows of any of these.
    """
    import narwhals as nw

    rows = filtered(dataset, dataset.frame(), request.where).filter(nw.col(PEOPLE) > 0)
    there = [feature for feature in features if feature.name in dataset.kinds]
    parameters: list[object] = []
    asked = ["coalesce(sum(w), 0)"]
    for feature in there:
        for test, values in _tests(dataset, feature):
            asked.append(f"coalesce(sum(w) FILTER (WHERE {test}), 0)")
            parameters += values
    total, *counts = dataset.select(f"SELECT {', '.join(asked)} FROM {{rows}}", rows, parameters)[0]
    found = {
        feature.name: FeatureRows(feature.name, True, *(int(n) for n in counts[5 * place : 5 * place + 5]))
        for place, feature in enumerate(there)
    }
    return CodeBook(int(total), tuple(found.get(each.name, FeatureRows(each.name, there=False)) for each in features))


def _tests(dataset: Dataset, feature: Feature) -> list[tuple[str, list[object]]]:
    """What makes a row missing, mistyped, below, above, of another level; with the values asked for."""
    code, kind, never = dataset.code(feature.name), dataset.kind(feature.name), "1 = 0"
    if feature.dtype == "category":
        strange = (never, list[object]())
        if feature.levels is not None:
            known = list(dict.fromkeys(each for level in feature.levels for each in spellings(level)))
            strange = (f"{code} NOT IN ({', '.join('?' * len(known))})", list(known))
        return [(f"{code} IS NULL", []), (never, []), (never, []), (never, []), strange]
    if kind in ("text", "other", "truth"):
        return [(f"{code} IS NULL", []), (f"{code} IS NOT NULL", []), (never, []), (never, []), (never, [])]
    number, as_it_is = f"n{code[1:]}", f"f{code[1:]}"  # of an untyped column `number` would refuse what is counted here
    broken = never
    if kind == "untyped":
        words = ", ".join(f"'{word}'" for word in MISSING_NUMBERS)
        broken = f"{code} IS NOT NULL AND {as_it_is} IS NULL AND {code} NOT IN ({words})"
    beyond = [
        never if end is None else f"{number} {sign} CAST('{float(end)!r}' AS DOUBLE)"
        for sign, end in (("<", feature.minimum), (">", feature.maximum))
    ]
    missing = f"{number} IS NULL AND NOT ({broken})"
    return [(missing, []), (broken, []), (beyond[0], []), (beyond[1], []), (never, [])]
