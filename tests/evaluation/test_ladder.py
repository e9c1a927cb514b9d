import numpy as np
import pytest

from proactive_baselines.informed import Informed
from proactive_baselines.oracle import Oracle
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError
from proactive_gym.evaluation.ladder import RUNGS, agent_of, climb
from proactive_gym.evaluation.lives import play_lives
from proactive_gym.personas import Population
from proactive_gym.streams import derive


@pytest.fixture(scope="module")
def ladder():
    return climb(lives=1, sessions=3)


def test_the_rungs_stand_in_their_order(ladder):
    assert [r.name for r in ladder.rungs] == list(RUNGS)
    means = [r.reward.mean for r in ladder.rungs]
    assert means == sorted(means)


def test_the_distances_are_about_those_of_the_side_by_side_answers(ladder):
    """In the data: -0.36, 0.11, 0.29, 0.31, 0.37, 0.48, ceiling between two judges 0.53."""
    mean = {r.name: r.reward.mean for r in ladder.rungs}
    assert 0.25 < mean["fixed"] - mean["silent"] < 0.6
    assert 0.12 < mean["moment"] - mean["fixed"] < 0.32
    assert 0.10 < mean["survey"] - mean["moment"] < 0.28
    assert mean["oracle-observed"] - mean["survey"] > 0.015


def test_an_interval_holds_its_mean_and_steps_are_paired(ladder):
    for below, rung in zip(ladder.rungs, ladder.rungs[1:], strict=False):
        assert rung.reward.low < rung.reward.mean < rung.reward.high
        assert rung.step.mean == pytest.approx(rung.reward.mean - below.reward.mean)


def test_at_least_a_fifth_of_the_moments_deserve_silence():
    """For people at the trust at which they begin, whatever the best words would be."""
    engine = Engine(Options.of(people="population"), 800)
    engine.reset(engine.everyone, derive(5, engine.everyone), engine.everyone)
    oracle = Oracle(observed=False)
    oracle.attend(engine)
    best = oracle.rewards(slice(None)).argmax(axis=2)
    silent = (best < 16).mean(axis=1)
    assert silent.mean() >= 0.2
    assert np.median(silent) >= 0.2


def test_every_agent_meets_the_same_lives():
    options = Options.of(people=["p0001", "p0003"], sessions=2, points=3, deviations="frozen")
    population = Population.load().split("population").people
    agent = agent_of("silent", population, options)
    once, twice = (play_lives(agent, options, 2, seed=4) for _ in range(2))
    assert (once.reward == twice.reward).all()
    assert once.reward.shape == (2, 2)
    assert (play_lives(agent, options, 2, seed=5).reward != once.reward).any()


def test_a_person_scores_the_same_beside_other_people():
    few = Options.of(people=["p0003"], sessions=1, points=4, deviations="frozen")
    many = Options.of(people=["p0003", "p0001"], sessions=1, points=4, deviations="frozen")
    population = Population.load().split("population").people
    for name in ("silent", "survey"):
        agent = agent_of(name, population, few)
        alone = play_lives(agent, few, 1, seed=0).reward[0]
        beside = play_lives(agent_of(name, population, many), many, 1, seed=0).reward[0]
        assert alone == pytest.approx(beside)


def test_an_unknown_view_is_refused():
    with pytest.raises(InvalidOptionError, match="view must be one of moment"):
        Informed("mind", Population.load().split("population").people)


def test_policies_that_read_simulated_people_refuse_others():
    engine = Engine(Options.of(people=["p0001"]), 1)
    engine.reset(engine.everyone, derive(0, engine.everyone))
    engine.user = object()
    with pytest.raises(InvalidOptionError, match="reads simulated people"):
        Oracle(observed=False).attend(engine)


@pytest.mark.parametrize("bad", [{"lives": 0}, {"end_when_off": True}])
def test_lives_that_cannot_be_played_are_refused(bad):
    with pytest.raises(InvalidOptionError, match="lives"):
        climb(sessions=1, points=2, **bad)


def test_the_settings_name_what_is_not_at_its_default():
    options = {"sessions": 1, "points": 1, "scenarios": "seen", "drift": 0.3}
    settings = climb(lives=1, **options).settings
    assert settings["scenarios"] == "seen"
    assert settings["drift"] == 0.3
    assert "fatigue" not in settings
