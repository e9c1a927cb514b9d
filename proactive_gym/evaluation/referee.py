"""The person's true wish at each decision point, and how what was done compares with it.

The referee reads the simulator. A person's wish is the timing of the highest expected reward, with
autonomy and style at their best, at neutral trust and rested: what is wished for then depends on
the person and the moment alone, so that all agents are measured against the same wishes, and
having lost a person's trust excuses nothing. Timings within `BAND` of the best are as good.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.errors import InvalidOptionError
from proactive_gym.users import SimulatedUser
from proactive_gym.users.expectation import expected_rewards
from proactive_gym.users.features import ACTION_SHAPE, COMPONENTS
from proactive_gym.vocabulary import REACTIONS, TIMINGS

BAND = 0.05
"""Difference of expected reward to which a person is taken to be indifferent."""
_HARSH = [REACTIONS.index(r) for r in ("undo", "complain", "mute")]
_SILENT = TIMINGS.index("silent")

Array = NDArray[np.float64]


class Wish(NamedTuple):
    """What N people would have liked, before the step.

    Attributes:
        value: (N, 3, 4, 2, 2), expected reward of every action.
        timing: (N, 3), of each timing with autonomy and style at their best.
        arrives: bool (N,), whether a held message would arrive; if not, to hold is silence.
        activity: (N,), where the person was.
        domain: (N,), what it was about.
        seen: bool (N,), whether assistants may have trained on the scenario.
    """

    value: Array
    timing: Array
    arrives: NDArray[np.bool_]
    activity: NDArray[np.integer]
    domain: NDArray[np.integer]
    seen: NDArray[np.bool_]


class Referee:
    """Asks simulated people what they wish.

    Args:
        seen: bool (scenarios,), which ones assistants may train on.

    Raises:
        InvalidOptionError: When asked, if the seat is not filled by simulated people.
    """

    def __init__(self, seen: NDArray[np.bool_]) -> None:
        self.seen = seen

    def __call__(self, engine: Engine) -> Wish:
        """The wishes at the present decision point of every slot."""
        user = engine.user
        if not isinstance(user, SimulatedUser):
            raise InvalidOptionError("true wishes are known of simulated people only")
        at = (engine.everyone, engine.point)
        worth = user.worth[at][:, : len(COMPONENTS)].astype(np.float64)
        rewards = expected_rewards(worth, user.parameters.noise_sd, user.expired[at])
        value = rewards.reshape(-1, *ACTION_SHAPE)
        scenario = engine.moments.scenario[at]
        return Wish(
            value,
            value.max(axis=(2, 3, 4)),
            ~user.expired[at],
            engine.moments.activity[at],
            engine.routines.table.domain[scenario],
            self.seen[scenario],
        )


COUNTED = (
    "points",
    "reward",
    "delivered",
    "needed",
    "unneeded",
    "hits",
    "false_alarms",
    "well_timed",
    "ill_timed",
    "missed",
    "timing_right",
    "timing_regret",
    "autonomy_right",
    "style_right",
    "harsh",
    "points_seen",
    "reward_seen",
)
"""What is counted at each decision point, switched off or not; see `judge`."""


def judge(wish: Wish, action: NDArray[np.int64], turn: Turn) -> Array:
    """One decision point of N people, (N, len(COUNTED)).

    A message that never arrives (muted, switched off, or held past its window) is silence.
    `needed` and `unneeded` are points at which speaking, or silence, is better by more than the
    band; `hits` and `false_alarms` are messages at these. A message is `well_timed` if no other
    timing beats it by more than the band, else `ill_timed`; silence is `missed` where needed, and
    `timing_right` as a message is. `timing_regret` is the expected reward lost by the timing.
    `autonomy_right`: no other autonomy would have been better for a message of this timing, with
    style at its best; `style_right`: no other style, for this timing and autonomy. `harsh`: undo,
    complain or mute.
    """
    said = turn.response.delivered
    row = np.arange(len(said))
    timing = np.where(said, action[:, 0], _SILENT)
    best = wish.timing.max(axis=1)
    lost = best - wish.timing[row, timing]
    right = lost <= BAND
    silent, now, hold = wish.timing.T
    gain = np.where(wish.arrives, np.maximum(now, hold), now) - silent
    needed, unneeded = gain > BAND, gain < -BAND
    at_timing = wish.value[row, timing]
    by_autonomy = at_timing.max(axis=(2, 3))
    styles = at_timing[row, action[:, 1]]
    autonomy = by_autonomy.max(axis=1) - by_autonomy[row, action[:, 1]] <= BAND
    style = styles.max(axis=(1, 2)) - styles[row, action[:, 2], action[:, 3]] <= BAND
    columns = {
        "points": np.ones(len(said)),
        "reward": turn.reward,
        "delivered": said,
        "needed": needed,
        "unneeded": unneeded,
        "hits": said & needed,
        "false_alarms": said & unneeded,
        "well_timed": said & right,
        "ill_timed": said & ~right,
        "missed": ~said & needed,
        "timing_right": right,
        "timing_regret": lost,
        "autonomy_right": said & autonomy,
        "style_right": said & style,
        "harsh": np.isin(turn.response.reaction, _HARSH),
        "points_seen": wish.seen,
        "reward_seen": turn.reward * wish.seen,
    }
    return np.column_stack([columns[name] for name in COUNTED]).astype(np.float64)
