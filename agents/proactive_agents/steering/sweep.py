"""What each direction does: one coefficient goes up, all others at zero, and replies are counted.

Replies are rated and not written out. The moments are those of two days of validation people, among
all scenarios: nothing was fitted on them, and no result is reported on them.
"""

import numpy as np
import torch
from numpy.typing import NDArray

from proactive_agents.legible import Sweep
from proactive_agents.lm.agent import actions_of, prompts_of
from proactive_agents.lm.lives import live
from proactive_agents.lm.memory import StateMemory
from proactive_agents.lm.worth import behaviours, tree_logits
from proactive_agents.protocol import Actions
from proactive_agents.steering.dimensions import DIMENSIONS, PARTS, gates
from proactive_agents.steering.rating import Rater
from proactive_gym.vocabulary import AUTONOMY, TIMINGS
from proactive_gym.world import ScenarioTable, load_scenarios

MOMENTS = 800
COEFFICIENTS = np.linspace(-3, 3, 7)
"""Enough to be drawn; what is written about directions is measured on more."""
OUTCOMES = {
    "speaks": "timing",
    "waits": "timing",
    "suggests": "autonomy",
    "asks": "autonomy",
    "acts": "autonomy",
    "detailed": "verbosity",
    "formal": "tone",
}
"""What is counted, and the part of a reply that it is of: the share of all moments in which the
model speaks, and then, of what it says, the shares that wait for a break, suggest, ..."""
_HOLD = TIMINGS.index("hold")
_LEVELS = [AUTONOMY.index(level) for level in ("suggest", "ask", "act")]
_DAYS = 2


class Bench:
    """Moments that were read once, to be answered for one person after the other.

    Args:
        rater: Of the model that is steered.
        memory: Of the same model.
        count: Moments.
        seed: Of the days and of the choice among their moments.
    """

    def __init__(self, rater: Rater, memory: StateMemory, count: int, seed: int = 0) -> None:
        lives = live(seed, 1, _DAYS, "validation", ScenarioTable.load())
        rows = np.random.default_rng(seed).choice(len(lives), count, replace=False)
        moments, scenarios = lives.moments.take(rows), load_scenarios()
        words = [scenarios[i].situation for i in lives.situation[rows]]
        self.prompts = prompts_of(memory.model, moments, words)
        self.gates = gates(moments)
        self._rater, self._states = rater, memory(self.prompts)
        self._strengths = rater.strengths(self._states, torch.from_numpy(self.gates))
        self._plain = tree_logits(memory.model, self._states)

    @torch.no_grad()
    def actions(self, coefficients: NDArray[np.floating]) -> Actions:
        """The best replies to one person in all moments, (count, 4).

        Args:
            coefficients: (K,), of the person.
        """
        each = torch.from_numpy(coefficients.astype(np.float32)).expand(len(self.prompts), -1)
        logits = self._rater.logits(self._states, self._strengths, each)
        return actions_of(behaviours(logits, self._plain).argmax(dim=1).numpy())


def outcomes(actions: Actions) -> NDArray[np.float64]:
    """`OUTCOMES` of actions (n, 4); NaN where nothing is counted."""
    found = np.full(len(OUTCOMES), np.nan)
    spoken = actions[actions[:, 0] > 0]
    if len(actions):
        found[0] = len(spoken) / len(actions)
    if len(spoken):
        levels = [np.mean(spoken[:, 1] == level) for level in _LEVELS]
        manner = [spoken[:, 2].mean(), spoken[:, 3].mean()]
        found[1:] = [np.mean(spoken[:, 0] == _HOLD), *levels, *manner]
    return found


def swept(bench: Bench, coefficients: NDArray[np.float64] = COEFFICIENTS) -> Sweep:
    """The outcomes of each dimension, counted in the moments in which it acts.

    Args:
        bench: The moments.
        coefficients: (C,), to which each coefficient is set.
    """
    table = np.zeros((len(DIMENSIONS), len(coefficients), len(OUTCOMES)))
    average = bench.actions(np.zeros(len(DIMENSIONS)))
    for k, acts in enumerate(bench.gates.T != 0):
        for c, value in enumerate(coefficients):
            person = np.zeros(len(DIMENSIONS))
            person[k] = value
            actions = bench.actions(person) if value else average
            table[k, c] = outcomes(actions[acts])
    dimensions = {d.name: PARTS[d.part] for d in DIMENSIONS}
    return Sweep(dimensions, coefficients, OUTCOMES, table)
