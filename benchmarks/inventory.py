"""What it costs to decide the metadata controls of many models: manifests × controls, in one process and in several.

`python benchmarks/inventory.py` writes 1 000 seeded manifests and a policy of 200 metadata controls into a temporary
folder and prints, for 250, 500 and 1 000 of them and for --jobs 1 and 2: wall seconds, CPU seconds of all processes,
CPU microseconds per decision (reading the manifests included), and the CPU time beside that of half as many. Medians;
nothing here is a test.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import yaml

AT = datetime(2026, 11, 21, 12, tzinfo=UTC)
SIZES = (250, 500, 1000)
CONTROLS = 200
RUNS = 3


def manifest(number: int, seeded: random.Random) -> dict[str, object]:
    """A manifest as a bank has it; each leaves out something else."""

    def person(role: str) -> dict[str, str]:
        of = seeded.randrange(200)
        return {"id": f"p{of}", "name": f"Person {of}", "role": role, "organisation": "Example Bank"}

    def day(first: int, last: int) -> str:
        return f"{seeded.randrange(first, last + 1)}-{seeded.randrange(1, 13):02d}-{seeded.randrange(1, 29):02d}"

    full: dict[str, object] = {
        "owners": {
            "business": person("Head of lending"),
            "technical": person("Lead developer"),
            "developer": [person("Developer") for _ in range(3)],
            "validator": [person("Validator") for _ in range(2)],
            "sponsor": person("Sponsor"),
        },
        "purpose": {
            "context": "Decides whom to offer a higher line",
            "justification": "A manual review takes too long",
            "intended_use": ["Clients of six months", "Offers below a default probability of 0.15"],
            "prohibited_use": ["New applicants", "Setting a price"],
            "users": ["Credit officers"],
            "decision": {"domain": "credit", "consequential": True, "solely_automated": seeded.random() < 0.3},
        },
        "risk": {"tier": seeded.choice(["low", "medium", "high", "critical"]), "exposure": "30000 clients"},
        "lifecycle": {
            "stage": seeded.choice(["development", "staging", "production", "monitoring"]),
            "dates": {"last_validation": day(2024, 2026), "next_validation": day(2026, 2028)},
        },
        "model": {"kind": "statistical", "algorithm": "Gradient-boosted trees", "limitations": ["One country"]},
        "data": {
            role: {"path": f"{role}.parquet", "rows": 15000, "kind": "historical", "origin": "core banking",
                   "licence": "internal", "period": {"start": "2024-01-01", "end": "2025-06-30"}}
            for role in ("train", "test")
        },
        "features": [{"name": f"feature_{i}", "dtype": "number", "source": "core banking"} for i in range(20)],
        "docs": {
            "sections": {f"section_{i}": {"path": f"docs/{i}.md", "reviewed": day(2024, 2026)} for i in range(12)}
        },
        "training": {"seed": seeded.randrange(1000)},
        "findings": [
            {"id": f"F{i}", "title": "Something to mend", "state": seeded.choice(["open", "closed"]),
             "owner": person("Developer"), "due": day(2026, 2027)}
            for i in range(seeded.randrange(4))
        ],
        "lineage": {
            "upstream_models": [{"id": f"model-{seeded.randrange(1000):04d}"} for _ in range(seeded.randrange(2))]
        },
    }  # fmt: skip
    for block in seeded.sample(sorted(full), seeded.randrange(3)):
        del full[block]
    identity = {"id": f"model-{number:04d}", "name": f"Model {number}", "version": "1.0.0"}
    return {"assay": "manifest/v1", "identity": identity, **full}


def policy() -> dict[str, object]:
    """200 metadata controls of six kinds, as governance packs have them."""
    kinds: list[object] = [
        {"field": "owners.business", "is": "present"},
        {"all": [{"field": "owners.validator", "is": "present"},
                 {"field": "owners.validator", "disjoint_from": {"field": "owners.developer"}}]},
        {"field": "risk.tier", "in": ["low", "medium", "high"]},
        {"any": [{"field": "purpose.decision.solely_automated", "equals": False},
                 {"field": "purpose.decision.legal_basis", "is": "present"}]},
        {"all": [{"field": f"docs.sections.section_{i}", "is": "present"} for i in range(3)]},
        {"field": "lifecycle.dates.next_validation", "at_least": "2026-11-21"},
    ]  # fmt: skip
    controls = [
        {"id": f"META-{i:03d}", "title": f"Requirement {i}", "require": kinds[i % len(kinds)],
         **({"when": {"field": "risk.tier", "in": ["high", "critical"]}} if i % 5 == 0 else {})}
        for i in range(CONTROLS)
    ]  # fmt: skip
    return {"assay": "policy/v1", "id": "metadata", "version": "1.0.0", "title": "Metadata", "controls": controls}


def write(folder: Path, count: int) -> None:
    seeded = random.Random(1)
    for number in range(count):
        below = folder / f"unit-{number % 20:02d}" / f"model-{number:04d}"
        below.mkdir(parents=True)
        (below / "model.yaml").write_text(yaml.safe_dump(manifest(number, seeded), sort_keys=False))


def cpu() -> float:
    """User and system seconds of this process and of those that it has waited for."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def cost(folder: Path, pack: Path, jobs: int) -> tuple[float, float]:
    """Wall and CPU seconds of deciding every control for every manifest."""
    import assay

    wall, used = time.perf_counter(), cpu()
    stock = assay.inventory(folder, policies=[pack], at=AT, jobs=jobs)
    took = time.perf_counter() - wall, cpu() - used
    assert not stock.invalid
    assert all(sum(entry.controls.values()) == CONTROLS for entry in stock.entries)
    assert len(stock.entries) == int(folder.name)
    return took


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--runs", type=int, default=RUNS, help="of which the median is told")
    args = options.parse_args()
    print(f"Python {platform.python_version()}, {os.cpu_count()} CPUs, {platform.system()}; median of {args.runs}\n")
    print("manifests  controls  jobs   wall s    CPU s   CPU µs per decision   CPU beside half as many")
    with tempfile.TemporaryDirectory() as made:
        pack = Path(made) / "policy.yaml"
        pack.write_text(json.dumps(policy(), indent=1))
        folders = {size: Path(made) / str(size) for size in SIZES}
        for size, folder in folders.items():
            write(folder, size)
        cost(folders[SIZES[0]], pack, 1)  # imports
        for jobs in (1, 2):
            before = None
            for size, folder in folders.items():
                runs = [cost(folder, pack, jobs) for _ in range(args.runs)]
                wall, used = (statistics.median(run[part] for run in runs) for part in (0, 1))
                ratio = "" if before is None else f"{used / before:.2f}"
                each = used / (size * CONTROLS) * 1e6
                print(
                    f"{size:9}  {CONTROLS:8}  {jobs:4}  {wall:7.1f}  {used:7.1f}  {each:20.1f}  {ratio:>24}", flush=True
                )
                before = used


if __name__ == "__main__":
    main()
