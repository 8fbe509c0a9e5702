"""Write the example's waiver file for the model that was just trained.

    python examples/credit_default/waive.py [build/credit_default]

A waiver covers one subject, by digest, until a day; both are known only when the model has been made.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import assay

HERE = Path(__file__).parent
VALID_FOR = timedelta(days=90)


def main(folder: Path) -> None:
    """Put the subject's digest and the last day into waivers.yaml, written beside the subject's manifest."""
    expires = (datetime.now(UTC) + VALID_FOR).date().isoformat()
    text = (HERE / "waivers.yaml").read_text(encoding="utf-8")
    text = re.sub(r"subject: \S+", f"subject: {assay.subject_digest(folder / 'model.yaml')}", text)
    text = re.sub(r"expires: \S+", f"expires: {expires}", text)
    (folder / "waivers.yaml").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "build/credit_default"))
