"""Bundles as one file, and back."""

from __future__ import annotations

from pathlib import Path


def pack(bundle: str | Path, *, out: str | Path | None = None) -> Path:
    """Write a bundle as an archive, `<bundle>.asice` beside it where `out` is not given; gives the path.

    Whether the bundle is intact is not asked. Raises AssayError where it cannot be packed or the file is there already.
    """
    from assay.attest.archive import SUFFIX
    from assay.attest.archive import pack as write

    folder = Path(bundle)
    whole = folder.absolute()
    target = whole.with_name(whole.name + SUFFIX) if out is None else Path(out)
    write(folder, target)
    return target


def unpack(archive: str | Path, out: str | Path) -> Path:
    """Write the files of an archive as the folder `out`, which must not be there; gives the path.

    Whether they are intact is not asked. Raises AssayError for a file which is not exactly what `pack` writes.
    """
    from assay.attest.archive import unpack as write

    write(Path(archive), Path(out))
    return Path(out)
