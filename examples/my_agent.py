"""An agent of one's own: written, measured on a suite, and put beside others.

`python examples/my_agent.py`; docs/submit.md says how a record comes to stand on the leaderboard.
"""

import sys
from pathlib import Path

import numpy as np

from proactive_agents.feedback import shared
from proactive_agents.protocol import Actions, Observations, Reactions, State
from proactive_gym.cli.arena import arena_of
from proactive_gym.cli.leaderboard import render
from proactive_gym.envs.reading import Seen
from proactive_gym.leaderboard.record import Record
from proactive_gym.streams import Keys
from proactive_gym.vocabulary import DOMAINS


class Polite:
    """Notifies of what helps enough; how much is enough, each person's reactions tell."""

    options, adapts = {}, True  # a copy that is told nothing is played beside it

    def begin(self, keys: Keys) -> None:
        """N strangers: one bar for each domain of life, in points of benefit."""
        self.bar = np.full((len(keys), len(DOMAINS)), 2.0)

    def act(self, observations: Observations) -> Actions:
        """Notify now, briefly and casually, or stay silent."""
        self.seen = seen = Seen.of(observations)
        self.row = np.arange(len(self.bar)), seen.domain
        self.done = np.outer(seen.benefit > self.bar[self.row], [1, 0, 0, 0])
        return self.done

    def observe(self, reactions: Reactions) -> None:
        """What the reaction says of how much it was liked moves the bar of its domain."""
        told = shared().measure(self.seen, self.done, reactions, np.zeros(len(reactions)))
        self.bar[self.row] -= 0.1 * told.score * (self.done[:, 0] > 0)

    def state(self) -> State:
        """All that was learnt, one row a person."""
        return {"bar": self.bar.copy()}

    def load(self, state: State) -> None:
        """Go on from it."""
        self.bar = state["bar"].copy()


def main(suite: str = "quick-v0") -> list[Record]:
    """Measure it beside two others, and print the leaderboard of the three."""
    arena = arena_of(suite, Path("runs/out/my_agent", suite), 0, fresh=False, track=False)
    measured = arena.measure(["my_agent:Polite", "worthwhile", "silent"])
    render(arena.records)
    return measured


if __name__ == "__main__":
    main(*sys.argv[1:])
