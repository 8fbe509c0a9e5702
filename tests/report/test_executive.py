"""One page for those who decide: always one page, in words, with what to do next."""

import re

import pytest

from assay.errors import AssayError
from assay.record.signature import Signing
from assay.report.executive import executive, render_html, render_pdf
from assay.report.language import speaking
from assay.report.page import legible
from auditing import AT, DECIDED, control, evaluate, people, write_csv
from viewing import (
    COLUMNS,
    DIGEST,
    HEADER,
    HOSTILE,
    STEERING,
    applicants,
    assert_strict,
    example,
    text_of,
)


def audited(tmp_path, *controls, groups=(("a", "yes", 60), ("a", "no", 40), ("b", "yes", 20), ("b", "no", 80)), **more):
    header, rows = people(*groups)
    return evaluate(
        tmp_path,
        write_csv(tmp_path / "d.csv", header, rows),
        DECIDED,
        *(controls or [control()]),
        stage="staging",
        **more,
    )


def page_of(result, signing=None):
    return executive(result.audit, result.gate, signing, legible)


def test_a_closed_gate_says_what_stands_in_the_way_and_what_to_do(tmp_path):
    made = page_of(audited(tmp_path))
    assert (made.open, made.verdict) == (False, "The gate for staging is CLOSED")
    assert made.why == "1 requirement is not met."
    (obstacle,) = made.obstacles
    assert obstacle.word == "fail"
    assert obstacle.found.startswith("Found: b: 33.3 % of the rate of a (likely ")
    assert obstacle.found.endswith("required: 80 % to 125 %).")
    assert obstacle.next.startswith("Change the model or its decisions and audit again; or have it waived")


def test_an_open_gate_has_nothing_in_the_way(tmp_path):
    made = page_of(audited(tmp_path, groups=[(g, d, 400) for g in "ab" for d in ("yes", "no")]))
    assert (made.open, made.obstacles) == (True, ())
    assert made.why == "Nothing that has to hold stands in the way. 1 control was evaluated."
    told = {fact.name: fact.text for fact in made.concerns}
    assert told["Found to be worse off"] == "no group, as far as was measured"


def test_an_undecided_control_says_how_many_people_would_decide(tmp_path):
    made = page_of(audited(tmp_path, groups=[("a", "yes", 40), ("a", "no", 40), ("b", "yes", 36), ("b", "no", 44)]))
    (obstacle,) = made.obstacles
    assert made.why == "1 requirement cannot be decided."
    assert re.match(r"Measure on more data: about [\d ]+ people in the group would decide\.", obstacle.next)


def test_a_difference_of_rates_is_told_in_points_and_a_share_in_percent(tmp_path):
    gap = control("D", check="fairness.parity_difference", criterion={"at_most": 0.1, "source": "house"})
    (obstacle,) = page_of(audited(tmp_path, gap)).obstacles
    assert obstacle.found.startswith("Found: b against a: −40.0 points (likely −5")
    assert "required: -10 points to 10 points" in obstacle.found.replace("−10", "-10")


def test_what_does_not_close_the_gate_is_named_apart(tmp_path):
    made = page_of(audited(tmp_path, control(enforcement="warn"), control("OK", criterion={"at_least": 0.1, "source":
                   "house"})))  # fmt: skip
    assert made.open
    assert made.beside == (
        "Every group is favoured at least four fifths as often as any…: fail, does not close the gate",
    )


def test_the_list_of_obstacles_is_cut_and_says_so(tmp_path):
    made = page_of(audited(tmp_path, *(control(f"C{i}") for i in range(9))))
    assert len(made.obstacles) == 3
    assert made.more == "And 6 more, in the full report."
    assert made.why == "9 requirements are not met."


def test_signed_and_unsigned_are_told_apart(tmp_path):
    result = audited(tmp_path)
    signing = Signing(number=1, meaning="author", certificate="c" * 64, storage="file", made=AT, name="A. Signer")
    unsigned = render_html(result.audit, result.gate, audit_digest=DIGEST, signing=None)
    signed = render_html(result.audit, result.gate, audit_digest=DIGEST, signing=signing)
    assert "NOT SIGNED" in unsigned
    assert "NOT SIGNED" not in signed
    assert "Signed by A. Signer" in signed


def test_a_record_without_a_gate_is_refused():
    with pytest.raises(AssayError, match="the bundle holds no gate"):
        render_html(example()[0], None, audit_digest=DIGEST, signing=None)


LONG = "Wide and long " * 300
MANIFESTS = {
    "long": {"text": LONG[:3900], "group": LONG[:150]},
    "unbroken": {"text": "W" * 3900, "group": "W" * 150},
    "unprintable": {"text": "漢" * 3900, "group": "漢" * 150},
    "hostile": {"text": (HOSTILE * 40)[:3900], "group": HOSTILE + STEERING},
}


def hostile(tmp_path, kind, rows=applicants):
    text, group = MANIFESTS[kind]["text"], MANIFESTS[kind]["group"]
    told = {
        "identity": {"id": "m", "name": text, "version": "1" * 40},
        "purpose": {"context": text, "affected_persons": [text] * 20, "decision": {"solely_automated": True}},
        "risk": {"tier": "high", "exposure": text},
        "oversight": {"final_decision": text},
        "lifecycle": {"dates": {"next_validation": "2027-01-01"}},
    }
    data = write_csv(tmp_path / "d.csv", HEADER, rows(women=group))
    house = {"source": "house"}
    controls = [control(f"C{i}", title=text[:290], **{"with": {"groups": ["sex", "age_band"]}}) for i in range(6)]
    controls += [
        control(f"W{i}", title=text[:290], enforcement="warn", **{"with": {"groups": ["sex", "age_band"]}})
        for i in range(6)
    ]
    controls += [
        control("P", title=text[:290], check="performance.auc", criterion={"at_least": 0.99, **house}),
        control("D", title=text[:290], check="data.missing", criterion={"at_most": 0.01, **house}),
        control("N", title=text[:290], check="data.new_categories", criterion={"at_most": 0, **house}),
    ]
    return evaluate(tmp_path, data, COLUMNS, *controls, manifest=told, stage="staging")


def unlike(women):
    """People of whom women are refused and men are not: what fails says more of what to do than what is undecided."""
    return [
        (sex, ("young", "old")[i % 2], "north", decision, "yes" if i % 3 else "no", 0.3 + 0.4 * (i % 3 > 0))
        for sex, favoured, refused in ((women, 20, 300), ("m", 300, 20))
        for decision, n in (("yes", favoured), ("no", refused))
        for i in range(n)
    ]


@pytest.mark.parametrize(("kind", "rows"), [*((kind, applicants) for kind in MANIFESTS), ("unprintable", unlike)])
def test_it_is_one_page_whatever_is_written_in_the_manifest(tmp_path, kind, rows):
    pytest.importorskip("weasyprint", exc_type=OSError)
    result = hostile(tmp_path, kind, rows)
    signing = Signing(number=1, meaning="author", certificate="c" * 64, storage="file", made=AT,
                      name=MANIFESTS[kind]["text"][:190])  # fmt: skip
    for language, closing in (("en", "Every number stands unrounded"), ("de", "Jede Zahl steht ungerundet")):
        with speaking(language):
            made = render_pdf(result.audit, result.gate, audit_digest=DIGEST, signing=signing)
        words, pages, attached = text_of(made)
        assert pages == 1
        assert closing in words
        assert attached == {}


def test_the_example_is_one_page_and_the_same_twice():
    pytest.importorskip("weasyprint", exc_type=OSError)
    audit, gate = example()
    made = render_pdf(audit, gate, audit_digest=DIGEST, signing=None)
    assert made == render_pdf(audit, gate, audit_digest=DIGEST, signing=None)
    assert text_of(made)[1] == 1


def test_text_of_manifest_and_data_is_only_ever_text(tmp_path):
    result = hostile(tmp_path, "hostile")
    page = render_html(result.audit, result.gate, audit_digest=DIGEST, signing=None)
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;/td&gt;&lt;/style&gt;&lt;script&gt;" in page
    assert_strict(page)
