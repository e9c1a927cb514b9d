"""An off-policy check without the simulator: first choices valued by what people answered.

The moments that people of the validation split judged are shown to an agent as the first of a life
with a stranger (no history; the scenario's own benefit, urgency and stakes as estimates; the next
break half an hour away, since the data do not say). Where a person judged ten behaviours side by
side, the agent's choice is valued by that person's answer; an autonomy or style that was not among
the ten counts as the nearest: the same timing and autonomy in either style, else the same timing.
Where a person judged one behaviour, those that the agent would have chosen as well (in timing and
autonomy) are averaged, each weighted by how seldom its kind was judged (self-normalised inverse
propensities). Few are left, so the second figure is the weaker one.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Actions, Agent, Observations
from proactive_gym.data.records import (
    BEHAVIOURS,
    Alternatives,
    Judgment,
    load_alternatives,
    load_judgments,
)
from proactive_gym.envs.checks import check_action
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import PROGRESS, Observer, observation_space
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.statistics import Interval, interval
from proactive_gym.streams import derive
from proactive_gym.vocabulary import ACTIVITIES, AUTONOMY, DAYS, PLACES, TIMINGS, TONES, VERBOSITY
from proactive_gym.world import Moments, load_scenarios

BREAK_H = 0.5
_WORDS = (TIMINGS, AUTONOMY, VERBOSITY, TONES)
Array = NDArray[np.float64]


class Check(NamedTuple):
    """What the choices were worth, and over how many moments."""

    alternatives: Interval
    alternatives_count: int
    judgments: Interval
    judgments_count: int


def check(agent: Agent, options: Options) -> Check:
    """Value an agent's first choices in the judged moments of the validation people.

    Args:
        agent: Whose; it is begun anew.
        options: Of the environment: profile and history are used.
    """
    shown = Options(people="validation", profile=options.profile, history=options.history)
    people = shown.pool()
    side_by_side = [a for a in load_alternatives() if a.persona in people.ids]
    single = [j for j in load_judgments() if j.persona in people.ids]
    first, count = _alternatives(side_by_side, _choices(agent, shown, side_by_side))
    second, matched = _judgments(single, _choices(agent, shown, single))
    return Check(first, count, second, matched)


def _choices(
    agent: Agent, options: Options, records: Sequence[Alternatives] | Sequence[Judgment]
) -> Actions:
    agent.begin(derive(0, np.arange(len(records))))
    return check_action(agent.act(observations_of(records, options)), len(records))


def observations_of(
    records: Sequence[Alternatives] | Sequence[Judgment], options: Options
) -> Observations:
    """The moments of records as the first observation of a life, boxes (n, features)."""
    engine = Engine(options, len(records))
    observer = Observer(engine)
    rows = np.arange(len(records))
    seen = observer.static(_moments(records), (rows, np.zeros(len(rows), np.int64)))
    seen["last"] = np.zeros((len(rows), observer.lasts.shape[1]), np.float32)
    seen["progress"] = np.zeros((len(rows), PROGRESS), np.float32)
    if options.history == "counts":
        width = observation_space(options)["counts"].shape[0]  # type: ignore[index]
        seen["counts"] = np.zeros((len(rows), width), np.float32)
    if options.profile != "none":
        person = [engine.people.index(r.persona) for r in records]
        seen["profile"] = observer.profiles[person]
    return seen


def _moments(records: Sequence[Alternatives] | Sequence[Judgment]) -> Moments:
    """One row and one point a record."""
    scenarios = load_scenarios()
    position = {scenario.id: i for i, scenario in enumerate(scenarios)}
    code = np.array([position[r.scenario] for r in records], np.int16)

    def column(values: list, dtype: type) -> NDArray:
        return np.array(values, dtype)[:, None]

    activity = column([ACTIVITIES.index(r.activity) for r in records], np.int8)
    place = column([PLACES.index(r.place) for r in records], np.int8)
    alone = column([r.alone for r in records], np.bool_)
    noticed = [scenarios[i] for i in code]
    judged = [[s.benefit, s.urgency, s.stakes] for s in noticed]
    return Moments(
        weekday=np.array([DAYS.index(r.day) for r in records], np.int8),
        hour=column([r.hour for r in records], np.float32),
        activity=activity,
        place=place,
        alone=alone,
        break_delay=np.full((len(records), 1), BREAK_H, np.float32),
        break_activity=activity,
        break_place=place,
        break_alone=alone,
        scenario=code[:, None],
        concerns=np.ones((len(records), 1), np.bool_),
        estimate=np.array(judged, np.float32)[:, None],
    )


def _alternatives(records: Sequence[Alternatives], choices: Actions) -> tuple[Interval, int]:
    rewards = (np.array([r.satisfaction for r in records], float) - 5) / 5
    worth = (rewards * nearest(choices)).sum(axis=1)
    return _by_person([r.persona for r in records], worth, np.ones(len(worth))), len(worth)


def nearest(choices: Actions) -> Array:
    """Weights over `BEHAVIOURS` for each choice, (n, 10): those that stand for it, evenly."""
    behaviours = np.array(
        [
            [w.index(word) if word else 0 for w, word in zip(_WORDS, behaviour, strict=True)]
            for behaviour in BEHAVIOURS
        ]
    )
    same = choices[:, None, :] == behaviours[None]
    timing = same[..., 0]
    silent = choices[:, None, 0] == TIMINGS.index("silent")
    manner = timing & same[..., 1]
    exact = manner & same[..., 2] & same[..., 3]
    weights = np.where(silent, timing, False)
    for fit in (exact, manner, timing):
        weights = np.where(weights.any(axis=1, keepdims=True), weights, fit)
    return weights / weights.sum(axis=1, keepdims=True)


def _judgments(records: Sequence[Judgment], choices: Actions) -> tuple[Interval, int]:
    done = np.array(
        [
            [TIMINGS.index(r.timing), AUTONOMY.index(r.autonomy) if r.autonomy else 0]
            for r in records
        ]
    )
    chosen = choices[:, :2] * (choices[:, :1] > 0)
    matched = (done[:, :2] == chosen).all(axis=1)
    kind = done @ np.array([len(AUTONOMY), 1])
    propensity = np.bincount(kind)[kind] / len(kind)
    weight = matched / propensity
    reward = (np.array([r.ratings.satisfaction for r in records], float) - 3) / 2
    return _by_person([r.persona for r in records], reward * weight, weight), int(matched.sum())


def _by_person(persons: list[str], total: Array, weight: Array) -> Interval:
    _, person = np.unique(persons, return_inverse=True)
    sums = {
        name: np.bincount(person, values).astype(np.float64)
        for name, values in (("total", total), ("weight", weight))
    }
    return interval(lambda s: s["total"] / s["weight"], sums)
