"""Whole lives: an agent plays every person through all sessions."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Agent
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError
from proactive_gym.evaluation.playing import play
from proactive_gym.streams import derive

Scores = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Lives:
    """Scores of M people, each the mean over that person's lives.

    Attributes:
        reward: (M, sessions), mean reward of a decision point by session.
        spoken: (M,), share of points at which words reached the person.
        trust: (M, sessions), at each session's end, 1-7.
        off: (M,), share of lives that ended switched off.
    """

    reward: Scores
    spoken: Scores
    trust: Scores
    off: Scores


def play_lives(
    agent: Agent,
    options: Options,
    lives: int,
    seed: int,
    tick: Callable[[], None] = lambda: None,
) -> Lives:
    """Play everyone in `options.people` for `lives` lives; all agents meet the same lives.

    Args:
        agent: Who acts.
        options: The environment; `deviations="frozen"` begins all lives of a person with the same
            preferences; drift is drawn for each.
        lives: Lives a person.
        seed: Of the lives.
        tick: Called after each session.

    Raises:
        InvalidOptionError: No life, or `end_when_off`, under which lives have different lengths.
    """
    if lives < 1:
        raise InvalidOptionError(f"lives must be at least 1, not {lives}")
    if options.end_when_off:
        raise InvalidOptionError(
            "whole lives are played: leave out end_when_off, the return is the same"
        )
    count = len(options.pool())
    engine = Engine(options, count * lives)
    person = engine.everyone % count
    engine.reset(engine.everyone, derive(seed, engine.everyone), person)
    shape = (options.sessions, engine.slots)
    reward, trust, spoken = np.zeros(shape), np.zeros(shape), np.zeros(engine.slots)
    for step in play(agent, engine, note=lambda engine: None):
        reward[step.session] += step.turn.reward / options.points
        spoken += step.turn.response.delivered
        trust[step.session] = engine.user.trust
        if step.point == options.points - 1:
            tick()
    total = options.sessions * options.points

    def by_person(values: Scores) -> Scores:
        return values.reshape(*values.shape[:-1], lives, count).mean(axis=-2).T

    off = engine.user.off.astype(np.float64)
    return Lives(by_person(reward), by_person(spoken / total), by_person(trust), by_person(off))
