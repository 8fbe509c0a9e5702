"""Evidence and context for tests of checks, from plain rows and counts."""

from collections import Counter
from dataclasses import replace

import numpy as np

from assay.checks.registry import Context
from assay.evidence.attributions import Rows
from assay.evidence.cells import Cells
from assay.evidence.group_scores import GroupScores, Held
from assay.evidence.profile import ColumnProfile
from assay.evidence.scores import Scores
from assay.evidence.value import Evidence
from assay.evidence.view import SubjectView
from assay.record.manifest import Manifest

LEVELS = {1: "favourable", 0: "unfavourable", None: None}


def manifest(**blocks) -> Manifest:
    """A manifest with an identity and the given blocks, read as strictly as a file is."""
    import json

    tree = {"assay": "manifest/v1", "identity": {"id": "m", "name": "M", "version": "1"}, **blocks}
    return Manifest.model_validate_json(json.dumps(tree))


def people_manifest(*groups: str, **blocks) -> Manifest:
    """Label, decision, probability and groups in a test and a training file."""
    columns = {
        "label": {"column": "y", "favourable": 1},
        "decision": {"column": "d", "favourable": 1},
        "score": {"column": "p", "kind": "probability", "of": 1},
        "groups": {name: {"column": name} for name in groups},
    }
    data = {"train": {"path": "train.csv"}, "test": {"path": "test.csv"}}
    return manifest(**{"columns": columns, "data": data, **blocks})


def context(view: Manifest, *, confidence=0.95, decide_on="interval", minimum=30) -> Context:
    return Context(SubjectView(view), confidence, decide_on, minimum)


def cells(keys, rows) -> Cells:
    """Cells over `keys` from one tuple of levels per person."""
    counted = Counter(tuple(row) for row in rows)
    ordered = sorted(counted, key=lambda levels: tuple((level is not None, level or "") for level in levels))
    return Cells(tuple(keys), tuple(ordered), tuple(counted[levels] for levels in ordered))


def weighed(given: Cells, weight=1.0) -> Cells:
    """The same people with sampling weights: one for all, or of each cell by its levels."""
    each = [weight(levels) if callable(weight) else weight for levels in given.rows]
    pairs = list(zip(given.counts, each, strict=True))
    return replace(given, weights=tuple(n * w for n, w in pairs), squares=tuple(n * w * w for n, w in pairs))


def repeated(given: Cells, *, times=1, groups=400) -> Cells:
    """The same people as so many rows each; every one is in one of the random groups, evenly."""
    counted, place = Counter(), 0
    for levels, n in zip(given.rows, given.counts, strict=True):
        for _ in range(n):
            counted[(*levels, f"{place * 37 % groups:03}")] += times
            place += 1
    rows = sorted(counted, key=lambda levels: tuple((level is not None, level or "") for level in levels))
    return Cells((*given.keys, "entity"), tuple(rows), tuple(counted[levels] for levels in rows))


def with_entity(view: Manifest) -> Manifest:
    """The same manifest, of people who stand in several rows."""
    return view.model_copy(update={"columns": view.columns.model_copy(update={"entity": "client"})})


def decided(**groups) -> list:
    """People (decision, group) from `name=(favourable, all)`."""
    return [(LEVELS[int(i < yes)], name.replace("_", " ")) for name, (yes, n) in groups.items() for i in range(n)]


def scores(score, label, *, unlabelled=0, unscored=0, probability=True) -> Scores:
    """Counts at each distinct score; the event is label 1."""
    score, label = np.asarray(score, float), np.asarray(label, int)
    distinct, place = np.unique(score, return_inverse=True)
    events = np.bincount(place[label == 1], minlength=len(distinct)).astype(np.int64)
    nonevents = np.bincount(place[label == 0], minlength=len(distinct)).astype(np.int64)
    return Scores(distinct, events, nonevents, unlabelled, unscored, "y = 1", probability)


def group_scores(score, label, group, *, weights=None, unscored=None, probability=True, keys=("group:sex",)):
    """People at each distinct score of each group; label None: everybody counts alike; nan: no label."""
    levels = [(each,) if each is None or isinstance(each, str) else tuple(each) for each in group]
    groups = sorted(set(levels), key=lambda each: [(level is not None, level or "") for level in each])
    place = np.array([groups.index(each) for each in levels], np.int64)
    score = np.asarray(score, float)
    label = np.full(len(score), np.nan) if label is None else np.asarray(label, float)
    lines, line = np.unique(np.column_stack([place, score]), axis=0, return_inverse=True)
    line, k = line.ravel(), len(lines)

    def held(mine):
        counts = np.bincount(line[mine], minlength=k).astype(np.int64)
        if weights is None:
            return Held(counts)
        v = np.asarray(weights, float)[mine]
        return Held(counts, *(np.bincount(line[mine], each, minlength=k) for each in (v, v * v)))

    return GroupScores(
        keys, tuple(groups), tuple((unscored or {}).get(each[0], 0) for each in groups),
        lines[:, 0].astype(np.int64), lines[:, 1], held(label == 1), held(label == 0), held(np.isnan(label)),
        None if np.isnan(label).all() else "y = 1", probability,
    )  # fmt: skip


def column(name, counts, against=None, *, missing=0, against_missing=None, numeric=True) -> ColumnProfile:
    return ColumnProfile(
        name=name,
        numeric=numeric,
        rows=sum(counts) + missing,
        missing=missing,
        distinct=sum(n > 0 for n in counts),
        low=None,
        high=None,
        bins=tuple(f"bin {i}" for i in range(len(counts))),
        counts=tuple(counts),
        against_rows=None if against is None else sum(against) + (against_missing or 0),
        against_missing=None if against is None else against_missing or 0,
        against_counts=None if against is None else tuple(against),
    )


def explained(attributions, features, *, base=0.0, output=None) -> Rows:
    attributions = np.asarray(attributions, float).reshape(-1, len(features))
    bases = np.full(len(attributions), base)
    exact = bases + attributions.sum(axis=1)
    return Rows(tuple(features), attributions, bases, exact if output is None else np.asarray(output, float),
                "log-odds", "TreeExplainer", 5000)  # fmt: skip


def measure(check, view: Manifest, *values, p=None, **options):
    """Run a check on one value per request of its needs, in their order."""
    parameters = check.parameters(**(p or {}))
    needs = check.needs(parameters, SubjectView(view))
    assert len(needs.requests) == len(values), needs
    evidence = Evidence(dict(zip(needs.requests, values, strict=True)))
    return check.measure(evidence, parameters, context(view, **options))


def needs(check, view: Manifest, **p):
    return check.needs(check.parameters(**p), SubjectView(view))


def by_group(measured, *, headline=True):
    """Estimates by group; only headline ones unless told."""
    return {e.group: e for e in measured.estimates if e.headline or not headline}
