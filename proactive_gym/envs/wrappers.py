"""`FlatActions`: the assistant's actions as one number, for algorithms that know only those.

DQN, and much else, chooses among numbered actions; Gymnasium has wrappers for observations
(`FlattenObservation`) but none that numbers a `MultiDiscrete`.
"""

from typing import Any

import gymnasium as gym
import numpy as np
from gymnasium import spaces
from gymnasium.utils import RecordConstructorArgs
from numpy.typing import NDArray

from proactive_gym.envs.checks import shown
from proactive_gym.envs.observation import ACTION_SPACE
from proactive_gym.errors import InvalidActionError
from proactive_gym.users.features import DISTINCT


class FlatActions(gym.ActionWrapper[Any, np.int64, NDArray[np.int64]], RecordConstructorArgs):
    """Numbers the actions of `ProactiveAssist-v0`: `Discrete(33)` instead of `MultiDiscrete`.

    0 is silence; 1 to 32 speak. There are 33 and not 48, since a silent assistant's autonomy and
    style are ignored: 16 names for the same act would only make it 16 times as likely to be
    tried. Number k > 0 stands for timing 1 + (k - 1) // 16, and the rest of (k - 1) for autonomy,
    verbosity and tone as places of 4, 2 and 1; the table is `DISTINCT` of
    `proactive_gym.users.features`.

    `observation`, `reward` and `info` are left alone. The natively batched environment takes the
    same numbers through Gymnasium: `gymnasium.wrappers.vector.TransformAction(envs,
    FlatActions.parts, single_action_space=Discrete(33), ...)`.

    Args:
        env: One that takes (timing, autonomy, verbosity, tone).

    Raises:
        InvalidActionError: The environment has other actions.
    """

    def __init__(self, env: gym.Env[Any, NDArray[np.int64]]) -> None:
        """Wrap an environment; see the class."""
        if env.action_space != ACTION_SPACE:
            raise InvalidActionError(f"only {ACTION_SPACE} can be numbered, not {env.action_space}")
        RecordConstructorArgs.__init__(self)
        super().__init__(env)
        self.action_space = spaces.Discrete(len(DISTINCT))

    def action(self, action: np.int64) -> NDArray[np.int64]:
        """The four parts of a number, (4,).

        Raises:
            InvalidActionError: No integer from 0 to 32; nothing has changed.
        """
        parts = self.parts(action)
        if parts.ndim != 1:
            raise InvalidActionError(f"an action is one integer, not {shown(action)}")
        return parts

    @staticmethod
    def parts(numbers: Any) -> NDArray[np.int64]:
        """The four parts of each number, (..., 4) for numbers of any shape (...).

        Raises:
            InvalidActionError: They are not all integers from 0 to 32.
        """
        array = np.asarray(numbers)
        whole = array.dtype.kind in "iu"
        if not whole or ((array < 0) | (array >= len(DISTINCT))).any():
            raise InvalidActionError(
                f"actions are numbered 0 to {len(DISTINCT) - 1}, not {shown(numbers)}"
            )
        return DISTINCT[array]
