"""What `info` says of a step, apart from what the assistant may see.

`info["truth"]` is for training-time baselines and metrics only: in the evaluation an adapting
agent sees the observation and nothing of this.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.engine import Turn
from proactive_gym.users import Questionnaire, User


def truth_info(user: User, turn: Turn) -> dict[str, NDArray[Any]]:
    """What the people felt at the last step, each (N,).

    `satisfaction` 0-10; `timing`, `autonomy`, `style` 1-5 (0: not rated); `wish`, a missed need;
    `delivered`; `trust` 1-7, `muted` and `off` after the step.
    """
    response = turn.response
    timing, autonomy, style = response.ratings.T
    return {
        "satisfaction": response.satisfaction,
        "timing": timing,
        "autonomy": autonomy,
        "style": style,
        "wish": response.wish,
        "delivered": response.delivered,
        "trust": user.trust.copy(),
        "muted": user.muted.copy(),
        "off": user.off.copy(),
    }


def reward_terms(turn: Turn) -> dict[str, NDArray[np.float64]]:
    """What the reward is the sum of, each (N,).

    `satisfaction`, (satisfaction - 5) / 5 of this point; `off_penalty`, at most 0, of this point;
    `rest`, with `end_when_off` the points left when the episode ended, else 0.
    """
    response = turn.response
    return {
        "satisfaction": response.reward - response.off_penalty,
        "off_penalty": response.off_penalty,
        "rest": turn.reward - response.reward,
    }


def questionnaire_info(answers: Questionnaire) -> dict[str, NDArray[np.float64]]:
    """The questionnaire's answers by name, each (n,), 1-7, derived from simulator state."""
    return {
        "satisfaction": answers.satisfaction,
        "trust": answers.trust,
        "comfort": answers.comfort,
    }
