"""Expected reward of every action: what an oracle maximises, never what an assistant is told."""

import numpy as np
from numpy.typing import NDArray

from proactive_gym.users.features import ACTIONS, COMPONENTS, action_components
from proactive_gym.users.latent import expected_reward

Array = NDArray[np.float64]

_SILENT = ACTIONS[:, 0] == 0
_ACTS = ~_SILENT & (ACTIONS[:, 1] == 3)
_SPEAKS = ~_SILENT & ~_ACTS
_HOLDS = ACTIONS[:, 0] == 2
_HAS = action_components().reshape(len(ACTIONS), len(COMPONENTS))


def expected_rewards(
    worth: NDArray[np.floating],
    noise_sd: Array,
    expired: NDArray[np.bool_],
    shift: Array | float = 0.0,
) -> Array:
    """E[reward] of all actions in n situations.

    Args:
        worth: (n, len(COMPONENTS)), the worth of each component.
        noise_sd: (3,), noise of one rating's worth: silent, spoken, acting.
        expired: (n,), whether a held message would come too late (it counts as silence then).
        shift: (n, 3) or 0, what trust and fatigue add to silence, to words and to acts.

    Returns:
        (n, 48) in [-1, 1], in the order of `ACTIONS`.
    """
    shifts = np.broadcast_to(shift, (len(worth), 3))
    out = np.empty((len(worth), len(ACTIONS)))
    for kind, actions in enumerate((_SILENT, _SPEAKS, _ACTS)):
        totals = worth @ _HAS[actions].T + shifts[:, kind, None]
        out[:, actions] = expected_reward(totals, float(noise_sd[kind]))
    return np.where(expired[:, None] & _HOLDS, out[:, :1], out)
