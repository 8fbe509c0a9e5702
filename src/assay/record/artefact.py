"""Files, datasets and code in the manifest: what the model was made of and what it is."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from assay.record.frozen import Day, FilePath, Frozen, Id, Name, Scalar, Text, Version

Digest = str
DIGEST = r"^sha256:[0-9a-f]{64}$"
A_DIGEST = "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
Format = Literal["skops", "joblib", "onnx", "xgboost", "lightgbm", "mlflow", "other"]
"""`mlflow` is a folder; `joblib` any pickle."""
Role = Literal["train", "validation", "test", "reference", "production"]
DATABASE_FILES = (".duckdb", ".db", ".sqlite", ".sqlite3")
_PART = re.compile(r'"(?:[^"]|"")+"|[^".]+')
_TABLE = re.compile(rf"(?:{_PART.pattern})(?:[.](?:{_PART.pattern}))*")
Classes = Annotated[tuple[Scalar, ...], Field(min_length=2, max_length=1000)]

SignatureState = Literal["holds", "does not hold", "not verified"]


class ModelSignature(Frozen):
    """An OpenSSF model signature over a file, or over all files of a folder, and whose it has to be."""

    path: FilePath
    """The file that holds it, such as model.sig."""
    public_key: FilePath | None = Field(default=None, examples=["keys/model.pub"])
    """The signer's public key, a PEM file with a key on an elliptic curve."""
    certificate: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    """SHA-256 of the signer's certificate in DER, in place of a public key."""

    @model_validator(mode="after")
    def _one_signer(self) -> Self:
        if self.public_key is not None and self.certificate is not None:
            raise ValueError("a signature is checked with `public_key` or with `certificate`, not with both")
        return self


class Artefact(Frozen):
    """A file or folder beside the manifest."""

    path: FilePath
    format: Format = "other"
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    """SHA-256 of the file; of a folder, of what `sha256sum` prints for its files, in the order of their paths."""
    signature: ModelSignature | None = None
    """Its OpenSSF model signature."""


class ModelFile(Artefact):
    """The file or folder of a model."""

    classes: Classes | None = None
    """Levels of the label in the order of the model's outputs, where its format does not keep them; 0, 1, … else."""


class Champion(Artefact):
    """The model that is in use today."""

    version: Version | None = None


class Candidate(Frozen):
    """Another model that was tried: a simple baseline, or a challenger."""

    name: Name
    role: Literal["baseline", "challenger"] | None = None
    path: FilePath | None = None
    format: Format = "other"
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    result: Text | None = None
    """How it did beside the model."""


class Period(Frozen):
    """First and last day that data cover."""

    start: Day
    end: Day


class Coverage(Frozen):
    """Where the data come from."""

    regions: tuple[Name, ...] | None = None
    """Regions in the words of `deployment.setting.regions`."""


class DataRetention(Frozen):
    """How long data may be kept."""

    policy: Text | None = None
    """The rule that says how long."""
    until: Day | None = None
    """The last day on which the data may still be there."""


class Dataset(Frozen):
    """One dataset: a file, a folder of Parquet files, the files of a pattern, or a table of a database."""

    path: FilePath | None = None
    """A data file, a folder of Parquet files, or a pattern such as `data/*.parquet`."""
    database: FilePath | None = Field(default=None, examples=["postgresql://auditor@db.example/credit"])
    """In place of `path`: a PostgreSQL server, or `spark` for the catalogue of the Spark session. The password is
    taken from PGPASSWORD or ~/.pgpass."""
    table: Name | None = Field(default=None, examples=["public.applications"])
    """Which table or view: of `database`, or of a .duckdb, .db, .sqlite or .sqlite3 file."""
    digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    """SHA-256 of the file; of several files, of what `sha256sum` prints for them, in the order of their paths."""
    rows: int | None = Field(default=None, ge=0)
    """Number of rows."""
    as_of: Day | None = None
    """The day of the snapshot."""
    kind: Literal["historical", "test", "synthetic"] | None = None
    """`historical`: as it happened; `test`: made for testing; `synthetic`: drawn by a program."""
    owner: Text | None = None
    """Who answers for the data."""
    origin: Text | None = None
    """Where the data come from."""
    collection: Text | None = None
    """How and by whom they were collected."""
    preparation: Text | None = None
    """What was done to them: cleaning, joining, filling of gaps."""
    labelling: Text | None = None
    """Where the label comes from."""
    licence: Text | None = None
    """Under which licence or contract they may be used."""
    period: Period | None = None
    coverage: Coverage | None = None
    categories: tuple[Text, ...] | None = None
    """Which kinds of data and of people are in it."""
    sensitivity: Literal["public", "internal", "confidential", "personal", "special"] | None = None
    """`personal`: about people who can be told; `special`: of a kind that the law protects further."""
    legal_basis: Text | None = None
    """What allows their use where they are about people: consent, contract, a law."""
    permitted_use: tuple[Name, ...] | None = None
    """What the data may be used for, in the words of `purpose.data_use`."""
    known_gaps: tuple[Text, ...] | None = None
    """What they lack: people, times, columns."""
    retention: DataRetention | None = None

    @property
    def told(self) -> str:
        """What messages and the record call it."""
        return self.path or f"{self.database}, table {self.table}"

    @property
    def table_name(self) -> tuple[str, ...]:
        """The parts of `table`: schema and name, or the name alone. Double quotes keep dots, as in SQL."""
        return tuple(
            part[1:-1].replace('""', '"') if part.startswith('"') else part for part in _PART.findall(self.table or "")
        )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.path is not None and self.database is not None:
            raise ValueError("a dataset has a `path` or a `database`, not both")
        if self.database is not None:
            _require_address(self.database)
        elif self.path is None:
            raise ValueError("a dataset needs a `path`, or a `database` with a `table`")
        self._require_table()
        return self

    def _require_table(self) -> None:
        of_many = self.database is not None or (self.path or "").lower().endswith(DATABASE_FILES)
        if of_many and self.table is None:
            raise ValueError("a database holds many tables: say which with `table`")
        if self.table is not None and not of_many:
            raise ValueError(f"`table` belongs to a `database` or to a file that ends in {', '.join(DATABASE_FILES)}")
        if self.table is not None and not (_TABLE.fullmatch(self.table) and len(self.table_name) <= 3):
            raise ValueError("`table` is a name, or schema.name; a name with dots or quotes stands in double quotes")


def _require_address(address: str) -> None:
    if address == "spark":
        return
    parts = urlsplit(address)
    if parts.scheme not in ("postgresql", "postgres"):
        raise ValueError("`database` is an address: postgresql://user@host:port/database")
    if parts.password is not None or "password" in parts.query:
        raise ValueError("a password does not belong in a manifest: it is taken from PGPASSWORD or ~/.pgpass")


class CodeSource(Frozen):
    """Where the code is."""

    repo: Text | None = None
    """The repository, without credentials."""
    commit: Name | None = Field(default=None, examples=["0f1e2d3c4b5a69788796a5b4c3d2e1f001234567"])
    """The full commit, 40 hexadecimal digits."""
    dirty: bool | None = None
    """true: the working copy had changes that no commit holds."""


class UpstreamModel(Frozen):
    """A model whose output this model reads."""

    id: Id
    """Its `identity.id`."""
    version: Version | None = None
    audit: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    """SHA-256 of its audit.json."""
    gate: Literal["open", "closed"] | None = None
    """How the gate of that audit stood."""
    audited: Day | None = None
    """The day of that audit."""


class ThirdParty(Frozen):
    """Something bought or taken over: a component, a service, a data feed."""

    supplier: Name
    component: Name
    version: Name | None = None
    docs: Text | None = None
    """The supplier's documentation: where it is."""
    own_validation: Text | None = None
    """How the user itself has tried it."""
    audit_right: bool | None = None
    """Whether the contract lets the user audit."""
    exit_plan: Text | None = None
    """What happens when the supplier is gone."""


class Lineage(Frozen):
    """Where the model comes from."""

    experiment_id: Name | None = None
    """The experiment, in the words of the tracking system."""
    run_id: Name | None = None
    """The run that made the model."""
    log: Artefact | None = None
    """The log of the run, as a file."""
    source: CodeSource | None = None
    upstream_models: tuple[UpstreamModel, ...] | None = Field(default=None, max_length=200)
    """[] says that there are none."""
    datasets: tuple[Name, ...] | None = Field(default=None, max_length=1000)
    """The sources that the data were drawn from, in the words of the data catalogue."""
    third_party: tuple[ThirdParty, ...] | None = Field(default=None, max_length=200)
    """[] says that there are none."""


class Environment(Frozen):
    """Where the model was trained."""

    image: Name | None = Field(default=None, examples=[f"trainer@{A_DIGEST}"])
    """The container image, with its digest."""
    lockfile_digest: Digest | None = Field(default=None, pattern=DIGEST, examples=[A_DIGEST])
    """SHA-256 of the file that pins every package."""
    hardware: Text | None = None
    """What it ran on."""


class Training(Frozen):
    """How the model was made."""

    script: Artefact | None = None
    """The file that makes the model."""
    command: tuple[Text, ...] | None = Field(
        default=None, min_length=1, max_length=100, examples=[["python", "train.py"]]
    )
    """What makes the model, word by word and without a shell, in the manifest's folder. `python` is the one that runs
    Assay, and the second word the path of `script`, where it is run again."""
    produces: FilePath | None = Field(default=None, examples=["model.skops"])
    """The model's file that the command writes, from the folder where it runs."""
    environment: Environment | None = None
    seed: int | None = None
    """The seed of the random numbers."""
    hyperparameters: dict[str, Scalar] = Field(default_factory=dict)
    """Name → value."""
    search_space: Text | None = None
    """Which hyperparameters and features were tried."""
    selection: Text | None = None
    """How one was chosen among them."""
    energy: float | None = Field(default=None, ge=0)
    """Energy used to train it, in kWh."""
