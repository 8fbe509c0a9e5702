"""Train the credit-default model and its challenger, and lay out everything that an audit reads in one folder.

    python examples/credit_default/train.py [build/credit_default]

Half of the clients train, the other half test; a fixed seed says who. Sex, education, marital status and age are kept
in the data, so that an audit can compare groups, and are no inputs of the model. The same versions of Python and of
the libraries give the same bytes on the same machine.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import sys
import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
SEED = 2009
LABEL = "default_payment_next_month"
PROTECTED = ["SEX", "EDUCATION", "MARRIAGE", "AGE"]


def main(folder: Path) -> None:
    """Write model.skops, challenger.skops, train.parquet, test.parquet, documents and model.yaml into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    clients = pd.read_csv(HERE / "clients.csv.gz")
    inputs = [name for name in clients.columns if name not in [*PROTECTED, LABEL]]
    train, test = halves(clients)
    for name, part in (("train", train), ("test", test)):
        write_parquet(part, folder / f"{name}.parquet")
    models = {
        "model": HistGradientBoostingClassifier(early_stopping=True, random_state=SEED),
        "challenger": make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)),
    }
    for name, model in models.items():
        model.fit(train[inputs], train[LABEL])
        (folder / f"{name}.skops").write_bytes(stable_bytes(model))
        auc = [roc_auc_score(part[LABEL], model.predict_proba(part[inputs])[:, 1]) for part in (train, test)]
        print(f"{name}: AUC {auc[0]:.3f} on train, {auc[1]:.3f} on test")
    shutil.copytree(HERE / "docs", folder / "docs", dirs_exist_ok=True)
    shutil.copy(HERE / "train.py", folder / "train.py")
    write_manifest(folder)


def halves(clients: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Train and test: the two halves of a seeded permutation."""
    order = np.random.default_rng(SEED).permutation(len(clients))
    middle = len(clients) // 2
    return clients.iloc[order[:middle]], clients.iloc[order[middle:]]


def write_parquet(table: pd.DataFrame, path: Path) -> None:
    """Write `table` as Parquet, row by row in its order."""
    with duckdb.connect(config={"threads": 1}) as database:
        database.register("part", table)
        database.table("part").write_parquet(str(path), compression="zstd")


def stable_bytes(model: Any) -> bytes:
    """The skops archive of `model`, the same for the same model.

    skops names parts by the address they have in memory and stamps the archive with the time; both are replaced.
    """
    source = zipfile.ZipFile(BytesIO(skops.io.dumps(model)))
    schema = source.read("schema.json").decode()
    numbers: dict[str, str] = {}

    def number(found: re.Match[str]) -> str:
        return found[1] + numbers.setdefault(found[2], str(len(numbers)))

    parts = {"schema.json": re.sub(r'("__id__": |"file": ")(\d+)', number, schema).encode()}
    for name in source.namelist():
        if name != "schema.json":
            stem, dot, kind = name.partition(".")
            parts[numbers[stem] + dot + kind] = source.read(name)
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(parts):
            archive.writestr(zipfile.ZipInfo(name), parts[name], zipfile.ZIP_DEFLATED)
    return out.getvalue()


def write_manifest(folder: Path) -> None:
    """Copy model.yaml, with the digest of each file that it names beside the file's path."""

    def with_digest(found: re.Match[str]) -> str:
        indent, path = found.groups()
        digest = hashlib.sha256((folder / path).read_bytes()).hexdigest()
        print(f"sha256:{digest}  {path}")
        return f"{indent}path: {path}\n{indent}digest: sha256:{digest}"

    text = (HERE / "model.yaml").read_text(encoding="utf-8")
    (folder / "model.yaml").write_text(re.sub(r"(?m)^( +)path: (\S+)$", with_digest, text), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/credit_default"))
