from types import MappingProxyType

import numpy as np
import pytest

from proactive_agents.protocol import Agent, Insider
from proactive_baselines.random import Random
from proactive_gym.envs import vector
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.episodes import episode_keys, root_key_of_seed
from proactive_gym.envs.observation import observation_space
from proactive_gym.envs.options import Options
from proactive_gym.envs.vector import ProactiveAssistVectorEnv
from proactive_gym.errors import InvalidActionError
from proactive_gym.evaluation.playing import agent_keys, play
from proactive_gym.streams import derive
from proactive_gym.users import Pool, Questionnaire, SimulatedUser, UserAssumptions
from proactive_gym.vocabulary import REACTIONS

CANARY = 7919.25
"""No number that an assistant may see is near this one."""
GIVEN = {
    "sessions": 3,
    "points": 4,
    "history": "counts",
    "profile": "survey",
    "users": UserAssumptions(trust_a_point=1.0),
}
OPTIONS = Options.of(**GIVEN)


class Spy(Random):
    """Acts at random and keeps everything that reaches it."""

    adapts = True
    options = MappingProxyType({"history": "counts", "profile": "survey"})

    def __init__(self):
        self.began, self.seen, self.told = [], [], []

    def begin(self, keys):
        self.began.append(keys.copy())
        super().begin(keys)

    def act(self, observations):
        self.seen.append({name: box.copy() for name, box in observations.items()})
        return super().act(observations)

    def observe(self, reactions):
        self.told.append(reactions.copy())


class Curious(Spy):
    """A spy that asks to look into the simulator."""

    def attend(self, engine):
        self.shown = [*getattr(self, "shown", []), (engine, int(engine.session[0]))]


class Masked:
    """Simulated people whose feelings read as the canary; what they do is as ever."""

    def __init__(self, user):
        self.user = user

    def __getattr__(self, name):
        return getattr(self.user, name)

    @property
    def trust(self):
        return np.full(len(self.user.trust), CANARY)

    def respond(self, point, action, nonsense=None):
        true = self.user.respond(point, action, nonsense)
        return true._replace(
            satisfaction=np.full_like(true.satisfaction, int(CANARY)),
            ratings=np.full_like(true.ratings, int(CANARY)),
            reward=np.full_like(true.reward, CANARY),
            off_penalty=np.full_like(true.off_penalty, -CANARY),
            delivered=~true.delivered,
            wish=~true.wish,
        )

    def end_session(self, slots):
        self.user.end_session(slots)
        return Questionnaire(*(np.full(len(slots), CANARY) for _ in range(3)))


def engine_of(slots, masked=False, options=OPTIONS):
    seats = SimulatedUser(Pool.of(options.pool()), slots, options.points, assumptions=options.users)
    engine = Engine(options, slots, Masked(seats) if masked else seats)
    roots = np.array([root_key_of_seed(i) for i in range(slots)], np.uint64)
    engine.reset(engine.everyone, episode_keys(roots, np.zeros(slots, np.uint64)), engine.everyone)
    return engine


def played(agent, engine, told=True):
    return list(play(agent, engine, lambda engine: None, told))


def holds_canary(array):
    return bool((np.abs(np.asarray(array, float)) > CANARY - 1).any())


def assert_same_experience(one, other):
    assert len(one.seen) == len(other.seen) == GIVEN["sessions"] * GIVEN["points"]
    for a, b in zip(one.seen, other.seen, strict=True):
        assert a.keys() == b.keys()
        assert all(np.array_equal(a[name], b[name]) for name in a)
    assert all(np.array_equal(a, b) for a, b in zip(one.told, other.told, strict=True))


# ---------------------------------------------------------------- nothing but the observation


@pytest.mark.parametrize("slots", [3, 40])
def test_what_people_feel_never_reaches_an_agent(slots):
    plain, watched = Spy(), Spy()
    played(plain, engine_of(slots))
    steps = played(watched, engine_of(slots, masked=True))
    assert all(holds_canary(step.turn.reward) for step in steps)
    assert_same_experience(plain, watched)
    received = [box for seen in watched.seen for box in seen.values()] + watched.told
    assert not any(holds_canary(array) for array in received)


def test_an_agent_gets_the_boxes_of_the_space_and_visible_reactions_alone():
    spy, engine = Spy(), engine_of(40)
    steps, space = played(spy, engine), observation_space(OPTIONS)
    assert isinstance(spy, Agent)
    assert not isinstance(spy, Insider)
    for seen in spy.seen:
        assert set(seen) == set(space.spaces)
        for row in range(engine.slots):
            assert space.contains({name: box[row] for name, box in seen.items()})
    for told, step in zip(spy.told, steps, strict=True):
        assert told.dtype.kind == "i"
        assert (told == step.turn.response.reaction).all()
    assert len(np.unique(spy.told)) >= len(REACTIONS) - 2


def test_a_life_begins_once_with_keys_that_are_not_the_simulators():
    spy, engine = Spy(), engine_of(40)
    played(spy, engine)
    (keys,) = spy.began
    assert (keys.shape, keys.dtype) == ((40,), np.uint64)
    assert len(np.unique(keys)) == 40
    held = np.concatenate([engine.keys, engine.user.keys, engine.user.session_keys])
    assert not np.isin(keys, held).any()
    assert np.array_equal(keys, agent_keys(engine.keys))


SALTS = np.arange(4096, dtype=np.uint64)
"""Every purpose that the simulator has, and many that it has not."""


def unmixed(keys):
    """Undo SplitMix64's finaliser."""
    for shift, odd in ((31, 0x94D049BB133111EB), (27, 0xBF58476D1CE4E5B9), (30, 1)):
        back = keys.copy()
        for _ in range(64 // shift + 1):
            back = keys ^ (back >> np.uint64(shift))
        keys = back * np.uint64(pow(odd, -1, 2**64))
    return keys


def parents(keys):
    """The keys from which `derive` would make these, for each of the salts, (N, salts)."""
    step = np.uint64(0x9E3779B97F4A7C15)
    return unmixed(unmixed(keys)[:, None] - (SALTS + np.uint64(1)) * step) - step


def test_the_agents_key_does_not_lead_back_to_the_life():
    """`derive` can be undone, so a key made by it would tell an agent all that is to come."""
    keys = engine_of(40).keys
    for salt in (0, 501, 4095):
        assert np.array_equal(parents(derive(keys, salt))[:, salt], keys)
    found = agent_keys(keys)
    assert not np.isin(derive(keys[:, None], SALTS), found).any()
    assert not np.isin(parents(found), keys).any()
    assert not np.isin(parents(unmixed(found)), keys).any()


def test_the_agents_key_is_a_lifes_own_and_the_same_for_good():
    keys = derive(3, np.arange(10_000))
    found = agent_keys(keys)
    assert (found.shape, found.dtype) == (keys.shape, np.uint64)
    assert np.array_equal(found, agent_keys(keys))
    assert np.array_equal(found[::-1], agent_keys(keys[::-1]))
    assert np.array_equal(found[7:8], agent_keys(keys[7:8]))
    assert len(np.unique(found)) == len(keys)
    ends = np.array([0, 1, 2**64 - 1], np.uint64)
    golden = [1786884285633530058, 18232024504446223411, 3246705950370657501]
    assert agent_keys(ends).tolist() == golden
    assert agent_keys(keys[:0]).shape == (0,)


def test_a_canary_in_info_reaches_nobody_who_plays(monkeypatch):
    """The observations of the vector environment are those that `play` shows, info or none."""
    canary = {"trust": np.full(40, CANARY)}
    monkeypatch.setattr(vector, "truth_info", lambda user, turn: canary)
    spy, twin = Spy(), Spy()
    played(spy, engine_of(40))
    envs = ProactiveAssistVectorEnv(40, autoreset_mode="SAME_STEP", **GIVEN)
    ids = list(envs.engine.people.ids[:40])
    observation, _ = envs.reset(seed=0, options={"persona": ids})
    twin.begin(spy.began[0])
    for step in range(12):
        observation, _, _, _, info = envs.step(twin.act(observation))
        told = info["final_info"] if step == 11 else info
        assert holds_canary(told["truth"]["trust"])
        last = info["final_obs"] if step == 11 else None
        shown = observation["last"] if last is None else np.stack([o["last"] for o in last])
        twin.observe(shown[:, : len(REACTIONS)].argmax(axis=1))
    assert_same_experience(spy, twin)


def test_only_insiders_are_shown_the_engine_once_a_session():
    curious, engine = Curious(), engine_of(3)
    assert isinstance(curious, Insider)
    played(curious, engine)
    assert curious.shown == [(engine, session) for session in range(3)]
    spy = Spy()
    played(spy, engine_of(3))
    assert not hasattr(spy, "shown")


def test_spoiling_what_was_seen_changes_no_life():
    class Vandal(Spy):
        def act(self, observations):
            action = super().act(observations)
            for box in observations.values():
                box[...] = CANARY
            return action

        def observe(self, reactions):
            super().observe(reactions)
            reactions[...] = -9

    calm, vandal = Spy(), Vandal()
    first, second = played(calm, engine_of(3)), played(vandal, engine_of(3))
    assert_same_experience(calm, vandal)
    for a, b in zip(first, second, strict=True):
        assert (a.turn.reward == b.turn.reward).all()


# ---------------------------------------------------------------- the frozen copy, order, errors


@pytest.mark.parametrize("slots", [3, 40])
def test_the_frozen_copy_is_told_nothing_of_the_past(slots):
    told, frozen = Spy(), Spy()
    played(told, engine_of(slots))
    played(frozen, engine_of(slots), told=False)
    assert not frozen.told
    for box in ("last", "counts"):
        assert any(seen[box].any() for seen in told.seen)
        assert not any(seen[box].any() for seen in frozen.seen)
    # Random acts do not hang on what is told, so these two lived the same lives.
    for a, b in zip(told.seen, frozen.seen, strict=True):
        assert a.keys() == b.keys()
        for box in ("moment", "noticed", "progress", "profile"):
            assert np.array_equal(a[box], b[box])


def test_steps_come_in_order_and_notes_are_taken_before_them():
    engine = engine_of(3)
    noted = play(Random(), engine, lambda e: (int(e.session[0]), int(e.point[0])))
    steps = list(noted)
    assert [(s.session, s.point) for s in steps] == [(d, p) for d in range(3) for p in range(4)]
    assert [s.noted for s in steps] == [(s.session, s.point) for s in steps]
    assert [s.turn.questionnaire is not None for s in steps] == [s.point == 3 for s in steps]
    assert steps[-1].turn.truncated.all()


def test_the_agent_is_told_of_an_action_before_it_chooses_the_next():
    events = []

    class Ordered(Spy):
        def begin(self, keys):
            events.append("begin")
            super().begin(keys)

        def act(self, observations):
            events.append("act")
            return super().act(observations)

        def observe(self, reactions):
            events.append("observe")

    played(Ordered(), engine_of(1))
    assert events == ["begin", *["act", "observe"] * 12]


@pytest.mark.parametrize(
    "bad",
    [
        np.zeros((3, 4)),
        np.zeros((3, 3), int),
        np.zeros((2, 4), int),
        np.zeros(4, int),
        np.full((3, 4), 3),
        np.full((3, 4), -1),
        None,
        "silent",
    ],
    ids=["floats", "narrow", "few", "one", "too high", "negative", "nothing", "words"],
)
def test_what_is_no_batch_of_actions_is_refused(bad):
    class Broken(Spy):
        def act(self, observations):
            return bad

    engine = engine_of(3)
    with pytest.raises(InvalidActionError, match="an action"):
        played(Broken(), engine)
    assert (engine.point == 0).all()
    assert (engine.last_reaction == -1).all()
