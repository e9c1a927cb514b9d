"""What goes on inside an agent, as a record keeps it: one person's belief, and what beliefs do.

Both are for people to look at and move no result. The life that is shown is not chosen: it is that
of the suite's first person, under the suite's first seed, and is lived as it is for the scores.
"""

from dataclasses import replace
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from proactive_agents import legible
from proactive_agents.protocol import Agent, Insider
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.playing import play
from proactive_gym.evaluation.suites import Suite, begin
from proactive_gym.leaderboard.schema import Finite, Part, Table
from proactive_gym.vocabulary import REACTIONS

_NONE = REACTIONS.index("none")
_PLACES = 4
"""Decimal places that are kept."""

Share = Annotated[float, Field(ge=0, le=1)]
Spread = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class Posterior(Part):
    """How the belief about one person closes in, before the first session and after each.

    Attributes:
        person: Id.
        seed: Of the suite, whose life it is.
        mean: Of each coefficient, in standard deviations of the population.
        sd: Of the belief.
        reactions: Seen so far; anything but "none" is one.
    """

    person: str
    seed: int
    mean: Table
    sd: list[list[Spread]]
    reactions: list[int]


class Sweep(Part):
    """What one coefficient does while all others are the average person's.

    Attributes:
        coefficients: Ascending, with -1 and 1 among them.
        outcomes: The part of a reply that each counts, by its name.
        table: Shares by dimension, coefficient and outcome; None where there was none to count.
    """

    coefficients: list[Finite]
    outcomes: dict[str, str]
    table: list[list[list[Share | None]]]


class Inside(Part):
    """What an agent shows of its inside.

    Attributes:
        dimensions: The part of a reply on which each dimension of preference acts, by its name.
        posterior: Of one person.
        sweep: Of each dimension.
    """

    dimensions: dict[str, str]
    posterior: Posterior
    sweep: Sweep

    @model_validator(mode="after")
    def _shapes_fit(self) -> Self:
        told, swept = self.posterior, self.sweep
        count, sessions = len(self.dimensions), len(told.reactions)
        if not (_fits(told.mean, sessions, count) and _fits(told.sd, sessions, count)):
            raise ValueError(f"what is believed must have {sessions} x {count} numbers")
        if not {-1, 1} <= set(swept.coefficients) or sorted(swept.coefficients) != (
            swept.coefficients
        ):
            raise ValueError("coefficients must ascend, with -1 and 1 among them")
        shape = (count, len(swept.coefficients), len(swept.outcomes))
        if not _fits(swept.table, *shape):
            raise ValueError("the sweep must have {} x {} x {} shares".format(*shape))
        return self

    @property
    def swept(self) -> legible.Sweep:
        """The sweep as the agent gave it."""
        told = self.sweep
        table = np.array(told.table, dtype=np.float64)  # None becomes NaN
        return legible.Sweep(self.dimensions, np.array(told.coefficients), told.outcomes, table)


def _fits(table: list[Any], *shape: int) -> bool:
    """Whether nested lists have a shape."""
    if len(table) != shape[0]:
        return False
    return len(shape) == 1 or all(_fits(row, *shape[1:]) for row in table)


def inside(agent: Agent, suite: Suite, options: Options) -> Inside | None:
    """What goes on inside an agent; None if it does not show that, or reads the simulator.

    Args:
        agent: Who shows it; its state is lost.
        suite: Whose first person it meets.
        options: The suite's, with what the agent needs.
    """
    if isinstance(agent, Insider) or not isinstance(agent, legible.Legible):
        return None
    found = agent.sweep()
    table = found.table.round(_PLACES).astype(object)
    table[np.isnan(found.table)] = None
    return Inside(
        dimensions=dict(found.dimensions),
        posterior=_posterior(agent, suite, options),
        sweep=Sweep(
            coefficients=found.coefficients.tolist(),
            outcomes=dict(found.outcomes),
            table=table.tolist(),
        ),
    )


def _posterior(agent: legible.Legible, suite: Suite, options: Options) -> Posterior:
    engine = begin(replace(suite, seeds=suite.seeds[:1]), options, np.array([0]))
    beliefs: list[legible.Belief] = []
    reactions, seen = [0], 0
    # A stranger is met at the first action: what is believed then is noted before its step.
    for step in play(agent, engine, note=lambda engine: agent.belief()):
        if not beliefs:
            beliefs.append(step.noted)
        seen += int(step.turn.response.reaction[0] != _NONE)
        if step.point == options.points - 1:
            beliefs.append(agent.belief())
            reactions.append(seen)
    return Posterior(
        person=options.pool().ids[0],
        seed=suite.seeds[0],
        mean=_rounded([belief.mean for belief in beliefs]),
        sd=_rounded([belief.sd for belief in beliefs]),
        reactions=reactions,
    )


def _rounded(rows: list[NDArray[np.floating]]) -> Table:
    """Of one person, (sessions + 1, K)."""
    return np.round(np.array([row[0] for row in rows], np.float64), _PLACES).tolist()
