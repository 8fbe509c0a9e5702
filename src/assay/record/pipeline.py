"""A model that is no single file: a service that scores rows, or several models one after the other."""

import re
from ipaddress import ip_address
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from assay.record.artefact import Classes, ModelFile
from assay.record.frozen import Frozen, Id, Name, Scalar, Text

_LABEL = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?")


def _address(url: str) -> str:
    """An address that can be asked: https, or http on this machine; without credentials and fragment."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host or not re.fullmatch(r"https?://[\x21-\x7e]+", url):
        raise ValueError("an address is written such as https://models.bank.example/credit/invocations")
    if not _is_host(host):
        raise ValueError(f"{host!r} is no name of a server: its parts have 1 to 63 letters, digits and hyphens")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise ValueError("an address holds neither a password nor a fragment (#); name the token's variable in `token`")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("only https is asked; http is for this machine alone (localhost, 127.0.0.1, [::1])")
    return url


def _variable(name: str) -> str:
    """A manifest cannot have just any secret of its reader's sent away."""
    if not re.fullmatch(r"ASSAY_[A-Za-z0-9_]+", name):
        raise ValueError("a token is taken from a variable whose name begins with ASSAY_, such as ASSAY_SCORING_TOKEN")
    return name


def _is_host(host: str) -> bool:
    """What a resolver of names takes, or the address of a machine."""
    try:
        return bool(ip_address(host))
    except ValueError:
        return len(host) <= 253 and all(_LABEL.fullmatch(label) for label in host.split("."))


def is_loopback(host: str) -> bool:
    """Whether it is this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class ScoringService(Frozen):
    """A service that scores rows over HTTP. What it answers has no digest."""

    url: Annotated[Text, AfterValidator(_address)] = Field(examples=["https://models.bank.example/credit/invocations"])
    protocol: Literal["mlflow", "plain"] = "mlflow"
    """`mlflow`: {dataframe_split: {columns, data}} → {predictions}; `plain`: {columns, rows} → {scores}."""
    token: Annotated[Name, AfterValidator(_variable)] | None = Field(default=None, examples=["ASSAY_SCORING_TOKEN"])
    """The environment variable that holds a bearer token; its name begins with ASSAY_."""
    classes: Classes | None = None
    """Levels of the label in the order of its numbers, where it gives several for a row; 0, 1, … else."""


class ModelStage(Frozen):
    """One model of several: its score is an input of the later ones. The last one is the model of `identity`."""

    id: Id
    artefact: ModelFile | None = None
    endpoint: ScoringService | None = None
    inputs: tuple[Name, ...] | None = Field(default=None, min_length=1, max_length=10_000)
    """Features, and outputs of earlier stages, in the model's order; all of them where it is not said."""
    of: Scalar | None = None
    """Of which of its classes the output is the probability; a regression has none."""
    output: Name | None = None
    """The name under which later stages read its score."""


class Pipeline(Frozen):
    """Several models, one after the other."""

    stages: tuple[ModelStage, ...] = Field(min_length=2, max_length=50)
    """The last one is the model of `identity`."""

    @model_validator(mode="after")
    def _read_in_order(self) -> Self:
        *earlier, last = self.stages
        if any((stage.artefact is None) == (stage.endpoint is None) for stage in earlier):
            raise ValueError("every stage but the last takes either `artefact` or `endpoint`")
        if any(stage.output is None for stage in earlier):
            raise ValueError(
                "every stage but the last needs `output`: the name under which later stages read its score"
            )
        if any(given is not None for given in (last.artefact, last.endpoint, last.of, last.output)):
            raise ValueError(
                "the last stage is the model of `identity` and `columns.score`: give `id` and `inputs` alone"
            )
        for names in ([stage.id for stage in self.stages], [stage.output for stage in earlier]):
            if len(set(names)) < len(names):
                raise ValueError("stages need different ids and different outputs")
        return self
