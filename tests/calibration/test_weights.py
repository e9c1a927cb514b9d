"""The two constants of the joint satisfaction fit are what their comments say."""

import numpy as np
import pytest

from proactive_gym.calibration import satisfaction
from proactive_gym.calibration.fit import Judged
from proactive_gym.calibration.tables import Evidence, alternative_rows


@pytest.fixture(scope="module")
def stack() -> satisfaction.Stack:
    evidence = Evidence.of_split("population")
    judged = Judged.of(evidence)
    rows, answers = alternative_rows(evidence)
    given = judged.answers["satisfaction"]
    return satisfaction.stack(rows, answers, judged.rows, given, judged.relation)


def residual(stack: satisfaction.Stack) -> np.ndarray:
    """Of the odd people, fitted on the even ones."""
    test = stack.person % 2 == 1
    left = stack.worth - stack.design @ stack.fit(~test)
    return np.where(test, left, np.nan)


def test_judgments_weigh_as_their_residual_variance_says(stack):
    left, count = residual(stack), stack.alternatives
    ratio = np.nanvar(left[:count]) / np.nanvar(left[count:])
    assert ratio == pytest.approx(satisfaction.JUDGMENT_WEIGHT, abs=0.03)


def test_the_penalty_hardly_matters(stack, monkeypatch):
    count, found = stack.alternatives, []
    for penalty in (0.01, satisfaction.PENALTY, 10.0):
        monkeypatch.setattr(satisfaction, "PENALTY", penalty)
        found.append(np.nanvar(residual(stack)[:count]))
    assert max(found) / min(found) < 1.01
