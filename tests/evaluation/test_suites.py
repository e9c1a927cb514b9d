import json
from dataclasses import asdict, replace

import gymnasium as gym
import numpy as np
import pytest

import proactive_gym  # noqa: F401
from proactive_baselines.random import Random
from proactive_gym.errors import InvalidOptionError, UnknownPersonError
from proactive_gym.evaluation.playing import play
from proactive_gym.evaluation.suites import SUITES, Suite, begin, life_seed, suite_of
from proactive_gym.evaluation.training import arguments_of
from proactive_gym.personas import Population
from proactive_gym.users import Parameters

PAIR = ("p0003", "p0042")
TINY = Suite("tiny-v0", PAIR, (0, 3), (0,), sessions=3, points=5)
NOTHING = {}


def test_frozen_suites_are_as_they_were():
    """Whoever changes a suite names a new version: results are compared across months."""
    assert {name: suite.described() for name, suite in SUITES.items()} == {
        "standard-v0": {
            "name": "standard-v0",
            "people": "test",
            "seeds": [0, 1, 2],
            "training_seeds": [0, 1, 2],
            "sessions": 10,
            "points": 20,
            "profile": "demographics",
            "training": {"ppo": {"steps": 4_000_000}, "ppo-counts": {"steps": 4_000_000}},
        },
        "quick-v0": {
            "name": "quick-v0",
            "people": "validation",
            "seeds": [0, 1, 2],
            "training_seeds": [0],
            "sessions": 10,
            "points": 20,
            "profile": "demographics",
            "training": {"ppo": {"steps": 1_000_000}, "ppo-counts": {"steps": 1_000_000}},
        },
    }


def test_what_describes_a_suite_is_json_and_a_copy():
    for suite in SUITES.values():
        described = suite.described()
        assert json.loads(json.dumps(described)) == described
        described["training"]["ppo"]["steps"] = 1
        described["training"]["silent"] = {}
        assert suite.described() != described
        assert suite.training["ppo"]["steps"] > 1
    longer = replace(TINY, training={"ppo": {"steps": 7}})
    assert longer.described()["training"] == {"ppo": {"steps": 7}}
    assert TINY.described() == longer.described() | {"training": {}}


def test_a_suites_training_is_of_agents_that_are_trained_with_arguments_that_they_have():
    for suite in SUITES.values():
        for agent, given in suite.training.items():
            assert given.items() <= asdict(arguments_of(agent, given)).items()


def test_trainings_are_given_the_suites_arguments_and_a_seed_each():
    suite = replace(TINY, training_seeds=(4, 7), training={"ppo": {"steps": 7}})
    assert suite.trainings("ppo") == [{"steps": 7, "seed": 4}, {"steps": 7, "seed": 7}]
    assert suite.trainings("population") == [{"seed": 4}, {"seed": 7}]
    suite.trainings("ppo")[0]["steps"] = 8
    assert suite.training == {"ppo": {"steps": 7}}


def test_a_suite_is_found_by_its_name():
    for name, suite in SUITES.items():
        assert suite_of(name) is suite
        assert suite.name == name
    with pytest.raises(InvalidOptionError, match="no suite 'standard': there are standard-v0"):
        suite_of("standard")


@pytest.mark.parametrize("people", [PAIR, tuple(f"p{i:04}" for i in range(1, 25))])
def test_a_suites_life_is_an_episode_of_the_environment(people):
    """In small batches and large ones, which the engine composes in different ways."""
    suite = replace(TINY, people=people)
    engine = begin(suite, suite.options(NOTHING), np.arange(len(people)))
    assert engine.slots == 2 * len(people)
    steps = list(play(Random(), engine, lambda e: e.person.copy()))
    actions, rewards = np.array([s.action for s in steps]), np.array([s.turn.reward for s in steps])
    env = gym.make("ProactiveAssist-v0", people=people, deviations="frozen", sessions=3, points=5)
    for seed, position in ((0, 0), (0, 1), (3, 0), (3, 1)):
        slot = suite.seeds.index(seed) * len(people) + position
        assert (steps[0].noted[slot], engine.names[position]) == (position, people[position])
        chosen = {"persona": people[position]}
        env.reset(seed=life_seed(seed, position), options=chosen)
        for step in range(15):
            _, reward, _, truncated, info = env.step(actions[step, slot])
            assert reward == rewards[step, slot]
            assert info["persona"] == people[position]
        assert truncated
    env.close()


def test_a_persons_lives_share_who_they_are_and_nothing_else():
    engine = begin(TINY, TINY.options(NOTHING), np.arange(2))
    assert engine.person.tolist() == [0, 1, 0, 1]
    assert (engine.user.deviation[:2] == engine.user.deviation[2:]).all()
    assert (engine.user.trust[:2] == engine.user.trust[2:]).all()
    assert (engine.moments.scenario[:2] != engine.moments.scenario[2:]).any(axis=1).all()
    assert len(np.unique(engine.keys)) == 4


def test_a_life_does_not_hang_on_who_is_played_beside_it():
    options = TINY.options(NOTHING)
    both = list(play(Random(), begin(TINY, options, np.arange(2)), lambda e: None))
    alone = list(play(Random(), begin(TINY, options, np.array([1])), lambda e: None))
    for many, few in zip(both, alone, strict=True):
        assert (many.turn.reward[[1, 3]] == few.turn.reward).all()


def test_no_two_lives_of_a_suite_share_a_seed():
    for suite in SUITES.values():
        count = len(suite.options(NOTHING).pool())
        seeds = [life_seed(s, p) for s in suite.seeds for p in range(count)]
        assert len(set(seeds)) == len(seeds)
    assert len(Population.load().split("population").people) < life_seed(1, 0) - life_seed(0, 0)


def test_an_agent_chooses_what_it_sees_and_nothing_else():
    options = TINY.options({"history": "counts"})
    assert (options.history, options.profile) == ("counts", "demographics")
    assert (options.deviations, options.scenarios, options.end_when_off) == ("frozen", "all", False)
    assert TINY.options(NOTHING).history == "last"
    assert replace(TINY, profile="survey").options(NOTHING).profile == "survey"
    for profile in ("none", "demographics", "survey"):
        assert TINY.options({"profile": profile}).profile == profile


@pytest.mark.parametrize(
    "foreign",
    ["people", "sessions", "points", "users", "deviations", "parameters", "mood"],
)
def test_foreign_options_of_an_agent_are_refused(foreign):
    message = f"may choose its history and profile, not '{foreign}': the suite sets that"
    for value in (None, getattr(TINY, foreign, None)):
        with pytest.raises(InvalidOptionError, match=message):
            TINY.options({"history": "counts", foreign: value})


def test_values_that_do_not_exist_are_refused():
    with pytest.raises(InvalidOptionError, match="history must be one of last, counts"):
        TINY.options({"history": "everything"})
    with pytest.raises(InvalidOptionError, match="profile must be one of none, demographics, surv"):
        TINY.options({"profile": None})
    with pytest.raises(UnknownPersonError, match="nobody"):
        replace(TINY, people="nobody").options(NOTHING).pool()


def test_other_simulated_people_can_take_the_seats():
    other = replace(Parameters.load(), noise_sd=Parameters.load().noise_sd * 2)
    options = TINY.options(NOTHING)
    ours, theirs = (
        list(play(Random(), begin(TINY, given, np.arange(2)), lambda e: None))
        for given in (options, replace(options, parameters=other))
    )
    pairs = zip(ours, theirs, strict=True)
    assert any((a.turn.reward != b.turn.reward).any() for a, b in pairs)
