"""The example's audit beside evidently on the same job: whole processes with their imports, in turn. Nothing is tested.

`python benchmarks/peers.py` needs the example (`make demo`) and makes a virtual environment of its own for evidently
of requirements/bench.txt, because evidently needs another pandas. `--write FILE` keeps the figures.

The job: 15 000 rows to train on and 15 000 to test on, 19 features, 4 protected attributes. evidently gets its presets
for drift and for the quality of a classification, and by group of each attribute how many are accepted and the true and
false positive rates; it writes one HTML file. It is given the model's scores and the groups as columns and loads no
model. Assay loads it, scores both halves, explains 2 000 rows, gives intervals and intersections, and computes the
metrics of the groups a second time; its cache is off. Its environment is the one that `make demo` makes, without the
tools of the tests: shap imports pyspark where that is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "build" / "credit_default"
ENVIRONMENT = ROOT / "build" / "peers"
RUNS = 5
WANTED = {"HTML": 2.0, "HTML, PDF and signatures": 1.0}

PREPARE = """
import sys, duckdb, numpy as np, skops.io, yaml
example, folder = sys.argv[1:]
manifest = yaml.safe_load(open(f"{example}/model.yaml"))
features = [feature["name"] for feature in manifest["features"]]
path = f"{example}/model.skops"
model = skops.io.load(path, trusted=skops.io.get_untrusted_types(file=path))
for half in ("train", "test"):
    frame = duckdb.sql(f"SELECT * FROM '{example}/{half}.parquet'").df()
    frame["score"] = model.predict_proba(frame[features])[:, list(model.classes_).index(1)]
    frame["decided"] = (frame["score"] >= 0.15).astype(int)
    frame["age_band"] = np.digitize(frame["AGE"], [25, 35, 45, 60])
    duckdb.sql(f"COPY frame TO '{folder}/{half}.parquet' (FORMAT parquet)")
"""

EVIDENTLY = """
import sys
import pandas as pd
from evidently import BinaryClassification, DataDefinition, Dataset, Report
from evidently.metrics import FPR, TPR, CategoryCount
from evidently.metrics.group_by import GroupBy
from evidently.presets import ClassificationPreset, DataDriftPreset

folder, target = sys.argv[1:]
groups = ["SEX", "age_band", "EDUCATION", "MARRIAGE"]
other = ["AGE", "default_payment_next_month", "score", "decided", *groups]
train, test = (pd.read_parquet(f"{folder}/{half}.parquet") for half in ("train", "test"))
features = [name for name in train.columns if name not in other]
outcome = BinaryClassification(
    target="default_payment_next_month", prediction_labels="decided", prediction_probas="score", pos_label=1
)
definition = DataDefinition(
    classification=[outcome], numerical_columns=features, categorical_columns=[*groups, "decided"]
)
metrics = [DataDriftPreset(columns=features), ClassificationPreset()]
for group in groups:
    accepted = CategoryCount(column="decided", category=0)
    metrics += [GroupBy(metric, group) for metric in (accepted, TPR(), FPR())]
current, reference = (Dataset.from_pandas(frame, data_definition=definition) for frame in (test, train))
Report(metrics).run(current, reference).save_html(target)
"""


def environment() -> Path:
    """The Python of evidently's own environment."""
    python, installed = ENVIRONMENT / "bin" / "python", ENVIRONMENT / "installed.txt"
    wanted = (ROOT / "requirements" / "bench.txt").read_text(encoding="utf-8")
    if installed.exists() and installed.read_text(encoding="utf-8") == wanted:
        return python
    if not python.exists():
        subprocess.run([ROOT / "requirements" / "venv.sh", ENVIRONMENT, sys.executable], check=True)
    # the file is complete, and pip does not take a hash for a package that is asked for with an extra
    install = [python, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-deps", "--require-hashes"]
    subprocess.run([*install, "-r", ROOT / "requirements" / "bench.txt"], check=True)
    installed.write_text(wanted, encoding="utf-8")
    return python


def commands(folder: Path, number: int, python: Path) -> dict[str, list[str]]:
    """What is run in each round."""
    audit = [sys.executable, "-m", "assay.cli.main", "audit", str(EXAMPLE / "model.yaml")]
    audit += ["--policy", str(ROOT / "examples" / "credit_default" / "policy.yaml"), "--no-cache"]
    signer = str(ROOT / "build" / "demo-identity" / "signer.pem")
    return {
        "evidently": [str(python), "-c", EVIDENTLY, str(folder), str(folder / f"{number}.html")],
        "HTML": [*audit, "--no-pdf", "--out", str(folder / f"html-{number}")],
        "HTML, PDF and signatures": [*audit, "--sign", signer, "--out", str(folder / f"all-{number}")],
    }


def spent(command: list[str]) -> tuple[float, float, int]:
    """CPU seconds of the command and all it starts, wall seconds, exit code."""
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    code = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, wall, code


def measure(count: int) -> dict[str, list[tuple[float, float]]]:
    """CPU and wall seconds by what was run, in turn."""
    python = environment()
    costs: dict[str, list[tuple[float, float]]] = {}
    os.environ["DO_NOT_TRACK"] = "1"
    # pip compiles evidently when it installs it, but nothing of a checkout
    subprocess.run([sys.executable, "-m", "compileall", "-q", ROOT / "src"], check=True)
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        subprocess.run([sys.executable, "-c", PREPARE, EXAMPLE, folder], check=True)
        for number in range(count):
            for name, command in commands(folder, number, python).items():
                cpu, wall, code = spent(command)
                if code not in ((0,) if name == "evidently" else (0, 1, 4)):
                    sys.exit(f"{name} ended with {code}: {' '.join(command)}")
                print(json.dumps({"round": number, "of": name, "cpu": cpu, "wall": wall}), file=sys.stderr, flush=True)
                costs.setdefault(name, []).append((cpu, wall))
        size = (folder / "0.html").stat().st_size
        print(f"evidently's HTML has {size / 1e6:.1f} MB", file=sys.stderr)
    return costs


def table(costs: dict[str, list[tuple[float, float]]]) -> str:
    """The figures as Markdown."""
    medians = {name: [statistics.median(column) for column in zip(*each, strict=True)] for name, each in costs.items()}
    peer = medians.pop("evidently")
    lines = [
        "| | wall s | CPU s | evidently ÷ assay, wall | CPU | required |",
        "|---|---|---|---|---|---|",
        f"| evidently 0.7.23, HTML | {peer[1]:.1f} | {peer[0]:.1f} | | | |",
    ]
    for name, (cpu, wall) in medians.items():
        ratios = [theirs[1] / ours[1] for theirs, ours in zip(costs["evidently"], costs[name], strict=True)]
        lines.append(
            f"| assay, {name} | {wall:.1f} | {cpu:.1f} | {statistics.median(ratios):.2f} "
            f"({min(ratios):.2f} to {max(ratios):.2f}) | {peer[0] / cpu:.2f} | ≥ {WANTED[name]:g} |"
        )
    return "\n".join(lines)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", metavar="FILE", help="write the table and what it means there")
    parser.add_argument("--runs", type=int, default=RUNS, metavar="N", help=f"rounds that count (default: {RUNS})")
    args = parser.parse_args()
    if not (EXAMPLE / "model.yaml").exists():
        sys.exit("the example is not built: make demo")
    load = os.getloadavg()[0]
    head = (
        f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.system()}; median of {args.runs} rounds"
    )
    figures = f"{head}; load average before {load:.1f}\n\n{table(measure(args.runs))}"
    print(figures)
    if args.write:
        told = (__doc__ or "").split("The job: ", 1)[1]
        head = "# The example's audit beside evidently\n\nCommand: `python benchmarks/peers.py`."
        Path(args.write).write_text(f"{head} {told.strip()}\n\n{figures}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
