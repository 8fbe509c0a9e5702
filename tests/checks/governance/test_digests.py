from assay.checks.governance.digests import digests
from assay.evidence.papers import Artefact, Papers
from builders import manifest, measure

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64


def measured_on(*artefacts, **p):
    return measure(digests, manifest(), Papers((), artefacts), p=p)


def test_files_with_their_declared_digest_match():
    matching, differing = measured_on(
        Artefact("model", "m.skops", A, A), Artefact("data.test", "t.csv", B, B)
    ).estimates
    assert (matching.name, matching.numerator, matching.denominator, matching.basis) == (
        "share_of_matching_files",
        2,
        2,
        "exact",
    )
    assert (differing.name, differing.value) == ("differing_files", 0.0)


def test_a_changed_file_and_a_lost_file_do_not_match_and_are_named():
    measured = measured_on(Artefact("model", "m", A, B), Artefact("docs.use", "u", A, None), Artefact("d", "d", A, A))
    assert measured.estimates[1].value == 2.0
    assert [row[2] for row in measured.exhibits[0].rows] == ["differs", "not found", "matches"]


def test_a_file_without_a_digest_is_noted_and_counts_only_where_all_are_required():
    given = Artefact("model", "m", A, A), Artefact("data.test", "t", None, B)
    lenient, strict = measured_on(*given), measured_on(*given, require="all")
    assert lenient.estimates[0].value == 1.0
    assert lenient.notes == ("1 files declare no digest.",)
    assert strict.estimates[0].value == 0.5


def test_nothing_declared_is_missing_evidence_not_a_pass():
    assert measured_on().missing == ("a declared digest",)
    measured = measured_on(Artefact("model", "m", None, A))
    assert (measured.estimates, measured.missing) == ((), ("a declared digest",))
    assert measured_on(require="all").missing == ("a declared digest",)


def test_a_signature_that_does_not_hold_makes_its_file_differ_and_says_why():
    measured = measured_on(
        Artefact("model", "m", A, A, "does not hold", "changed: weights.bin"), Artefact("log", "l", B, B)
    )
    assert [estimate.value for estimate in measured.estimates] == [0.5, 1.0]
    assert [(row[2], row[3]) for row in measured.exhibits[0].rows] == [
        ("matches", "does not hold: changed: weights.bin"),
        ("matches", "not signed"),
    ]


def test_a_signature_that_holds_is_as_good_as_a_digest_and_does_not_outweigh_one_that_differs():
    signed = Artefact("model", "m", None, A, "holds", "key sha256:1")
    assert [e.value for e in measured_on(signed).estimates] == [1.0, 0.0]
    assert [e.value for e in measured_on(signed, require="all").estimates] == [1.0, 0.0]
    assert measured_on(Artefact("model", "m", B, A, "holds", "key sha256:1")).estimates[0].value == 0.0
    assert measured_on(Artefact("model", "m", None, None, "holds", "key sha256:1")).estimates[0].value == 0.0


def test_a_signature_that_was_not_verified_counts_for_nothing_and_is_noted():
    unverified = Artefact("model", "m", None, A, "not verified", "made without a key")
    assert measured_on(unverified).missing == ("a declared digest",)
    measured = measured_on(unverified, require="all")
    assert measured.estimates[0].value == 0.0
    assert measured.notes == ("1 files declare no digest.", "The signature of m was not verified.")
    declared = measured_on(Artefact("model", "m", A, A, "not verified", "made without a key"))
    assert declared.estimates[0].value == 1.0
    assert declared.exhibits[0].rows[0][3] == "not verified: made without a key"
