"""Raw scores of one agent on a suite: sums over each person's lives, by session.

People are played in chunks that a journal keeps, so whatever kills a run costs no finished person.
"""

from collections.abc import Callable, Mapping
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Agent, Insider
from proactive_gym.data.records import load_splits
from proactive_gym.envs.checks import check_action
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import last_reaction
from proactive_gym.evaluation.journal import Arrays, Journal
from proactive_gym.evaluation.playing import play
from proactive_gym.evaluation.referee import COUNTED, Referee, judge
from proactive_gym.evaluation.suites import Suite, begin
from proactive_gym.vocabulary import ACTIVITIES, DOMAINS
from proactive_gym.world import load_scenarios

LIVES = 240
"""Lives played at a time, which is what a killed run loses at most."""
AT_SESSION_END = ("lives", "satisfaction", "trust", "comfort", "on")
"""Added at a session's end: a life, the questionnaire's answers (1-7), whether it is still on."""
STATISTICS = (*COUNTED, *AT_SESSION_END)
PLACES = ("points", "reward", "timing_right", "timing_regret", "delivered")
"""What is kept by activity and by domain."""
_AT_PLACE = [COUNTED.index(name) for name in PLACES]

Array = NDArray[np.float64]
Tick = Callable[[int], None]


def score(
    agent: Agent,
    suite: Suite,
    options: Options,
    journal: Journal,
    name: str = "told",
    told: bool = True,
    tick: Tick = lambda sessions: None,
) -> Arrays:
    """Play everyone in the suite.

    Args:
        agent: Who acts.
        suite: Whom it meets.
        options: The suite's, with what the agent needs.
        journal: Keeps finished people, under `name`.
        name: Of the parts.
        told: Whether the agent learns how people react; see `playing.play`.
        tick: Called with the number of sessions that people have finished since the last call; a
            person's lives, which are played together, count as one.

    Returns:
        `scores` (people, sessions, len(STATISTICS)); `activity` (len(ACTIVITIES), len(PLACES));
        `domain` (len(DOMAINS), len(PLACES)).
    """
    count = len(options.pool())
    referee = Referee(seen_scenarios())
    parts = []
    for positions in np.split(np.arange(count), range(_people(suite), count, _people(suite))):
        left = len(positions) * options.sessions

        def ended(people: int) -> None:
            nonlocal left
            left -= people
            tick(people)

        def chunk(positions: NDArray[np.int64] = positions) -> Arrays:
            return _play(agent, suite, options, positions, referee, told, ended)

        parts.append(journal.part(f"{name}-{positions[0]:04}", chunk))
        tick(left)
    return {
        "scores": np.concatenate([p["scores"] for p in parts]),
        "activity": np.sum([p["activity"] for p in parts], axis=0),
        "domain": np.sum([p["domain"] for p in parts], axis=0),
    }


def _people(suite: Suite) -> int:
    """Played at a time."""
    return max(1, LIVES // len(suite.seeds))


def seen_scenarios() -> NDArray[np.bool_]:
    """Which scenarios assistants may train on, (scenarios,)."""
    allowed = set(load_splits().scenarios_seen)
    return np.array([scenario.id in allowed for scenario in load_scenarios()])


def _play(
    agent: Agent,
    suite: Suite,
    options: Options,
    positions: NDArray[np.int64],
    referee: Referee,
    told: bool,
    ended: Tick,
) -> Arrays:
    """All lives of some people."""
    engine = begin(suite, options, positions)
    scores = np.zeros((engine.slots, options.sessions, len(STATISTICS)))
    activity = np.zeros((len(ACTIVITIES), len(PLACES)))
    domain = np.zeros((len(DOMAINS), len(PLACES)))
    for step in play(agent, engine, referee, told):
        judged = judge(step.noted, step.action, step.turn)
        scores[:, step.session, : len(COUNTED)] += judged
        np.add.at(activity, step.noted.activity, judged[:, _AT_PLACE])
        np.add.at(domain, step.noted.domain, judged[:, _AT_PLACE])
        asked = step.turn.questionnaire
        if asked is not None:
            answers = [np.ones(engine.slots), asked.satisfaction, asked.trust, asked.comfort]
            at_end = np.column_stack([*answers, ~engine.user.off])
            scores[:, step.session, len(COUNTED) :] += at_end
            ended(len(positions))
    by_person = scores.reshape(len(suite.seeds), len(positions), *scores.shape[1:]).sum(axis=0)
    return {"scores": by_person, "activity": activity, "domain": domain}


class Cost(NamedTuple):
    """What one person costs: microseconds a decision and a reaction, bytes kept."""

    act_us: float
    observe_us: float
    state_bytes: int


def cost(agent: Agent, options: Options, points: int = 40) -> Cost:
    """Time an agent with one person, as on a device: medians over decision points.

    Args:
        agent: Who acts; its state is lost.
        options: The suite's, with what the agent needs.
        points: How many, if a life is that long.
    """
    points = min(points, options.sessions * options.points)
    engine = Engine(options, 1)
    engine.reset(engine.everyone, np.array([1], np.uint64), np.array([0]))
    observer, times = Observer(engine), np.zeros((points, 2))
    agent.begin(engine.keys)
    for at in times:
        if isinstance(agent, Insider) and engine.point[0] == 0:
            agent.attend(engine)
        seen = observer(engine, engine.point)
        started = perf_counter()
        action = check_action(agent.act(seen), 1)
        at[0] = perf_counter() - started
        engine.step(action)
        seen = observer(engine, np.minimum(engine.point, options.points - 1))
        started = perf_counter()
        agent.observe(last_reaction(seen))
        at[1] = perf_counter() - started
    act, observe = np.median(times, axis=0) * 1e6
    # What the observation counts, the device must keep as well.
    kept = sum(a.nbytes for a in agent.state().values()) + engine.counts.nbytes
    return Cost(float(act), float(observe), kept)


def summed(scores: Array, names: tuple[str, ...] = STATISTICS) -> Mapping[str, Any]:
    """Scores whose last axis is `names`, by name."""
    return {name: scores[..., i] for i, name in enumerate(names)}
