import json
import math
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from assay.errors import AssayError, ManifestError, PolicyError, Problems
from assay.record.manifest import Manifest
from assay.record.policy import Policy
from assay.record.waiver import Waivers
from assay.source import parse_source, read_model, read_source

LOADERS = [yaml.SafeLoader, yaml.CSafeLoader] if yaml.__with_libyaml__ else [yaml.SafeLoader]


def parse(text, loader=None):
    data = text if isinstance(text, bytes) else text.encode()
    return parse_source(data, "p.yaml", error=PolicyError, loader=loader)


def problems(text, loader=None):
    with pytest.raises(AssayError) as caught:
        parse(text, loader)
    return told(caught.value)


def told(error):
    found = error.problems if isinstance(error, Problems) else [error]
    return [(problem.where, problem.what, problem.hint) for problem in found]


def model_problems(text, model=Policy):
    with pytest.raises(AssayError) as caught:
        read_model(parse(text), model, error=PolicyError)
    return told(caught.value)


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("true", True), ("False", False), ("~", None), ("null", None), ("", None), ("12", 12), ("-3", -3), ("0.8", 0.8),
        ("1e3", 1000.0), (".5", 0.5), ("1.", 1.0), ("-1.5E-2", -0.015),
        ("yes", "yes"), ("No", "No"), ("on", "on"), ("off", "off"), ("012", "012"), ("0o14", "0o14"), ("0x1F", "0x1F"),
        ("1:30", "1:30"), ("1_000", "1_000"), ("2026-03-31", "2026-03-31"), ("1.0.0", "1.0.0"), ('"0.8"', "0.8"),
        ("'true'", "true"), ("9007199254740991", 2**53 - 1), ("é ≥ 😀", "é ≥ 😀"),
    ],
)  # fmt: skip
def test_plain_scalars_follow_the_core_schema_of_yaml_1_2(loader, written, read):
    value = parse(f"a: {written}", loader).tree["a"]
    assert value == read
    assert type(value) is type(read)


def test_keys_are_text_as_written():
    assert parse("{1: male, 2.0: a, true: b, ~: c, 012: d}").tree == {"1": "male", "2.0": "a", "true": "b", "~": "c",
                                                                       "012": "d"}  # fmt: skip


@pytest.mark.parametrize("loader", LOADERS)
def test_positions_are_those_of_values_and_keys(loader):
    source = parse("a: 1\nb:\n  - x\n  - {k: v,  long key: w}\n", loader)
    assert source.place(("a",)) == "p.yaml:1:4"
    assert source.place(("a",), key=True) == "p.yaml:1:1"
    assert source.place(("b", 1)) == "p.yaml:4:5"
    assert source.place(("b", 1, "long key")) == "p.yaml:4:23"
    assert source.place(("b", 1, "long key"), key=True) == "p.yaml:4:13"
    assert source.place(("b", 1, "absent")) == "p.yaml:4:5"
    assert source.place(()) == "p.yaml:1:1"


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize(
    ("text", "where", "what", "hint"),
    [
        ("a: 1\n\tb: 2", "2:1", "a tab is not allowed", "Indent with spaces"),
        ("a: 1\nb: 2\na: 3", "3:1", "the key `a` is there twice", "First in line 1, column 1."),
        ('{y: 1, "y": 2}', "1:8", "the key `y` is there twice", "line 1, column 2"),
        ("a: 1\n  b: 2", "2:4", "a colon is not allowed here", "in quotes"),
        ("a: {b: [1, 2}", "1:13", "a bracket is not closed", "Close every"),
        ("a: 'x\nb: 1\n", "1:4", "a quote is not closed", "Close it"),
        ("a: @x", "1:4", "cannot begin with this character", "in quotes"),
        ("a: 1\nb", "2:2", "a key without a colon", "key: value"),
        ("a: &x 1", "1:4", "an anchor (&) is not allowed", "Write the value out"),
        ("a: !!python/object/apply:os.system [x]", "1:4", "a tag (!) is not allowed", "exclamation"),
        ("a: !str x", "1:4", "a tag (!) is not allowed", "exclamation"),
        ("<<: {a: 1}", "1:1", "a merge key (<<) is not allowed", "Write the keys out"),
        ("? [1]\n: 2", "1:3", "a key must be a text", "list or mapping"),
        ("a: 1\n---\nb: 2", "2:1", "a second document", "one document"),
        ("%YAML 1.1\n---\na: 1", "1:1", "a directive (%)", ""),
        ("a: .nan", "1:4", ".nan is not a finite number", ""),
        ("a: [1, -.inf]", "1:8", "-.inf is not a finite number", ""),
        ("a: 1e999", "1:4", "the number 1e999 is too large", "quotes"),
        ("a: 9007199254740993", "1:4", "is too large", "quotes"),
        ("a: " + "9" * 10_000, "1:4", "is too large", "quotes"),
        ('a: "\\0"', "1:4", "U+0000", "Remove it"),
        ("a: x\x00", "1:5", "U+0000", "Remove it"),
        ("a: \u202egnp.exe", "1:4", "U+202E", "cannot be seen"),
        (b"ok: 1\nb: caf\xe9", "2:7", "not UTF-8 (byte 0xe9)", "encoding UTF-8"),
        ("a: 1".encode("utf-16"), "1:1", "not UTF-8 (byte 0xff)", "encoding UTF-8"),
        ("[" * 100_000, "1:51", "nested deeper than 50 levels", "Flatten"),
        ("{a: " * 100_000, "1:201", "nested deeper than 50 levels", "Flatten"),
        ("\n".join(" " * i + "a:" for i in range(1000)), "51:51", "nested deeper than 50 levels", "Flatten"),
    ],
)
def test_what_is_not_strict_yaml_is_refused_with_place_and_hint(loader, text, where, what, hint):
    (found,) = problems(text, loader)
    assert found[0] == f"p.yaml:{where}"
    assert what in found[1]
    assert hint in found[2]


def test_an_alias_bomb_is_told_line_by_line_and_never_expanded():
    bomb = "a: &a [x, x]\n" + "".join(f"{c}: &{c} [*{p}, *{p}]\n" for p, c in zip("abcdefgh", "bcdefghi", strict=True))
    found = problems(bomb)
    assert (
        "p.yaml:2:8",
        "an alias (*) is not allowed",
        "Write the value out, or quote a text with a leading *.",
    ) in found
    assert len(found) == 9 + 2 * 8


def test_a_lone_surrogate_is_refused():
    for loader in LOADERS:
        assert problems('a: "\\ud800"', loader)[0][0].startswith("p.yaml:1:")


def test_a_file_with_a_hundred_thousand_errors_tells_fifty():
    found = problems("a:\n" + "- .nan\n" * 100_000)
    assert len(found) == 51
    assert found[-1][1] == "and 99950 more errors"


def test_a_byte_order_mark_and_windows_line_ends_are_read():
    assert parse(b"\xef\xbb\xbfa: 1\r\nb: 2\r\n").tree == {"a": 1, "b": 2}
    assert problems(b"\xef\xbb\xbfa: 1\r\n\tb: 2\r\n")[0][0] == "p.yaml:2:1"


def test_a_missing_file_names_the_nearest_one(tmp_path):
    (tmp_path / "model.yaml").write_text("a: 1")
    with pytest.raises(ManifestError) as caught:
        read_source(tmp_path / "modle.yaml", error=ManifestError)
    assert told(caught.value) == [(str(tmp_path / "modle.yaml"), "there is no such file", "Did you mean `model.yaml`?")]


@pytest.mark.parametrize(
    ("path", "what"),
    [
        ("no/such/folder/x.yaml", "no such file"),
        (".", "a folder"),
        ("a\0b", "no such file"),
        ("x" * 5000, "cannot be read"),
        ("/dev/zero", "no such file"),
    ],
)
def test_a_path_that_cannot_be_read_is_an_error(tmp_path, path, what):
    with pytest.raises(ManifestError, match=what):
        read_source(tmp_path / path, error=ManifestError)


def test_a_file_over_one_mebibyte_is_refused_before_it_is_parsed(tmp_path):
    (tmp_path / "big.yaml").write_bytes(b"a: " + b"x" * (1 << 20))
    with pytest.raises(ManifestError, match="larger than 1 MiB"):
        read_source(tmp_path / "big.yaml", error=ManifestError)


def test_a_file_without_permission_is_an_error(tmp_path):
    secret = tmp_path / "secret.yaml"
    secret.write_text("a: 1")
    secret.chmod(0)
    try:
        secret.read_bytes()
    except PermissionError:
        with pytest.raises(ManifestError, match="cannot be read: permission denied"):
            read_source(secret, error=ManifestError)
    else:
        pytest.skip("this user may read everything")


CONTROL = "{id: A, title: t, check: a.b, criterion: {at_least: 1, source: house}%s}"
HEAD = "assay: policy/v1\nid: p\nversion: 1.0.0\ntitle: t\ncontrols:\n  - "


@pytest.mark.parametrize(
    ("more", "what", "hint"),
    [
        (", §sevrity: high", "unknown key `sevrity`", "Did you mean `severity`?"),
        (", §with_: {}", "unknown key `with_`", "Did you mean `with`?"),
        (", severity: §hihg", '`severity` cannot be "hihg"', "Did you mean `high`?"),
        (", severity: §3", "`severity`: expected one of low, medium, high, critical, found the number 3", ""),
        (", enforcement: §blok", '`enforcement` cannot be "blok"', "Did you mean `block`?"),
        (", enforcement: {staging: §blok}", '`staging` cannot be "blok"', "Did you mean `block`?"),
        (", enforcement: {§stagin: warn}", "unknown key `stagin`", "Did you mean `staging`?"),
        (", when: {field: a, §equal: 3}", "unknown key `equal`", "Did you mean `equals`?"),
        (", when: {all: [{not: {field: a, §at_leest: 3}}]}", "unknown key `at_leest`", "Did you mean `at_least`?"),
        (", when: {not: {not: {field: §3, is: present}}}", "`field`: expected text, found the number 3", '"3"'),
        (", when: {field: x, is: §x}", '`is` cannot be "x"', "Known here: absent, present."),
        (", when: {any: §[]}", "`any` is empty", ""),
        (", when: §{field: a, equals: 1, below: 2}", "exactly one operator, found equals and below", ""),
        (", when: §3", "`when`: expected a mapping of keys to values, found the number 3", ""),
        (", when: {field: a, in: [§{b: 1}]}", "found a mapping of keys to values", ""),
        (", small_groups: {minimum: §0}", "`minimum` has to be at least 1, found the number 0", ""),
        (", small_groups: {minimum: §1.5}", "`minimum`: expected a whole number, found the number 1.5", ""),
        (", maximum_unknown: §2", "`maximum_unknown` has to be at most 1, found the number 2", ""),
        (
            ", maximum_unknown: §80%",
            '`maximum_unknown`: expected a number, found the text "80%"',
            "Write a share: 0.8.",
        ),
        (
            ", when: {field: a, within: §365}",
            "`within`: expected text, found the number 365",
            "For example `within`: 90d",
        ),
        (", when: §a == 1", "expected a mapping of keys to values", "Known here: above, after, all, any, "),
        (", when: §{field: a}", "exactly one operator, for example `is: present`", ""),
        (", roles: §provider", "`roles`: expected a list", "Put it in brackets"),
        (", maximum_unknown: §true", "`maximum_unknown`: expected a number, found true", ""),
        (", maximum_unknown: §'0.1'", '`maximum_unknown`: expected a number, found the text "0.1"', "without quotes"),
        (", cites: [{ref: §nonsense}]", '`ref` cannot be the text "nonsense"', "`ref`: us-ugesp/1607.4(D)"),
    ],
)
def test_errors_of_the_model_are_told_in_english_at_their_place(more, what, hint):
    line = "  - " + CONTROL % more
    ((where, said, hinted),) = model_problems(HEAD + (CONTROL % more).replace("§", ""))
    assert where == f"p.yaml:6:{line.index('§') + 1}", said
    assert what in said
    assert hint in hinted


def test_texts_and_lists_that_are_too_long_are_told_in_english_and_cut():
    long = "x" * 5000
    text = f"assay: policy/v1\nid: {long}\nversion: {'1' * 396}.1.1\ntitle: {long}\nowners: [{long}]\n"
    controls = "controls:\n" + "".join(f"  - {(CONTROL % '').replace('A', f'A{place}', 1)}\n" for place in range(501))
    assert model_problems(text + controls) == [
        ("p.yaml:2:5", "`id`: at most 80 characters, found 5,000", ""),
        ("p.yaml:3:10", "`version`: at most 40 characters, found 400", ""),
        ("p.yaml:4:8", "`title`: at most 300 characters, found 5,000", ""),
        ("p.yaml:5:10", "the entry: at most 200 characters, found 5,000", ""),
        ("p.yaml:7:3", "`controls` holds more than 500 entries", ""),
    ]
    told_short = model_problems(f"{HEAD}{CONTROL % ''}\n{long}: 1\n") + model_problems(
        HEAD.replace("id: p", f"id: P{long[:70]}") + CONTROL % ""
    )
    assert all(len(what) < 120 for _, what, _ in told_short)


@pytest.mark.parametrize(("block", "said"), [
    ("identity: {id: %s, name: n, version: '1'}" % ("i" * 81), "`id`: at most 80 characters, found 81"),
    ("identity: {id: i, name: n, version: %s}" % ("v" * 41), "`version`: at most 40 characters, found 41"),
    ("purpose: {context: %s}" % ("c" * 4001), "`context`: at most 4,000 characters, found 4,001"),
    ("data: {test: {path: %s}}" % ("p" * 1001), "`path`: at most 1,000 characters, found 1,001"),
    ("columns: {groups: {g: {column: c, edges: [" + ", ".join(map(str, range(201))) + "]}}}",
     "`edges` holds more than 200 entries"),
    ("columns: {groups: {g: {column: c, labels: {" + ", ".join(f"k{i}: v" for i in range(1001)) + "}}}}",
     "`labels` holds more than 1,000 entries"),
    ("features: [" + ", ".join(f"{{name: f{i}}}" for i in range(2001)) + "]",
     "`features` holds more than 2,000 entries"),
])  # fmt: skip
def test_a_manifest_has_limits_too(block, said):
    text = f"assay: manifest/v1\n{block}\n"
    if not block.startswith("identity"):
        text += "identity: {id: i, name: n, version: '1'}\n"
    assert [what for _, what, _ in model_problems(text, Manifest)] == [said]


def test_a_waiver_has_limits_too():
    text = "assay: waivers/v1\nwaivers: [{id: %s, control: p/A, subject: 'sha256:%s', reason: %s, approver: {id: a}, expires: 2026-03-31}]"  # noqa: E501
    assert [what for _, what, _ in model_problems(text % ("w" * 81, "0" * 64, "r" * 4001), Waivers)] == [
        "`id`: at most 80 characters, found 81", "`reason`: at most 4,000 characters, found 4,001",
    ]  # fmt: skip


def test_a_criterion_that_is_a_list_or_a_mapping_is_told_by_the_form_it_has():
    text = HEAD + "{id: A, title: t, check: a.b, criterion: %s}"
    assert model_problems(text % "[{at_least: x, source: house}]") == [
        ("p.yaml:6:58", '`at_least`: expected a number, found the text "x"', "")
    ]
    assert model_problems(text % "{at_leest: 1, source: house}")[0][1:] == (
        "unknown key `at_leest`", "Did you mean `at_least`?",
    )  # fmt: skip
    assert "exactly one of at_least" in model_problems(text % "{source: house}")[0][1]
    assert model_problems(text % "3")[0][1] == (
        "`criterion`: expected a mapping of keys to values or a list, found the number 3"
    )


def test_all_errors_of_a_file_are_told_at_once_in_its_order():
    text = "assay: policy/v1\nid: Bad Id\nvresion: 1.0.0\ntitle: 3\nowners: [1]\ncontrols: []\n"
    assert [(where, what) for where, what, _ in model_problems(text)] == [
        ("p.yaml:1:1", "`version` is missing"),
        ("p.yaml:2:5", '`id` cannot be the text "Bad Id"'),
        ("p.yaml:3:1", "unknown key `vresion`"),
        ("p.yaml:4:8", "`title`: expected text, found the number 3"),
        ("p.yaml:5:10", "expected text, found the number 1"),
        ("p.yaml:6:11", "`controls` is empty"),
    ]


def test_what_is_missing_is_told_with_what_may_stand_there():
    text = HEAD + "{id: A, title: t, check: a.b, criterion: {at_least: 1}}"
    assert model_problems(text) == [
        ("p.yaml:6:46", "`source` is missing", "Known here: convention, guidance, house, regulation, statute.")
    ]
    assert model_problems("id: p")[0] == ("p.yaml:1:1", "`assay` is missing", "Write `assay: policy/v1`.")


def test_a_number_in_the_place_of_a_text_gets_quotes_where_these_are_enough():
    version = HEAD.replace("1.0.0", "1.0") + CONTROL % ""
    assert model_problems(version)[0][1:] == (
        "`version`: expected text, found the number 1.0", "For example `version`: 1.0.0",
    )  # fmt: skip
    identity = "assay: manifest/v1\nidentity: {id: i, name: n, version: 1.0}"
    assert model_problems(identity, Manifest)[0][2] == 'Put it in quotes: "1.0".'


def test_a_file_of_another_kind_or_version_is_one_error():
    assert model_problems("assay: manifest/v1\nidentity: {}") == [
        ("p.yaml:1:8", "this file is `assay: manifest/v1`, expected `assay: policy/v1`",
         "Is it the file you meant, and the version you meant?")
    ]  # fmt: skip
    assert model_problems("assay: policy/v2")[0][1] == "this file is `assay: policy/v2`, expected `assay: policy/v1`"
    assert model_problems("# nothing\n") == [("p.yaml", "the file is empty", "It begins with `assay: policy/v1`.")]
    assert model_problems("- a")[0][:2] == ("p.yaml:1:1", "expected a mapping of keys to values, found a list")


def test_messages_hold_no_words_of_the_library():
    everything = "assay: policy/v1\nid: 1\nversion: x\ntitle: []\nx: 1\nparameters: {a: {default: x, type: z}}\n" + (
        "controls: [3, {id: A, when: {all: 3}, check: 3, criterion: {between: [1], source: 1}, cites: {}, with: []}]"
    )
    for _, what, hint in model_problems(everything):
        for word in ("Input", "pydantic", "Field required", "Extra", "valid", "function-after", "tuple", "Control"):
            assert word not in what + hint


@pytest.mark.parametrize("day", ["2026-02-30", "2026-3-1", "86400", "2026-01-01T00:00:00", "soon"])
def test_a_malformed_day_is_an_error(day):
    head = "assay: manifest/v1\nidentity: {id: a, name: b, version: '1'}\n"
    ((where, what, _),) = model_problems(f"{head}lifecycle: {{dates: {{approved: '{day}'}}}}", Manifest)
    assert where == "p.yaml:3:31"
    assert "expected a day such as 2026-03-31" in what


anything = st.one_of(
    st.binary(max_size=200),
    st.text(alphabet=st.sampled_from(list("ab:-?[]{},#&*!|>'\"%@` \n\r~01.e<\\/x=")), max_size=40).map(str.encode),
    st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass")),
)


@given(anything)
@example(b"a: {b:c, d: [e:f]}")
@settings(max_examples=1500, deadline=None)
def test_any_bytes_give_a_source_or_an_error_of_ours_and_both_loaders_agree(data):
    results = []
    for loader in LOADERS:
        try:
            source = parse_source(data, "p.yaml", error=PolicyError, loader=loader)
            results.append([source.tree, source.root])
        except AssayError as error:
            results.append(told(error))
    assert all(result == results[0] for result in results)


@given(anything)
@settings(max_examples=500, deadline=None)
def test_any_bytes_give_a_manifest_or_an_error_of_ours(data):
    for start in (b"", b"assay: manifest/v1\n", b"assay: manifest/v1\nidentity: "):
        try:
            read_model(parse_source(start + data, "p.yaml", error=ManifestError), Manifest, error=ManifestError)
        except AssayError as error:
            places = [where for where, _, _ in told(error)]
            break
        else:
            places = ["p.yaml"]
    assert all(place.startswith("p.yaml") for place in places)


trees = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x2000, exclude_categories=["Cc", "Cs"])),
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(st.text(alphabet=st.characters(codec="ascii", categories=["L", "N", "P"]), min_size=1), inner,
                      max_size=4),
    max_leaves=20,
)  # fmt: skip


@given(trees)
@settings(max_examples=300, deadline=None)
def test_json_is_read_as_it_was_written(tree):
    text = json.dumps(tree, ensure_ascii=False)
    for loader in LOADERS:
        read = parse(text, loader).tree
        assert read == tree
        assert not isinstance(read, float) or math.isfinite(read)


def test_every_shipped_yaml_reads_alike_with_both_loaders():
    files = sorted((Path(__file__).parents[1] / "policies").rglob("*.yaml"))
    assert len(files) >= 3
    for file in files:
        sources = [parse(file.read_bytes(), loader) for loader in LOADERS]
        assert all(source.tree == sources[0].tree and source.root == sources[0].root for source in sources)
