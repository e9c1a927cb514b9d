"""What people would have felt, and what the simulator says of it."""

import numpy as np
import pytest

from proactive_agents.experience import Experience, of_people
from proactive_agents.insight import simulated, true_rewards
from proactive_baselines.oracle import Oracle
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import encode_profile
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError
from proactive_gym.streams import derive
from proactive_gym.world import ScenarioTable, load_scenarios

POINTS = 20


def engine_of(people: str | list[str] = "validation", sessions: int = 2) -> Engine:
    engine = Engine(Options(people=people, sessions=sessions), 40)
    engine.reset(engine.everyone, derive(3, engine.everyone))
    return engine


@pytest.fixture(scope="module")
def lived() -> Experience:
    return of_people(0, 2, 2)


def test_it_shows_the_truth_of_the_population_at_first_trust(lived) -> None:
    count = 800 * 2 * 2 * POINTS
    assert lived.rewards.shape == (count, 48)
    assert {len(box) for box in lived.boxes.values()} == {count}
    assert {box.dtype for box in lived.boxes.values()} == {np.dtype(np.float32)}
    assert (np.abs(lived.rewards) <= 1).all()
    # The 16 silent actions are one.
    assert (np.ptp(lived.rewards[:, :16], axis=1) < 1e-6).all()
    first = lived.boxes["progress"][:, :2] == 0
    again = of_people(0, 2, 1)
    np.testing.assert_array_equal(lived.rewards[first.all(axis=1)], again.rewards[: 800 * 2])


def test_every_moment_says_whose_it_is_and_what_was_noticed(lived) -> None:
    people = Options(people="population").pool()
    profiles = encode_profile(people, "demographics")
    np.testing.assert_array_equal(lived.boxes["profile"], profiles[lived.row])
    assert (np.bincount(lived.row) == 2 * 2 * POINTS).all()
    assert (np.bincount(lived.person) == 2 * POINTS).all()
    assert (lived.person % 800 == lived.row).all()
    scenarios = load_scenarios()
    benefit = np.array([s.benefit for s in scenarios])[lived.scenario]
    assert np.corrcoef(benefit, lived.seen.benefit)[0, 1] > 0.8
    window = np.array([s.window_h for s in scenarios])[lived.scenario]
    np.testing.assert_allclose(window, lived.seen.window_h, rtol=1e-5)


def test_it_may_be_of_other_people_and_other_scenarios() -> None:
    asked = of_people(1, 20, 1, scenarios="all", people=["p0003", "p0042"])
    assert (asked.row == asked.person % 2).all()
    seen = ScenarioTable.load().seen
    assert not seen[asked.scenario].all()
    assert seen[of_people(1, 20, 1, people=["p0003"]).scenario].all()


def test_true_rewards_are_those_of_the_oracle_that_knows_everything() -> None:
    engine, oracle = engine_of(), Oracle(observed=False)
    oracle.attend(engine)
    day = true_rewards(engine, slice(None))
    assert day.shape == (40, POINTS, 48)
    for point in range(3):
        now = true_rewards(engine, engine.point)
        np.testing.assert_array_equal(now, oracle.rewards(engine.point))
        engine.step(np.tile([1, 3, 1, 1], (40, 1)))
        assert (now == day[:, point]).all() == (point == 0)


def test_another_worth_gives_other_rewards() -> None:
    engine = engine_of()
    worth = simulated(engine).worth
    np.testing.assert_array_equal(
        true_rewards(engine, engine.point, worth), true_rewards(engine, engine.point)
    )
    better = true_rewards(engine, engine.point, worth + 1)
    assert (better >= true_rewards(engine, engine.point)).all()


def test_only_simulated_people_can_be_looked_into() -> None:
    engine = engine_of()
    engine.user = object()
    for ask in (simulated, lambda e: true_rewards(e, e.point)):
        with pytest.raises(InvalidOptionError, match="reads simulated people"):
            ask(engine)
