"""Somebody who reads published tables and subtracts: what he learns of the groups that were withheld."""

import numpy as np


def learned(groups, shown):
    """The withheld groups whose number follows from what is shown and from the number of everybody.

    `groups`: (grouping, group) → the smallest parts of the data that it is made of; any names.
    """
    parts = sorted({part for of in groups.values() for part in of})
    known = [[1.0] * len(parts)] + [[float(part in groups[group]) for part in parts] for group in shown]
    rank = np.linalg.matrix_rank(np.array(known))
    found = set()
    for group in set(groups) - set(shown):
        row = [float(part in groups[group]) for part in parts]
        if np.linalg.matrix_rank(np.array([*known, row])) == rank:
            found.add(group)
    return found
