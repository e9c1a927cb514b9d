"""Some days with one person: what an agent that keeps beliefs comes to believe, day after day."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Agent, State
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.playing import play
from proactive_gym.streams import derive
from proactive_gym.vocabulary import REACTIONS, TIMINGS

_SILENT = TIMINGS.index("silent")


class Believing(Agent, Protocol):
    """An agent whose `beliefs` are normal: `mean` (N, K), `covariance` (N, K, K) and a prior."""

    beliefs: Any


@dataclass(frozen=True, eq=False)
class Days:
    """What came of some days.

    Attributes:
        mean: (days + 1, K), before the first day and after each.
        sd: (days + 1, K), of the belief.
        points: Decision points.
        spoken: At how many of them it spoke.
        unheard: Of these: came too late, or while it was muted or off.
        reactions: To what was heard, by name, the most frequent first.
        wishes: Voiced after silence.
        off: Whether it has been switched off.
    """

    mean: NDArray[np.floating]
    sd: NDArray[np.floating]
    points: int
    spoken: int
    unheard: int
    reactions: dict[str, int]
    wishes: int
    off: bool


def get_acquainted(
    agent: Believing,
    person: str,
    days: int,
    points: int = 20,
    seed: int = 0,
    state: State | None = None,
    tick: Callable[[int], None] = lambda day: None,
) -> Days:
    """Live through days with a person; afterwards the agent holds what it believes.

    Args:
        agent: Who learns.
        person: An id.
        days: How many.
        points: Decision points a day.
        seed: Of the days; the person is the same under all seeds.
        state: What the agent believes at first; a stranger by default.
        tick: Called with the number of days done so far.

    Raises:
        UnknownPersonError: Nobody has this id.
        CheckpointError: The state is not one of this agent's.
    """
    options = Options.of(
        people=person, sessions=days, points=points, deviations="frozen", **agent.options
    )
    engine = Engine(options, 1)
    engine.reset(engine.everyone, derive(seed, engine.everyone))
    course: list[tuple[NDArray[np.floating], NDArray[np.floating]]] = []
    spoken = unheard = wishes = 0
    heard: Counter[str] = Counter()
    if state is not None:
        agent.begin(engine.keys)
        agent.load(state)
        course.append(_belief(agent))
    for step in play(agent, engine, lambda engine: None, state=state):
        if not course:
            stranger = agent.beliefs
            course.append((stranger.prior_mean[0], _sd(stranger.prior_covariance)))
        response = step.turn.response
        reaction = REACTIONS[int(response.reaction[0])]
        if step.action[0, 0] == _SILENT:
            wishes += reaction == "wish"
        else:
            spoken += 1
            unheard += not response.delivered[0]
            heard[reaction] += bool(response.delivered[0])
        if step.point == points - 1:
            course.append(_belief(agent))
            tick(step.session + 1)
    mean, sd = (np.array(part) for part in zip(*course, strict=True))
    reactions = {name: count for name, count in heard.most_common() if count}
    off = bool(engine.user.off[0])
    return Days(mean, sd, days * points, spoken, unheard, reactions, wishes, off)


def _belief(agent: Believing) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    return agent.beliefs.mean[0].copy(), _sd(agent.beliefs.covariance[0])


def _sd(covariance: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.sqrt(np.maximum(np.diag(covariance), 0))
