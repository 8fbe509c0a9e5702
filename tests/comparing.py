"""Every fairness check that compares groups, in one audit of the same people: for what must hold for all of them."""

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

import assay
from assay.checks.registry import GroupingParameters, find, names
from assay.evidence.view import SubjectView
from auditing import AT, control
from builders import manifest
from subjects import write_frame

COLUMNS = {
    "label": {"column": "y", "favourable": 1},
    "decision": {"column": "d", "favourable": 1},
    "score": {"column": "p", "kind": "probability", "of": 1},
    "groups": {"g": {"column": "g"}},
    "strata": {"s": {"column": "s"}},
    "candidates": {"c": {"column": "c", "favourable": 1}},
}
AMOUNTS = {
    "label": {"column": "t", "favourable": 1},
    "score": {"column": "v", "kind": "value", "higher": "favourable"},
    "groups": {"g": {"column": "g"}},
}
"""Of a regression: what happened and what was predicted are amounts."""
RULES = {
    "fairness.calibration_within_groups": {"between": [0.8, 1.25]},
    "fairness.equalised_odds": {"at_most": 0.2},
    "fairness.group_sufficiency": {"at_least": 1},
    "fairness.impact_ratio": {"at_least": 0.8},
    "fairness.residual_bias": {"margin": 5},
    "fairness.shortfall": {"at_most": 300},
}
"""Criterion of a check; of the others no more than a fifth from equality."""


def fits(name: str) -> dict | None:
    """The columns in which a check finds by default all that it needs; None for those that need a model, or more."""
    for columns in (COLUMNS, AMOUNTS):
        view = SubjectView(manifest(columns=columns, data={"test": {"path": "d.parquet"}}))
        if not find(name).needs(find(name).parameters(), view).missing:
            return columns
    return None


FITS = {
    name: columns
    for name in names()
    if name.startswith("fairness.") and issubclass(find(name).parameters, GroupingParameters)
    if (columns := fits(name)) is not None
}
"""Check to what the columns mean in its audit."""
COMPARING = sorted(FITS)


def crowd(sizes: dict, *, seed=1, equal=False) -> pd.DataFrame:
    """People of groups of these sizes; unless they are `equal`, each group is favoured less than the one before."""
    random, parts = np.random.default_rng(seed), []
    for place, (name, n) in enumerate(sizes.items()):
        if equal:
            random = np.random.default_rng(seed)
        p = np.round(random.beta(2, 2, n) * (1 - 0.06 * place * (not equal)), 3)
        y, s = (random.random(n) < p).astype(int), np.where(random.random(n) < 0.5, "north", "south")
        v = np.round(random.normal(100, 20, n), 1)
        parts.append(
            pd.DataFrame(
                {
                    "g": name,
                    "s": s,
                    "y": y,
                    "p": p,
                    "v": v,
                    "t": np.round(v + random.normal(0, 10, n), 1),
                    "d": (p + random.normal(0, 0.1, n) > 0.5).astype(int),
                    "c": (p + random.normal(0, 0.15, n) > 0.45).astype(int),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def audited(folder: Path, frame: pd.DataFrame, checks=None, *, options=None, **columns) -> dict:
    """Finding by check: an audit for all that share their columns, with a control for each check."""
    found = {}
    for place, given in enumerate((COLUMNS, AMOUNTS)):
        chosen = [name for name in checks or COMPARING if FITS[name] is given]
        if chosen:
            found |= _audited(folder / str(place), frame, chosen, {**given, **columns}, options or {})
    return found


def _audited(folder: Path, frame: pd.DataFrame, checks: list, columns: dict, options: dict) -> dict:
    folder.mkdir(parents=True)
    write_frame(frame, folder / "d.parquet")
    model = {
        "assay": "manifest/v1",
        "identity": {"id": "model", "name": "Model", "version": "1"},
        "data": {"test": {"path": "d.parquet"}},
        "columns": columns,
    }
    controls = [
        control(
            f"C{place}",
            check=name,
            criterion={**RULES.get(name, {"margin": 0.2}), "source": "house"},
            **{"with": {**options}},
        )
        for place, name in enumerate(checks)
    ]
    policy = {"assay": "policy/v1", "id": "p", "version": "1.0.0", "title": "P", "controls": controls}
    (folder / "model.yaml").write_text(yaml.safe_dump(model))
    (folder / "policy.yaml").write_text(yaml.safe_dump(policy))
    result = assay.audit(folder / "model.yaml", at=AT, policies=[str(folder / "policy.yaml")])
    return {finding.check.id: finding for finding in result.audit.findings if finding.check}
