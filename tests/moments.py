"""Moments for tests of checks, from the numbers of each group; the engine's own are tested beside numpy."""

import numpy as np

from assay.evidence.moments import Moments


def moments(
    groups, *, weights=None, entity=None, key="entity", grouping="g", unlabelled=None, unscored=None
) -> Moments:
    """Group → numbers; beside each number its weight and its entity, or ranked list, where given."""
    keys = tuple(f"group:{part}" for part in grouping.split("*"))
    numbers = np.concatenate([np.asarray(x, float) for x in groups.values()])
    centre = float(numbers.mean()) if len(numbers) else 0.0
    unit = 2.0 ** np.frexp(max(np.abs(numbers - centre).max(initial=0.0), 1e-90))[1]
    lines = {}
    for name, x in groups.items():
        levels = name if isinstance(name, tuple) else (name,)
        t = (np.asarray(x, float) - centre) / unit
        w = np.ones(len(t)) if weights is None else np.asarray(weights[name], float)
        ids = np.full(len(t), "") if entity is None else np.asarray(entity[name], str)
        for each in np.unique(ids) if len(t) else [""]:
            mine = ids == each
            own, v = t[mine], w[mine]
            if weights is None:
                sums = [own**k for k in range(1, 5)]
            else:
                sums = [v * own**k for k in range(3)] + [v * v * own**k for k in range(5)]
            at = (*levels, *(() if entity is None else (str(each),)))
            lines[at] = (int(mine.sum()), tuple(float(np.sum(one)) for one in sums))
    order = sorted(lines, key=lambda levels: [(level is not None, level or "") for level in levels])
    return Moments(
        keys if entity is None else (*keys, key),
        tuple(order),
        tuple(lines[at][0] for at in order),
        tuple((unlabelled or {}).get(at[0], 0) for at in order),
        tuple((unscored or {}).get(at[0], 0) for at in order),
        centre,
        float(unit),
        tuple(lines[at][1] for at in order),
        weights is not None,
    )
