import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from assay.errors import DataError
from assay.subject.adapters import load_model
from assay.subject.origins import Unsupported
from assay.subject.scorer import ModelFailure
from libraries import library
from rows import BINARY, FRAME, NUMBERS, THREE, VALUE

onnx = library("onnx")
runtime = library("onnxruntime")
skl2onnx = library("skl2onnx")
MATRIX = NUMBERS.to_numpy().astype("float32")
WORDS = np.array(["paid", "late"])[BINARY]


def exported(model, initial_types=None, **options):
    first = MATRIX[:1] if initial_types is None else None
    kept = {id(model): options} if options else None
    return skl2onnx.to_onnx(model, first, initial_types=initial_types, options=kept).SerializeToString()


def run(data, feed):
    return runtime.InferenceSession(data, providers=["CPUExecutionProvider"]).run(None, feed)


def test_probabilities_named_by_class_are_those_of_onnxruntime():
    data = exported(LogisticRegression().fit(NUMBERS.to_numpy(), WORDS))
    made = load_model("onnx", data).predict(NUMBERS)
    assert made.classes == ("late", "paid")
    np.testing.assert_array_equal(made.score("late"), [row["late"] for row in run(data, {"X": MATRIX})[1]])


def test_probabilities_of_three_classes_without_names_are_those_of_onnxruntime_in_their_order():
    data = exported(LogisticRegression().fit(NUMBERS.to_numpy(), THREE), zipmap=False)
    made = load_model("onnx", data).predict(NUMBERS)
    assert made.classes == (0, 1, 2)
    np.testing.assert_array_equal(made.values, run(data, {"X": MATRIX})[1])


@pytest.mark.parametrize("classes", [None, ("paid", "late")])
def test_classes_that_the_models_own_labels_contradict_are_an_error(classes):
    data = exported(LogisticRegression().fit(NUMBERS.to_numpy(), WORDS), zipmap=False)
    with pytest.raises(
        DataError, match=r"the model calls a row '.*' where the classes of the manifest make it"
    ) as error:
        load_model("onnx", data, classes).predict(NUMBERS)
    assert "Write `classes`" in error.value.hint
    right = load_model("onnx", data, ("late", "paid")).predict(NUMBERS)
    np.testing.assert_array_equal(right.score("paid"), run(data, {"X": MATRIX})[1][:, 1])


def test_names_stand_for_labels_that_are_numbers_but_numbers_are_not_turned():
    data = exported(LogisticRegression().fit(NUMBERS.to_numpy(), BINARY), zipmap=False)
    made = load_model("onnx", data, ("paid", "late")).predict(NUMBERS)
    np.testing.assert_array_equal(made.score("late"), run(data, {"X": MATRIX})[1][:, 1])
    with pytest.raises(DataError, match="where the classes of the manifest make it"):
        load_model("onnx", data, (1, 0)).predict(NUMBERS)


def test_a_regression_gives_its_number():
    data = exported(LinearRegression().fit(NUMBERS.to_numpy(), VALUE))
    made = load_model("onnx", data).predict(NUMBERS)
    assert made.classes is None
    np.testing.assert_array_equal(made.score(None), run(data, {"X": MATRIX})[0][:, 0])


def by_column():
    """A graph with an input for each feature: text, whole numbers and floats."""
    from skl2onnx.common.data_types import FloatTensorType, Int64TensorType, StringTensorType

    frame = NUMBERS.assign(home=FRAME.home.astype(object), region=FRAME.region.astype("int64"))
    hot = ColumnTransformer([("hot", OneHotEncoder(), ["home", "region"]), ("rest", "passthrough", ["age", "income"])])
    model = make_pipeline(hot, LogisticRegression()).fit(frame, BINARY)
    kinds = {"home": StringTensorType, "region": Int64TensorType, "age": FloatTensorType, "income": FloatTensorType}
    types = [(name, kinds[name]([None, 1])) for name in frame]
    return model, frame, skl2onnx.to_onnx(model, initial_types=types).SerializeToString()


def test_an_input_for_each_feature_is_fed_by_name_as_text_whole_and_real_numbers():
    model, frame, data = by_column()
    given = FRAME.assign(income=NUMBERS.income)
    made = load_model("onnx", data).predict(given[["region", "home", "income", "age"]])
    np.testing.assert_allclose(made.score(1), model.predict_proba(frame)[:, 1], atol=1e-6)
    feed = {name: frame[[name]].to_numpy() for name in frame} | {
        name: frame[[name]].to_numpy().astype("float32") for name in ("age", "income")
    }
    np.testing.assert_array_equal(made.score(1), [row[1] for row in run(data, feed)[1]])


@pytest.mark.parametrize(("change", "error", "told"), [
    ({"home": FRAME.home.where(FRAME.home != "own")}, ModelFailure, "takes 'home' as text, and it is missing in some"),
    ({"home": FRAME.age}, DataError, "takes 'home' as text\n"),
    ({"region": FRAME.age}, ModelFailure, "takes 'region' as whole numbers, and some rows hold others or none"),
    ({"age": FRAME.home}, DataError, "takes 'age' as a number, and it holds text"),
])  # fmt: skip
def test_a_value_that_the_graph_cannot_take_is_an_error(change, error, told):
    with pytest.raises(error, match=told):
        load_model("onnx", by_column()[2]).predict(FRAME.assign(income=NUMBERS.income).assign(**change))


def test_other_inputs_than_those_of_the_graph_are_an_error():
    with pytest.raises(DataError, match="takes 2 inputs, and the manifest's features are 1"):
        load_model("onnx", exported(LinearRegression().fit(NUMBERS.to_numpy(), VALUE))).predict(NUMBERS[["age"]])
    with pytest.raises(DataError, match="takes other inputs than the manifest's features: home, region"):
        load_model("onnx", by_column()[2]).predict(NUMBERS)


def graph(outputs, nodes, initializers=()):
    """A graph made by hand: input x of two floats."""
    helper = onnx.helper
    ins = [helper.make_tensor_value_info("x", 1, [None, 2])]
    outs = [helper.make_tensor_value_info(name, kind, shape) for name, kind, shape in outputs]
    made = helper.make_model(
        helper.make_graph(nodes, "g", ins, outs, list(initializers)), opset_imports=[helper.make_opsetid("", 17)]
    )
    made.ir_version = 8
    return made.SerializeToString()


def test_a_network_without_labels_gives_a_number_for_each_class():
    data = graph([("p", 1, [None, 2])], [onnx.helper.make_node("Softmax", ["x"], ["p"], axis=1)])
    made = load_model("onnx", data, ("no", "yes")).predict(NUMBERS)
    np.testing.assert_array_equal(made.score("yes"), run(data, {"x": MATRIX})[0][:, 1])


def test_outputs_that_are_no_scores_are_an_error_which_names_them():
    node = onnx.helper.make_node
    labels = graph([("l", 7, [None])], [node("ArgMax", ["x"], ["l"], axis=1, keepdims=0)])
    with pytest.raises(DataError, match=r"the model's outputs are l \(tensor\(int64\)\)"):
        load_model("onnx", labels)
    two = graph([("a", 1, [None, 2]), ("b", 1, [None, 2])], [node("Abs", ["x"], ["a"]), node("Neg", ["x"], ["b"])])
    with pytest.raises(DataError, match="more or less than one array"):
        load_model("onnx", two)


@pytest.mark.parametrize("place", ["{}", "weights.bin"])
def test_weights_in_another_file_are_not_read_for_no_digest_covers_them(tmp_path, monkeypatch, place):
    file = tmp_path / "weights.bin"
    file.write_bytes(np.ones(2, "float32").tobytes())
    monkeypatch.chdir(tmp_path)
    outside = onnx.TensorProto(name="w", data_type=1, dims=[2], data_location=onnx.TensorProto.EXTERNAL)
    outside.external_data.add(key="location", value=place.format(file))
    data = graph([("y", 1, [None, 2])], [onnx.helper.make_node("Add", ["x", "w"], ["y"])], [outside])
    with pytest.raises(DataError, match="onnxruntime cannot read the model") as error:
        load_model("onnx", data)
    assert "inside the file" in error.value.hint


@pytest.mark.parametrize("data", [b"", b"garbage"])
def test_bytes_that_are_no_model_are_an_error(data):
    with pytest.raises(DataError, match="onnxruntime cannot read the model"):
        load_model("onnx", data)


def test_there_are_no_attributions():
    with pytest.raises(Unsupported, match="attributions of an ONNX model"):
        load_model("onnx", exported(LinearRegression().fit(NUMBERS.to_numpy(), VALUE))).explain(NUMBERS, None, None)


def test_categories_of_numbers_are_numbers_of_a_matrix():
    frame = pd.DataFrame({"age": NUMBERS.age, "region": FRAME.region})
    data = exported(LinearRegression().fit(frame.astype(float).to_numpy(), VALUE))
    feed = frame.astype(float).to_numpy().astype("float32")
    np.testing.assert_array_equal(load_model("onnx", data).predict(frame).score(None), run(data, {"X": feed})[0][:, 0])
