"""The environment of the process of a model: what Python needs to start, and nothing that may be a secret."""

from __future__ import annotations

import os
import site
from pathlib import Path

KEPT = {
    "DYLD_LIBRARY_PATH",
    "LANG",
    "LANGUAGE",
    "LD_LIBRARY_PATH",
    "MKL_CBWR",
    "NPY_DISABLE_CPU_FEATURES",
    "OPENBLAS_CORETYPE",
    "OPENBLAS_L2_SIZE",
    "PATH",
    "PYTHONHOME",
    "PYTHONPATH",
    "SYSTEMROOT",
    "TZ",
}


def environment(work: Path) -> dict[str, str]:
    """Of a process whose one folder is `work`. One thread: sums then always have the same order.

    What chooses the kernels of linear algebra is kept: others give other last digits than outside.
    """
    kept = {name: value for name, value in os.environ.items() if name in KEPT or name.startswith("LC_")}
    if site.ENABLE_USER_SITE:
        kept["PYTHONUSERBASE"] = site.getuserbase()
    folders = ("HOME", "TMPDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR", "NUMBA_CACHE_DIR", "JOBLIB_TEMP_FOLDER")
    return {
        **kept,
        **dict.fromkeys(folders, str(work)),
        "USER": "assay",
        "PYTHONWARNINGS": "ignore",
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "LOKY_MAX_CPU_COUNT": "1",
        "JOBLIB_MULTIPROCESSING": "0",
    }
