"""Lives among the training situations, against an engine that lives the same ones."""

import numpy as np
import pytest

from proactive_agents.insight import simulated, true_rewards
from proactive_agents.lm import lives as lm_lives
from proactive_agents.lm.lives import POINTS, Lives, live
from proactive_agents.lm.situations import training_situations, training_table
from proactive_gym.data.records import load_splits
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.errors import UnknownPersonError
from proactive_gym.personas import Population
from proactive_gym.streams import derive
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import DOMAINS
from proactive_gym.world import ScenarioTable

DAYS, SEED = 2, 4


@pytest.fixture(scope="module")
def lived() -> Lives:
    return live(SEED, 1, DAYS)


def same(first: Lives, second: Lives, rows: np.ndarray | slice = slice(None)) -> bool:
    """Whether `second`, of which only `rows` count, is `first` to the last bit."""
    names = ("person", "life", "situation", "rewards", "last")
    pairs = [(getattr(first, n), getattr(second, n)[rows]) for n in names]
    pairs += [(v, getattr(second.moments, n)[rows]) for n, v in vars(first.moments).items()]
    return all(a.shape == b.shape and np.array_equal(a, b) for a, b in pairs)


def test_every_array_has_a_row_for_every_moment(lived) -> None:
    count = 800 * DAYS * POINTS
    assert len(lived) == len(lived.moments) == count
    assert lived.rewards.shape == (count, 48)
    assert lived.rewards.dtype == np.float32
    assert lived.last.shape == (count, 5)
    assert lived.moments.estimate.shape == (count, 3)
    for name in ("person", "life", "situation"):
        assert getattr(lived, name).shape == (count,)


def test_everybody_of_the_population_lives_and_nobody_else(lived) -> None:
    population = load_splits().population
    assert set(lived.people.ids) == set(population)
    assert set(lived.people.ids).isdisjoint(Population.load().split("test").ids)
    assert (np.bincount(lived.person) == DAYS * POINTS).all()
    several = live(SEED, 2, 1, split="validation")
    assert set(several.people.ids) == set(load_splits().validation)
    assert (several.person == several.life % len(several.people)).all()
    assert (np.bincount(several.life) == POINTS).all()
    with pytest.raises(UnknownPersonError):
        live(SEED, 1, 1, split="everyone")


def test_only_training_situations_are_met(lived) -> None:
    situations = training_situations()
    met = {situations[i].id for i in np.unique(lived.situation)}
    assert len(met) > 0.9 * len(situations)
    assert met.isdisjoint(load_splits().scenarios_unseen)
    for i in range(0, len(lived), 997):
        met_now = situations[lived.situation[i]]
        assert DOMAINS[lived.moments.domain[i]] == met_now.domain
        assert lived.moments.window_h[i] == met_now.window_h
    table = training_table()
    told = lived.moments.estimate[:, 0]
    assert np.corrcoef(told, table.benefit[lived.situation])[0, 1] > 0.8


def test_a_seed_decides_everything(lived) -> None:
    assert same(lived, live(SEED, 1, DAYS))
    other = live(SEED + 1, 1, DAYS)
    for name in ("situation", "rewards", "last"):
        assert not np.array_equal(getattr(other, name), getattr(lived, name))


def test_the_first_lives_are_the_same_among_more_and_go_on_the_same_way(lived) -> None:
    more = live(SEED, 2, DAYS)
    assert same(lived, more, more.life < 800)
    # A person's second life has other deviations.
    assert not np.array_equal(more.rewards[more.life < 800], more.rewards[more.life >= 800])
    day = live(SEED, 1, 1)
    assert same(day, lived, slice(len(day)))


@pytest.fixture(scope="module")
def beside() -> tuple[Lives, Engine]:
    """Lives among the packaged scenarios, and an engine in which the same lives begin."""
    lived = live(SEED, 1, DAYS, split="validation", table=ScenarioTable.load())
    engine = Engine(Options(people="validation", sessions=DAYS), len(lived.people))
    keys = derive(derive(lm_lives._SALT, SEED), engine.everyone)
    engine.reset(engine.everyone, keys, engine.everyone)
    return lived, engine


def test_rewards_and_moments_are_those_of_an_engine(beside) -> None:
    """At the trust of the beginning and unwearied, whatever the assistant has done since."""
    lived, engine = beside
    user, count = simulated(engine), engine.slots
    rested = user.trust.copy()
    compared = 0
    for step in range(DAYS * POINTS):
        rows = slice(step * count, (step + 1) * count)
        at = (engine.everyone, engine.point)
        scenario = engine.moments.scenario[at]
        np.testing.assert_array_equal(lived.situation[rows], scenario)
        moments = lived.moments.take(np.arange(len(lived))[rows])
        np.testing.assert_array_equal(moments.weekday, engine.moments.weekday)
        np.testing.assert_array_equal(moments.window_h, engine.routines.table.window_h[scenario])
        np.testing.assert_array_equal(moments.domain, engine.routines.table.domain[scenario])
        for name in ("hour", "activity", "place", "alone", "break_delay", "estimate"):
            np.testing.assert_array_equal(
                getattr(moments, name), getattr(engine.moments, name)[at], err_msg=name
            )
        trust, spoken = user.trust.copy(), user.spoken.copy()
        user.trust[:], user.spoken[:] = rested, 0
        expected = true_rewards(engine, engine.point).astype(np.float32)
        np.testing.assert_array_equal(lived.rewards[rows], expected)
        user.trust[:], user.spoken[:] = trust, spoken
        if step + 1 < DAYS * POINTS:
            after = lived.last[(step + 1) * count : (step + 2) * count]
            # Nobody is asked at the day's end, where a real life may be switched off.
            heard = ~user.off if step < POINTS else np.zeros(count, bool)
            engine.step(after[:, :4])
            np.testing.assert_array_equal(after[heard, 4], engine.last_reaction[heard])
            compared += heard.sum()
    assert compared > 0.9 * POINTS * count


def test_a_message_that_is_held_too_long_is_worth_silence(lived) -> None:
    late = lived.moments.break_delay > lived.moments.window_h
    assert 0.05 < late.mean() < 0.95
    silent, now, held = (lived.rewards[:, ACTIONS[:, 0] == timing] for timing in range(3))
    assert (silent == silent[:, :1]).all()
    assert (held[late] == silent[late, :1]).all()
    assert (held[~late] != silent[~late, :1]).any(axis=1).all()
    assert (np.ptp(now, axis=1) > 0).all()
    assert (np.abs(lived.rewards) <= 1).all()


def test_the_assistant_before_does_anything(lived) -> None:
    first = lived.last[:800]
    assert (first == -1).all()
    later = lived.last[800:]
    assert (later[:, 0] == 0).mean() == pytest.approx(0.35, abs=0.01)
    words = later[later[:, 0] > 0][:, :4]
    found, counts = np.unique(words, axis=0, return_counts=True)
    np.testing.assert_array_equal(found, ACTIONS[16:])
    assert counts.max() < 1.3 * counts.min()
    assert (later[later[:, 0] == 0][:, :4] == 0).all()
    assert set(np.unique(later[:, 4])) >= {0, 1, 2, 4, 6}
