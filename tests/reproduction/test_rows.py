# SPDX-License-Identifier: Apache-2.0
import pytest

from flip_mm.reproduction.rows import AVERAGE, Row, make_rows
from flip_mm.reproduction.trainings import trainings_of
from flip_mm.tables.published_rows import find_published

PUBLISHED = find_published("flip_mcl_p1", "p1")


@pytest.fixture
def rows_of(tmp_path):
    def make(*records, published=PUBLISHED):
        trainings = [one for number, record in enumerate(records) for one in trainings_of(record, tmp_path / f"{number}.json")]
        return {(row.run, row.metric): row for row in make_rows(trainings, published)}

    return make


def test_mean_difference_and_intervals(make_published, rows_of):
    bounds = [dict(HTER=[1.0, 5.0]), dict(HTER=[2.0, 7.0])]
    found = rows_of(*(make_published(seed, hter, intervals=bounds[seed]) for seed, hter in enumerate([4.0, 4.4])))
    row = found["ICM->O", "HTER"]
    assert (row.seeds, row.values, row.published, row.sample) == ((0, 1), (4.0, 4.4), 2.31, (1.5, 6.0))
    assert (row.mean, row.std, row.difference) == pytest.approx((4.2, 0.2828427, 1.89))
    assert (row.is_worse, row.in_spread, row.in_sample) == (True, True, True)
    assert not found["ICM->O", "AUC"].sample
    assert (AVERAGE, "HTER") not in found


@pytest.mark.parametrize(
    ("metric", "value", "published", "worse"),
    [("HTER", 3.0, 2.0, True), ("HTER", 1.0, 2.0, False), ("AUC", 98.0, 99.0, True), ("TPR@FPR=1%", 99.0, 98.0, False)],
)
def test_worse_depends_on_the_direction_of_the_metric(metric, value, published, worse):
    assert Row("r", metric, (0,), (value,), published).is_worse is worse


@pytest.mark.parametrize(("published", "expected"), [(2.0, True), (1.996, True), (1.99, False), (3.1, False), (None, None)])
def test_a_published_value_is_rounded_to_two_decimals(published, expected):
    row = Row("r", "HTER", (0, 1), (2.4, 2.6), published, spread=(2.0, 3.0))
    assert row.in_spread is expected
    assert row.in_sample is None


def test_the_average_has_the_seeds_of_all_runs(make_published, rows_of):
    records = [make_published(seed, hter=2.0 + seed, target=target) for target in "MCIO" for seed in (0, 1)]
    found = rows_of(*records, make_published(2, target="M"))
    row = found[AVERAGE, "HTER"]
    assert (row.seeds, row.values) == ((0, 1), (2.0, 3.0))
    # 3.01 is printed; the mean of the printed values has more digits.
    assert row.published == pytest.approx(3.0125)


def test_a_row_with_only_an_average(make_published, rows_of):
    only = find_published("flip_mcl_p1_weights-1-1-0", "p1")
    records = [make_published(target=target) for target in "MCIO"]
    assert rows_of(*records, published=only)[AVERAGE, "HTER"].published == 3.15
    found = rows_of(*records[:3], published=only)
    assert (AVERAGE, "HTER") not in found
    assert found["OCI->M", "HTER"].reason == "no published HTER of this run"


def test_seeds_with_two_results_are_refused(make_published, rows_of):
    with pytest.raises(
        ValueError, match=r"run ICM->O, seed 0 has two different results, of '.*0.json' and '.*1.json'; leave one"
    ):
        rows_of(make_published(hter=2.0), make_published(hter=3.0))
    assert rows_of(make_published(), make_published())["ICM->O", "HTER"].seeds == (0,)


def test_a_dash_has_a_reason(make_published, rows_of):
    assert rows_of(make_published(), published=None)["ICM->O", "HTER"].reason == "no published HTER of this method"
    record = make_published() | dict(validations=[])
    (row,) = rows_of(record).values()
    assert (row.values, row.published, row.reason) == ((), 2.31, "the record holds no result of the target")
