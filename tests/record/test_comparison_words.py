"""A difference in words: short, and never two numbers that read the same where they differ."""

from assay.record.comparison_words import cut, headline, sections, warnings
from assay.verdict.difference import difference
from gates import audit, finding, gate


def compared(old, new):
    return difference((old, gate(old)), (new, gate(new)))


def lines(found, title):
    return [line for section in sections(found) if section.title == title for line in section.lines]


def test_numbers_that_differ_in_the_fifth_digit_are_printed_apart():
    old, new = (finding("pass", "a", value=value) for value in (0.712341, 0.712349))
    [line] = lines(compared(audit(old), audit(new)), "Estimates that moved within their interval")
    assert line.change == "0.71234 (0.6 to 0.75) → 0.71235 (0.6 to 0.75)"


def test_many_groups_are_counted_after_the_first_eight():
    names = [f"g{i:02}" for i in range(20)]
    old = finding("pass", *names)
    new = finding("fail", *names)
    [line] = lines(compared(audit(old), audit(new)), "Newly failing")
    assert line.change.endswith("age: g07 and 12 more")
    assert "g08" not in line.change


def test_a_control_of_one_group_is_told_without_it():
    [line] = lines(compared(audit(finding("pass")), audit(finding("fail"))), "Newly failing")
    assert line.change == "pass → fail, closes the gate"


def test_what_would_mislead_is_said_first():
    record = audit(finding("pass"))
    subject = record.subject.model_copy(update={"id": "n"})
    other = record.model_copy(update={"subject": subject})
    found = difference((record, gate(record, stage="staging")), (other, gate(other)))
    assert warnings(found) == (
        "These are audits of different models: m and n.",
        "The gates are of different stages: staging and production.",
    )


def test_the_headline_counts_what_got_worse_and_what_was_fixed():
    old = audit(
        *(
            finding(outcome, control=name)
            for name, outcome in zip("ABCD", ("pass", "pass", "fail", "fail"), strict=True)
        )
    )
    new = audit(
        *(finding(outcome, control=name) for name, outcome in zip("ABC", ("error", "fail", "pass"), strict=True))
    )
    assert headline(compared(old, new)) == "Worse: 1 newly in error, 1 newly failing, 1 gone, 1 fixed"
    assert headline(compared(old, old)) == "Nothing differs"


def test_lines_are_cut_and_counted():
    found = compared(audit(*(finding("pass", control=f"C{i}") for i in range(5))), audit(finding("pass", control="C0")))
    [section] = sections(found)
    shown, more = cut(section.lines, 3)
    assert ([line.name for line in shown], more) == (["p/C1", "p/C2", "p/C3"], 1)
