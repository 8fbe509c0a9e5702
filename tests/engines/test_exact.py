import math
from fractions import Fraction

import duckdb
import narwhals as nw
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assay.engines.exact import ExactSum

FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
SCORES = st.floats(0, 1, allow_subnormal=True)


def summed(values, sums):
    """The sum as DuckDB gives it."""
    connection = duckdb.connect()
    connection.execute("CREATE TABLE t (x DOUBLE)")
    connection.executemany("INSERT INTO t VALUES (?)", [[value] for value in values] or [[None]])
    frame = nw.from_native(connection.sql("SELECT * FROM t")).with_columns(**sums.digits_of(nw.col("x"), "x"))
    (row,) = frame.select(*(nw.col(name).sum() for name in sums.names("x"))).to_native().fetchall()
    return sums.value(sums.units(row))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(FINITE, SCORES), max_size=30), st.sampled_from([2, 4]), st.randoms(use_true_random=False))
def test_the_sum_is_within_its_bound_and_the_same_in_any_order(values, digits, random):
    greatest = max(map(abs, values), default=None)
    sums = ExactSum.up_to(greatest, digits=digits)
    total = summed(values, sums)
    off, negative = sum(map(Fraction, values)) - total, sum(value < 0 for value in values)
    cut = Fraction(greatest or 0) / (2**82 if sums.power < 1000 else 1)  # next to nothing is nothing
    assert -negative * cut <= off <= len(values) * sums.unit + negative * cut
    if greatest and sums.power < 1000:
        assert sums.unit <= Fraction(greatest) / 2 ** (60 if digits == 2 else 122)
    shuffled = list(values)
    random.shuffle(shuffled)
    assert summed(shuffled, sums) == total


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(1, 256), min_size=1, max_size=30))
def test_values_of_like_size_add_up_without_any_loss(values):
    total = summed(values, ExactSum.up_to(256.0))
    assert total == sum(map(Fraction, values))
    assert float(total) == math.fsum(values)


@pytest.mark.parametrize("greatest", [1e-290, 0.1, 1.0, 2.0, 1e300, 1.7976931348623157e308])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_greatest_value_fits_whatever_its_size(greatest, sign):
    assert summed([sign * greatest], ExactSum.up_to(greatest)) == Fraction(sign * greatest)


@pytest.mark.parametrize("value", [1.0, -1.0, math.nextafter(1.0, 0)])
def test_two_to_the_power_of_thirty_two_rows_fit_into_the_sums(value):
    sums = ExactSum.up_to(1.0)
    digits = divmod(int(Fraction(value) / sums.unit), 2**31)
    assert all(abs(digit) * 2**32 < 2**63 for digit in digits)
    assert sums.value(sums.units([digit * 2**32 for digit in digits])) == Fraction(value) * 2**32


def test_no_rows_and_nulls_are_nothing():
    assert summed([], ExactSum.up_to(None)) == 0
    assert summed([None, 0.5], ExactSum.up_to(0.5)) == Fraction(1, 2)
