"""What an assistant can believe of a scenario that it has estimated with noise."""

import numpy as np

from proactive_gym.envs.engine import Engine
from proactive_gym.users.features import Situation

_LIMITS = ((0.0, 5.0), (1.0, 5.0), (1.0, 5.0))


def believed_situation(engine: Engine) -> Situation:
    """Today's moments as the assistant sees them, fields of shape (N, P).

    Benefit, urgency and stakes are the best linear predictions from the noisy estimates: pulled
    towards the scenarios' mean by the estimates' reliability. That a scenario might not concern
    the person is not seen.
    """
    table, moments = engine.routines.table, engine.moments
    world = engine.options.world
    truths = (table.benefit, table.urgency, table.stakes)
    noises = (world.benefit_noise, world.urgency_noise, world.stakes_noise)
    values = []
    for i, (truth, noise, (low, high)) in enumerate(zip(truths, noises, _LIMITS, strict=True)):
        reliability = truth.var() / (truth.var() + noise**2)
        estimate = moments.estimate[..., i]
        value = truth.mean() + reliability * (estimate - truth.mean())
        values.append(np.clip(value, low, high))
    benefit, urgency, stakes = values
    return Situation(
        benefit,
        urgency,
        stakes,
        table.domain[moments.scenario],
        moments.activity,
        moments.hour,
        moments.alone,
        np.ones(moments.hour.shape, np.bool_),
    )
