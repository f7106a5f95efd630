"""A work dir of a training, and its analysis."""

import pytest
from fixtures.speed import small_vocabulary_patch

from flip_mm.analysis.run_analysis import AnalysisOptions, analyse_run
from flip_mm.analysis.run_folder import open_run

OPTIONS = AnalysisOptions(images=4)


@pytest.fixture(scope="session")
def work_dir(trained):
    return trained[1].parent


@pytest.fixture(scope="session")
def analysis(work_dir):
    with small_vocabulary_patch():
        return analyse_run(open_run(work_dir, "last"), "tiny_p1, seed 0", "tiny_p1_seed0", OPTIONS, say=lambda _: None)
