import pytest
from pydantic import ValidationError

from assay.record.columns import ScoreColumn
from assay.record.manifest import Identity
from assay.record.pipeline import ScoringService


@pytest.mark.parametrize("url", [
    "https://models.bank.example/credit/invocations",
    "https://models.bank.example:8443/?version=2",
    "http://localhost:5000/invocations",
    "http://127.0.0.1:5000/invocations",
    "http://[::1]:5000/",
    f"https://{'a' * 63}.bank_1.example/",
])  # fmt: skip
def test_an_address_is_https_or_on_this_machine(url):
    assert ScoringService(url=url).url == url


@pytest.mark.parametrize(("url", "told"), [
    ("http://models.bank.example/", "only https is asked"),
    ("http://10.0.0.1/", "only https is asked"),
    ("http://127.0.0.1.bank.example/", "only https is asked"),
    ("http://localhost.bank.example/", "only https is asked"),
    ("https://user:secret@bank.example/", "neither a password nor a fragment"),
    ("https://@bank.example/", "neither a password nor a fragment"),
    ("https://bank.example/#a", "neither a password nor a fragment"),
    ("file:///etc/passwd", "an address is written such as"),
    ("https://bank.example/a b", "an address is written such as"),
    ("https://bank.example/\r\nX-Evil:1", "an address is written such as"),
    ("https://bank.example:port/", "an address is written such as"),
    ("https://[::1/", "an address is written such as"),
    ("https:///invocations", "an address is written such as"),
    ("", "an address is written such as"),
    ("https://a..b/x", "no name of a server"),
    ("https://.b.example/", "no name of a server"),
    ("https://b.example./", "no name of a server"),
    ("https://-b.example/", "no name of a server"),
    ("https://%61.example/", "no name of a server"),
    (f"https://{'a' * 64}.example/", "no name of a server"),
    (f"https://{'a.' * 127}example/", "no name of a server"),
])  # fmt: skip
def test_any_other_address_is_refused(url, told):
    with pytest.raises(ValidationError, match=told):
        ScoringService(url=url)


def test_the_token_is_named_and_never_written():
    assert ScoringService(url="https://bank.example/", token="ASSAY_SCORING_TOKEN").token == "ASSAY_SCORING_TOKEN"
    with pytest.raises(ValidationError):
        ScoringService(url="https://bank.example/", token="eyJhbGciOi.J9")


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "PGPASSWORD", "assay_token", "MY_ASSAY_TOKEN", "ASSAY_",
                                  "ASSAY_A B", "ASSAY_A\n"])  # fmt: skip
def test_a_manifest_cannot_have_just_any_secret_of_its_reader_sent_away(name):
    with pytest.raises(ValidationError, match="begins with ASSAY_"):
        ScoringService(url="https://bank.example/", token=name)


def test_a_model_is_a_file_or_a_service():
    with pytest.raises(ValidationError, match="give `artefact` or `endpoint`, not both"):
        Identity(id="m", name="M", version="1", artefact={"path": "m.skops"}, endpoint={"url": "https://b.example/"})


def test_a_value_is_the_probability_of_nothing_and_may_say_what_a_higher_one_means():
    assert ScoreColumn(column="income", kind="value").higher is None
    assert ScoreColumn(column="income", kind="value", higher="favourable").higher == "favourable"
    with pytest.raises(ValidationError, match="the probability of nothing: leave `of` out"):
        ScoreColumn(column="income", kind="value", of=1)
