"""Groups told from inputs, for tests of the checks that read it: five folds, all alike."""

from assay.evidence.proxies import Attribute, Proxies, Ranked, Told

NOTHING, FULLY = ((1, 1), (1, 1)), ((0, 2), (2, 0))
"""Members and others at two ascending scores, per two of each."""


def ranked(shape, n, several=1):
    """A fold of n members and n others."""
    sides = [tuple(each * n // 2 for each in side) for side in shape]
    return Ranked(*sides, (several, several))


def told(feature, shape, *, n=100, grouping="sex", group="f", several=1):
    return Told(feature, grouping, group, tuple(ranked(shape, n, several) for _ in range(5)))


def proxies(*made, n=100, groups=("f", "m"), unknown=0, features=("income", "district")):
    held = Attribute("sex", tuple((name, 5 * n) for name in groups), unknown)
    drawn = 5 * n * len(groups) + unknown
    return Proxies(features, (held,), drawn, drawn, made)
