"""`assay audit`."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from assay.cli.arguments import add_stage_and_time, day, given
from assay.cli.engine import add_engine, engine_of
from assay.cli.outputs import add_outputs, printed, refuse_impossible, write_outputs
from assay.cli.sign import add_authority, add_meaning
from assay.cli.signing import add_signing, signer_of
from assay.cli.terminal import say
from assay.errors import AssayError

MANIFESTS = (".yaml", ".yml")


def add_to(commands: Any) -> None:
    """Add the command."""
    parser = commands.add_parser(
        "audit",
        help="audit a model against policies and write the signed report",
        description="Audit a model against policies; write the record, the reports and the bundle.",
    )
    parser.add_argument(
        "subject", type=given, metavar="MANIFEST|DATA", help="model.yaml, or a CSV or Parquet file of scored people"
    )
    parser.add_argument(
        "--policy",
        type=given,
        action="append",
        metavar="FILE|PACK",
        help="policy file or name of a pack; repeatable (default: baseline)",
    )
    parser.add_argument(
        "--waivers", type=given, action="append", default=[], metavar="FILE", help="waiver file; repeatable"
    )
    parser.add_argument(
        "--out", type=given, default="reports", metavar="DIR", help="where bundles are written (default: reports)"
    )
    parser.add_argument("--no-pdf", action="store_true", help="write the report as HTML alone: faster")
    add_outputs(parser)
    add_signing(parser)
    add_meaning(parser)
    add_authority(parser)
    parser.add_argument(
        "--ledger",
        type=given,
        metavar="ADDRESS",
        help="ledger to write policies, plan and audit into: a path, or postgresql://user@host/db (default: "
        "ledger.sqlite in --out, where there is one)",
    )
    parser.add_argument(
        "--ledger-key", type=given, metavar="FILE", help="key that signs its checkpoints (default: beside the ledger)"
    )
    parser.add_argument(
        "--trust-model", action="store_true", help="load a pickle-like model that has a declared digest"
    )
    parser.add_argument(
        "--run-training",
        action="store_true",
        help="run the manifest's training command again, confined as a model is, where a control compares its model",
    )
    add_stage_and_time(parser, stage_default="lifecycle.stage of the manifest, else production")
    parser.add_argument(
        "--law-at",
        type=day,
        metavar="DAY",
        help="day whose law is applied (default: the last day of the test data, of the production data in monitoring, "
        "else the day of --at)",
    )
    parser.add_argument(
        "--explain-plan",
        action="store_true",
        help="print what would be read, and which controls need it; read and write nothing",
    )
    add_engine(parser)
    data = parser.add_argument_group("without a manifest", "what the columns of DATA mean")
    data.add_argument("--label", metavar="COLUMN=VALUE", help="what happened, and its favourable value: repaid=yes")
    data.add_argument(
        "--decision", metavar="COLUMN=VALUE", help="what was decided, and its favourable value: decision=approve"
    )
    data.add_argument(
        "--score", metavar="COLUMN[=VALUE]", help="the model's probability, and of which label value: pd=no"
    )
    data.add_argument(
        "--groups", metavar="NAME,…", help="columns to compare people by, numbers with edges: sex,age:25,35,45,60"
    )
    data.add_argument("--save-manifest", type=given, metavar="FILE", help="write the manifest that these options make")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Audit a model against its policies and write the record, the reports and the bundle."""
    from assay.api import BASELINE, audit
    from assay.cli.progress import Bar
    from assay.cli.summary import summary

    manifest = _manifest(args)
    if args.explain_plan:
        return _explain_plan(manifest, args)
    signer = signer_of(args)
    _refuse_unsigned(args)
    _refuse_unwritable(Path(args.out))
    exporting = _exporting(args)
    with Bar(args.interruption.check) as bar:
        result = audit(
            manifest,
            policies=args.policy or [BASELINE],
            waivers=args.waivers,
            out=args.out,
            stage=args.stage,
            at=args.at,
            law_at=args.law_at,
            sign=signer,
            meaning=args.meaning or "author",
            tsa=args.tsa,
            trust_model=args.trust_model,
            engine=replace(engine_of(args), run_training=args.run_training),
            ledger=args.ledger,
            ledger_key=args.ledger_key,
            pdf=not args.no_pdf,
            progress=bar,
        )
    for note in result.notes:
        say(f"assay: {note}", error=True)
    taken = printed(args.output)
    say(summary(result.audit, result.gate), error=taken)
    if Path(args.subject).suffix.lower() not in MANIFESTS and not args.groups:
        say("no groups were compared: --groups says by which columns, e.g. --groups sex,age:25,35", error=taken)
    say(f"bundle: {result.bundle}" + ("" if signer else "  (not signed: give --sign KEY)"), error=taken)
    if args.output and result.bundle is not None:
        from assay.api import recorded_of

        write_outputs(args.output, recorded_of(result.audit, result.gate, **exporting), result.bundle)
    return result.gate.exit_code


def _exporting(args: argparse.Namespace) -> dict[str, Any]:
    """What exports need beside the audit, read before anything is measured: later it could no longer be refused."""
    from assay.api import BASELINE, load_base, policy_files, require_pdf

    if not args.output:
        for name in ("base", "report"):
            if getattr(args, name) is not None:
                raise AssayError(f"--{name} goes with -o: nothing is written that would name it")
        return {}
    refuse_impossible(args.output)
    if any(one.format == "pdf" for one in args.output):
        if args.no_pdf:
            raise AssayError("--no-pdf and -o pdf=FILE contradict each other")
        require_pdf()
    manifest = args.subject if Path(args.subject).suffix.lower() in MANIFESTS else args.save_manifest
    return {
        "manifest": manifest,
        "policies": policy_files(args.policy or [BASELINE]),
        "base": None if args.base is None else load_base(args.base),
        "report": args.report,
    }


def _explain_plan(manifest: Any, args: argparse.Namespace) -> int:
    from assay.api import BASELINE, explain_plan

    policies = args.policy or [BASELINE]
    found = explain_plan(manifest, policies=policies, stage=args.stage, at=args.at, law_at=args.law_at)
    say("\n".join(found.lines()))
    return 0


def _manifest(args: argparse.Namespace) -> Any:
    path = Path(args.subject)
    given = [name for name in ("label", "decision", "score", "groups", "save_manifest") if getattr(args, name)]
    if path.suffix.lower() in MANIFESTS:
        if given:
            option = "--" + given[0].replace("_", "-")
            raise AssayError(f"{option} goes with a data file; a manifest says it under `columns`", where=str(path))
        return path
    from assay.api import load_data, write_new

    loaded = load_data(path, label=args.label, decision=args.decision, score=args.score, groups=args.groups)
    if args.save_manifest:
        write_new(args.save_manifest, loaded.source.data.decode())
    return loaded


def _refuse_unsigned(args: argparse.Namespace) -> None:
    for name in ("meaning", "tsa"):
        if args.sign is None and getattr(args, name) is not None:
            raise AssayError(f"--{name} goes with --sign: nobody signs this audit")


def _refuse_unwritable(out: Path) -> None:
    """Say before measuring, not after, that the output folder cannot be written."""
    from assay.errors import WriteError

    existing = next(folder for folder in (out, *out.absolute().parents) if folder.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        raise WriteError("the output folder cannot be written", where=str(existing), hint="another folder with --out")
