from dataclasses import replace
from itertools import product
from types import MappingProxyType

import gymnasium as gym
import numpy as np
import pytest

from proactive_agents.protocol import Memoryless
from proactive_agents.registry import make
from proactive_baselines.fixed import Fixed
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import InvalidActionError
from proactive_gym.evaluation import scoring
from proactive_gym.evaluation.journal import Journal
from proactive_gym.evaluation.playing import play
from proactive_gym.evaluation.referee import COUNTED, Referee, judge
from proactive_gym.evaluation.scoring import (
    PLACES,
    STATISTICS,
    cost,
    score,
    seen_scenarios,
    summed,
)
from proactive_gym.evaluation.suites import Suite, begin, life_seed
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS, REACTIONS

IDS = tuple(f"p{i:04}" for i in range(1, 8))
SUITE = Suite("tiny-v0", IDS, (0, 2), (0,), sessions=3, points=5)
HARSH = ("undo", "complain", "mute")


class Shy(Memoryless):
    """Speaks by what is noticed, until a reaction that nobody likes to see; then never again."""

    adapts = True

    def begin(self, keys):
        self.hurt = np.zeros(len(keys), bool)

    def act(self, observations):
        seen = Seen.of(observations)
        parts = (seen.activity % 3, seen.domain % 4, seen.domain % 2, seen.activity % 2)
        return np.column_stack(parts) * ~self.hurt[:, None]

    def observe(self, reactions):
        self.hurt |= reactions >= REACTIONS.index("dismiss")

    def state(self):
        return {"hurt": self.hurt.copy()}


def scored(agent, folder, suite=SUITE, **how):
    return score(agent, suite, suite.options(agent.options), Journal(folder, {}), **how)


@pytest.fixture(scope="module")
def shy(tmp_path_factory):
    return scored(Shy(), tmp_path_factory.mktemp("shy"))


def test_the_shapes_are_those_promised(shy):
    assert shy["scores"].shape == (7, 3, len(STATISTICS))
    assert shy["activity"].shape == (len(ACTIVITIES), len(PLACES))
    assert shy["domain"].shape == (len(DOMAINS), len(PLACES))


def test_every_person_and_session_has_all_points_of_all_lives(shy):
    sums = summed(shy["scores"])
    assert (sums["points"] == 2 * 5).all()
    assert (sums["lives"] == 2).all()
    assert ((sums["on"] >= 0) & (sums["on"] <= 2)).all()
    for answer in ("satisfaction", "trust", "comfort"):
        assert ((sums[answer] >= 2 * 1) & (sums[answer] <= 2 * 7)).all()


@pytest.mark.parametrize(("lives", "chunk"), [(1, 1), (6, 3), (7, 3), (200, 100)])
def test_scores_do_not_depend_on_the_chunk(lives, chunk, shy, monkeypatch, tmp_path):
    monkeypatch.setattr(scoring, "LIVES", lives)
    ticks = []
    found = scored(Shy(), tmp_path, tick=ticks.append)
    assert found["scores"] == pytest.approx(shy["scores"], abs=1e-5)
    for name in ("activity", "domain"):
        assert found[name] == pytest.approx(shy[name], abs=1e-4)
    assert sum(ticks) == 7 * 3
    assert max(ticks) == min(chunk, 7)
    scored(Shy(), tmp_path, tick=ticks.append)
    assert sum(ticks) == 2 * 7 * 3


def test_a_finished_run_is_read_and_not_played_again(shy, tmp_path):
    class Dead(Memoryless):
        def act(self, observations):
            raise AssertionError("played again")

    first = scored(Shy(), tmp_path)
    again = scored(Dead(), tmp_path)
    assert (first["scores"] == again["scores"]).all()
    with pytest.raises(AssertionError, match="played again"):
        scored(Dead(), tmp_path, name="other")


def slowly(agent, person, seed):
    """One life through the environment: sums by name and session, from what `info` tells."""
    env = gym.make("ProactiveAssist-v0", people=IDS, deviations="frozen", sessions=3, points=5)
    chosen = {"persona": IDS[person]}
    seen, _ = env.reset(seed=life_seed(seed, person), options=chosen)
    engine, allowed = env.unwrapped.engine, seen_scenarios()
    sums = {name: np.zeros(3) for name in STATISTICS}
    agent.begin(engine.keys)
    for session, _ in product(range(3), range(5)):
        at = (0, int(engine.point[0]))
        trained = bool(allowed[engine.moments.scenario[at]])
        action = agent.act({name: box[None] for name, box in seen.items()})[0]
        seen, reward, _, _, info = env.step(action)
        reaction = seen["last"][: len(REACTIONS)].argmax()
        agent.observe(np.array([reaction]))
        told = {
            "points": 1,
            "reward": reward,
            "delivered": info["truth"]["delivered"],
            "harsh": REACTIONS[reaction] in HARSH,
            "points_seen": trained,
            "reward_seen": reward * trained,
        }
        if "questionnaire" in info:
            told |= info["questionnaire"] | {"lives": 1, "on": not info["truth"]["off"]}
        for name, value in told.items():
            sums[name][session] += value
    env.close()
    return sums


def test_sums_are_those_of_a_slow_walk_through_the_environment(shy):
    fast = summed(shy["scores"])
    told = ("points", "reward", "delivered", "harsh", "points_seen", "reward_seen", "lives", "on")
    for person in (0, 5):
        lives = [slowly(Shy(), person, seed) for seed in SUITE.seeds]
        for name in (*told, "satisfaction", "trust", "comfort"):
            total = sum(life[name] for life in lives)
            assert fast[name][person] == pytest.approx(total), name


def test_what_is_judged_is_summed_over_points_and_lives(shy):
    engine = begin(SUITE, SUITE.options({}), np.arange(7))
    total = np.zeros((14, 3, len(COUNTED)))
    for step in play(Shy(), engine, Referee(seen_scenarios())):
        total[:, step.session] += judge(step.noted, step.action, step.turn)
    by_person = total[:7] + total[7:]
    assert shy["scores"][..., : len(COUNTED)] == pytest.approx(by_person)
    assert summed(shy["scores"])["needed"].sum() > 0


def test_who_has_switched_off_at_a_sessions_end_is_not_on(tmp_path):
    suite = replace(SUITE, people=tuple(f"p{i:04}" for i in range(1, 61)), seeds=(0,), points=8)
    nasty = Fixed(("now", "act", "detailed", "formal"))
    on = summed(scored(nasty, tmp_path, suite)["scores"])["on"]
    engine = begin(suite, suite.options({}), np.arange(60))
    steps = play(nasty, engine, lambda e: None)
    ends = [~engine.user.off for step in steps if step.turn.questionnaire is not None]
    assert (on == np.column_stack(ends)).all()
    assert 0 < on[:, -1].sum() < 60
    assert not np.array_equal(on[:, -1], ~engine.user.muted)


def test_activities_and_domains_add_up_to_the_whole(shy):
    sums = summed(shy["scores"])
    for table in ("activity", "domain"):
        for name, total in summed(shy[table].sum(axis=0), PLACES).items():
            assert total == pytest.approx(sums[name].sum())
        assert (shy[table][:, PLACES.index("points")] > 0).sum() > 3


def test_seen_and_unseen_scenarios_add_up(shy):
    sums = summed(shy["scores"])
    seen = seen_scenarios()
    assert 0 < seen.sum() < len(seen)
    assert sums["points_seen"].sum() > 0
    assert (sums["points_seen"] <= sums["points"]).all()
    unseen = sums["points"] - sums["points_seen"]
    assert unseen.sum() > 0
    assert (np.abs(sums["reward"] - sums["reward_seen"]) <= unseen + 1e-9).all()


def test_the_frozen_copy_fares_otherwise_only_if_the_agent_adapts(shy, tmp_path):
    frozen = scored(Shy(), tmp_path / "shy", told=False)["scores"]
    assert (frozen != shy["scores"]).any()
    for name in ("random", "always-now"):
        told, blind = (
            scored(make(name), tmp_path / f"{name}-{told}", told=told)["scores"]
            for told in (True, False)
        )
        assert (told == blind).all()


# ---------------------------------------------------------------- what it costs


def test_costs_are_positive():
    found = cost(Shy(), SUITE.options({}), points=10)
    assert found.act_us > 0
    assert found.observe_us > 0
    assert found.state_bytes == 1
    assert cost(make("silent"), SUITE.options({}), points=10).state_bytes == 0
    assert cost(make("oracle-full"), SUITE.options({}), points=10).act_us > 0


class Counting(Memoryless):
    """Keeps nothing itself, but reads all reactions counted, as PPO on counts does."""

    options = MappingProxyType({"history": "counts"})

    def act(self, observations):
        return np.zeros((len(observations["counts"]), 4), int)


class ShyCounting(Shy):
    options = Counting.options


def test_what_the_device_counts_for_an_agent_is_kept_as_well():
    cells = 29 * len(REACTIONS)
    assert cells == 290
    for agent, own in ((Counting(), 0), (ShyCounting(), 1)):
        options = SUITE.options(agent.options)
        assert cost(agent, options, points=10).state_bytes == 2 * cells + own


@pytest.mark.parametrize("bad", [[[9, 9, 9, 9]], np.zeros((1, 4)), np.full((1, 4), -1)], ids=str)
def test_costs_are_of_actions_alone(bad):
    class Broken(Memoryless):
        def act(self, observations):
            return bad

    with pytest.raises(InvalidActionError, match="an action"):
        cost(Broken(), SUITE.options({}), points=10)


def test_lives_shorter_than_what_is_timed_have_a_cost_too():
    assert cost(make("silent"), SUITE.options({}), points=40).act_us > 0
