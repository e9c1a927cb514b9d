"""Being switched off is never better than having stayed silent, and costs the same at once."""

from typing import Any, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from proactive_gym.envs.vector import ProactiveAssistVectorEnv
from proactive_gym.users import UserAssumptions

PEOPLE, SESSIONS, POINTS = 200, 6, 10
STEPS = SESSIONS * POINTS
ROUNDING = 1e-12
SILENT, NASTY = (0, 0, 0, 0), (1, 3, 1, 1)


class Lives(NamedTuple):
    """What each step brought to each person; `off` is whether they had switched off before it."""

    reward: NDArray[np.float64]
    off: NDArray[np.bool_]
    reaction: NDArray[np.float32]
    delivered: NDArray[np.bool_]
    trust: NDArray[np.float64]
    terminated: NDArray[np.bool_]


def live(action: tuple[int, ...], **options: Any) -> Lives:
    given = {"sessions": SESSIONS, "points": POINTS, "autoreset_mode": "DISABLED"} | options
    envs = ProactiveAssistVectorEnv(PEOPLE, **given)
    envs.reset(seed=0)
    off, rows = np.zeros(PEOPLE, bool), []
    for _ in range(STEPS):
        observation, reward, terminated, _, info = envs.step(np.tile(action, (PEOPLE, 1)))
        truth, reaction = info["truth"], observation["last"][:, :10]
        rows.append((reward, off, reaction, truth["delivered"], truth["trust"], terminated))
        off = truth["off"]
    return Lives(*(np.array(column) for column in zip(*rows, strict=True)))


def users(trust_a_point: float, off_penalty: float) -> dict[str, Any]:
    return {"users": UserAssumptions(trust_a_point=trust_a_point, off_penalty=off_penalty)}


@pytest.fixture(scope="module")
def nasty() -> Lives:
    return live(NASTY, **users(1.0, 0.1))


@pytest.fixture(scope="module")
def silent() -> Lives:
    return live(SILENT, **users(1.0, 0.1))


def test_bad_assistants_are_switched_off_and_silent_ones_are_not(
    nasty: Lives, silent: Lives
) -> None:
    assert nasty.off[-1].mean() > 0.2
    assert not silent.off.any()


def test_off_is_for_good(nasty: Lives) -> None:
    assert (np.diff(nasty.off.astype(int), axis=0) >= 0).all()


def test_nothing_reaches_or_leaves_a_person_who_switched_off(nasty: Lives) -> None:
    assert nasty.delivered[~nasty.off].any()
    assert not nasty.delivered[nasty.off].any()
    assert (nasty.reaction[nasty.off].argmax(axis=1) == 0).all()
    changed = np.diff(nasty.trust, axis=0) != 0
    assert not changed[nasty.off[1:]].any()


@pytest.mark.parametrize("penalty", [0.0, 0.1, 2.0])
@pytest.mark.parametrize("trust_a_point", [0.1, 1.0])
def test_no_point_is_better_off_than_silent(penalty: float, trust_a_point: float) -> None:
    assumed = users(trust_a_point, penalty)
    nasty, silent = live(NASTY, **assumed), live(SILENT, **assumed)
    assert nasty.off.sum() > 50
    assert (nasty.reward[nasty.off] <= silent.reward[nasty.off]).all()
    assert (nasty.reward >= -1 - ROUNDING).all()
    gap = (silent.reward - nasty.reward)[nasty.off]
    assert (gap[nasty.reward[nasty.off] > -1 + ROUNDING] >= penalty - ROUNDING).all()


def test_lives_switched_off_early_are_worse_than_silent_ones(nasty: Lives, silent: Lives) -> None:
    early = nasty.off[POINTS]
    assert early.sum() > 5
    rest = slice(POINTS, None)
    assert (nasty.reward[rest, early].sum(0) < silent.reward[rest, early].sum(0)).all()
    whole = nasty.reward[:, early].sum(0) - silent.reward[:, early].sum(0)
    assert whole.mean() < 0
    assert (whole < 0).mean() > 0.9


@pytest.mark.parametrize("policy", [NASTY, (1, 0, 0, 0), (2, 3, 0, 1)])
def test_ending_at_once_gives_the_same_return(policy: tuple[int, ...]) -> None:
    assumed = users(1.0, 0.1)
    on = live(policy, **assumed)
    at_once = live(policy, end_when_off=True, autoreset_mode="SAME_STEP", **assumed)
    ended = at_once.terminated.any(axis=0)
    last = np.where(ended, at_once.terminated.argmax(axis=0), STEPS - 1)
    first_life = np.arange(STEPS)[:, None] <= last
    returns = (at_once.reward * first_life).sum(axis=0)
    assert ended.sum() > 20
    assert returns == pytest.approx(on.reward.sum(axis=0), abs=1e-9)
    # The episode ends with the very step by which the person had switched off.
    switched = on.off.any(axis=0)
    assert (ended == switched).all()
    assert (last[ended] + 1 == on.off.argmax(axis=0)[ended]).all()


def test_some_switch_off_within_a_session_and_some_at_its_end() -> None:
    ends = live(NASTY, end_when_off=True, autoreset_mode="SAME_STEP", **users(1.0, 0.1)).terminated
    at_the_end = ends.nonzero()[0] % POINTS == POINTS - 1
    assert at_the_end.any()
    assert not at_the_end.all()
