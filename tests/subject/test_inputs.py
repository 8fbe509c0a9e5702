import io

import numpy as np
import pandas as pd
import pytest

from assay.subject.inputs import Input, as_frame, frames, rows_of, save_inputs

INPUTS = (
    Input("age", np.array([30.0, np.nan, 50.0, 60.0, 70.0])),
    Input("home", np.array([1, -1, 0, 0, 1], "int32"), ("own", "rent")),
    Input("region", np.array([0, 1, 0, 1, -1], "int32"), (7, 3)),
)


def saved(folder, inputs):
    path = folder / "inputs.npz"
    with path.open("xb") as file:
        described = save_inputs(file, inputs)
    return str(path), described


@pytest.mark.parametrize("size", [None, 1, 2, 5, 9])
def test_saved_inputs_come_back_as_frames_of_at_most_so_many_rows(tmp_path, size):
    path, described = saved(tmp_path, INPUTS)
    parts = list(frames(path, described, size))
    assert rows_of(path) == 5
    assert max(map(len, parts)) <= (size or 5)
    assert all(list(part.home.cat.categories) == ["own", "rent"] for part in parts)
    pd.testing.assert_frame_equal(pd.concat(parts, ignore_index=True), as_frame(INPUTS))


def test_no_rows_are_one_empty_frame(tmp_path):
    none = tuple(Input(each.name, each.values[:0], each.categories) for each in INPUTS)
    (frame,) = frames(*saved(tmp_path, none))
    assert frame.shape == (0, 3)


def test_objects_are_not_read(tmp_path):
    out = io.BytesIO()
    np.savez(out, c0=np.array([{}], dtype=object))
    (tmp_path / "inputs.npz").write_bytes(out.getvalue())
    with pytest.raises(ValueError, match="allow_pickle"):
        rows_of(str(tmp_path / "inputs.npz"))
