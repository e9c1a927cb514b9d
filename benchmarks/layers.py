"""At which layer to steer: how well people's wishes can be reached from each.

Run `python benchmarks/layers.py --markdown docs/layers.md`; under half an hour on two cores. For
each layer of the population model there are two sets of directions, one for each dimension, added
at the point of the reply from which the dimension's part is rated: contrastive ones (a profile of
yes against a profile of no, mean difference of that layer's activations) and rising ones (the
gradient of the dimension's own words against the others of their part, mean over moments). Moments
of validation people are read again with each direction added by itself, through all the layers that
follow, which gives the slope of every reply's worth by each coefficient. Then each person's
coefficients are fitted to what they would truly feel on the first day, and choose on the second.
The reward of these choices is how far directions at that layer can go when the person is known; no
reaction and no prior is in it. Directions come from the population alone. "Other parts" is how much
of the change of the words' logits lands outside the direction's own part of the reply.
"""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from rich.progress import track
from torch import Tensor

from proactive_agents.lm import embedded
from proactive_agents.lm.agent import prompts_of
from proactive_agents.lm.lives import Lives, live
from proactive_agents.lm.model import LanguageModel, Prompt
from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.tree import NODES, NODES_OF
from proactive_agents.lm.worth import SPOKEN, behaviours, tree_logits
from proactive_agents.steering.contrast import contrasts
from proactive_agents.steering.dimensions import DIMENSIONS, gates
from proactive_gym.world import ScenarioTable, load_scenarios

PEOPLE, DAYS, BATCH = 40, 2, 200
PULLS = (0.3, 1.0, 3.0, 10.0)
"""Weights of squared coefficients; the best of them is shown for each layer."""
ROUNDS = 6
GRADIENTS = 512
SIZE = len(DIMENSIONS)


@contextmanager
def added(model: LanguageModel, layer: int, what: Tensor) -> Iterator[None]:
    """Add to a layer's output at the points of the tree, (len(NODES), width), in every row."""

    def add(module: Any, given: Any, out: Any) -> Any:
        hidden = out[0] if isinstance(out, tuple) else out
        if hidden.shape[1] < len(NODES):
            return None  # a prompt's beginning
        # Each word of a reply is one token here: the points are the last tokens of a row.
        hidden = torch.cat([hidden[:, : -len(NODES)], hidden[:, -len(NODES) :] + what], dim=1)
        return (hidden, *out[1:]) if isinstance(out, tuple) else hidden

    handle = model.layers[layer].register_forward_hook(add)
    try:
        yield
    finally:
        handle.remove()


def rising(model: LanguageModel, prompts: Sequence[Prompt], layer: int) -> NDArray[np.float32]:
    """Mean gradients of dimensions' own words by a layer's activations, (K, width)."""
    width = model.model.config.hidden_size
    found = np.zeros((SIZE, width), np.float32)
    for start in range(0, len(prompts), BATCH):
        some = prompts[start : start + BATCH]
        nudge = torch.zeros(len(some), len(NODES), width, requires_grad=True)
        with added(model, layer, nudge):
            # Outside of `no_grad`: this is the one place that needs the gradient.
            states = type(model).states.__wrapped__(model, some)
        logits = tree_logits(model, states)
        for k, dimension in enumerate(DIMENSIONS):
            part = logits[dimension.part]
            others = [w for w in range(part.shape[2]) if w not in dimension.words]
            rise = part[:, :, list(dimension.words)].mean(2) - part[:, :, others].mean(2)
            (slope,) = torch.autograd.grad(rise.sum(), nudge, retain_graph=True)
            found[k] += slope[:, NODES_OF[dimension.part]].sum((0, 1)).numpy()
    return found / len(prompts)


class Bench:
    """Moments of validation people, read once by the plain model."""

    def __init__(self, seed: int = 0) -> None:
        self.model = LanguageModel.load(embedded.POPULATION)
        self.lives = live(seed, 1, DAYS, "validation", ScenarioTable.load())
        self.rows = np.flatnonzero(self.lives.person < PEOPLE)
        self.moments = self.lives.moments.take(self.rows)
        scenarios = load_scenarios()
        words = [scenarios[i].situation for i in self.lives.situation[self.rows]]
        self.prompts = prompts_of(self.model, self.moments, words)
        self.person = self.lives.person[self.rows]
        half = len(self.lives) // DAYS
        self.first = self.rows < half
        spoken = self.lives.rewards[self.rows][:, -len(SPOKEN) :]
        self.rewards = np.hstack([self.lives.rewards[self.rows][:, :1], spoken])
        self.plain = self.logits()
        self.worth = behaviours(self.plain).numpy()
        self.gates = gates(self.moments)

    @torch.no_grad()
    def logits(self) -> list[Tensor]:
        """Of the words of each part, for all moments."""
        parts = [
            tree_logits(self.model, self.model.states(self.prompts[i : i + BATCH]))
            for i in range(0, len(self.prompts), BATCH)
        ]
        return [torch.cat(same) for same in zip(*parts, strict=True)]

    def slopes(self, layer: int, directions: NDArray[np.float32]) -> tuple[NDArray, float]:
        """Slopes of worths by coefficients, (n, 33, K), and the share that lands in other parts.

        A coefficient of one moves the words of a dimension's own part by one logit (root mean
        square). Dimensions without a direction have no slope.
        """
        found = np.zeros((*self.worth.shape, SIZE), np.float32)
        own = other = 0.0
        for k in np.flatnonzero(np.abs(directions).any(axis=1)):
            part = DIMENSIONS[k].part
            nodes = NODES_OF[part]
            what = torch.zeros(len(NODES), directions.shape[1])
            # As long as a tenth of the activations: long enough to be told from rounding.
            what[nodes] = torch.from_numpy(0.1 * directions[k] / np.linalg.norm(directions[k]))
            what *= self.size(layer)
            with added(self.model, layer, what):
                steered = self.logits()
            change = [a - b for a, b in zip(steered, self.plain, strict=True)]
            change = [c - c.mean(dim=2, keepdim=True) for c in change]
            spread = [float(c.square().mean().sqrt()) for c in change]
            own += 1.0
            other += (sum(spread) - spread[part]) / spread[part]
            moved = behaviours(steered, self.plain).numpy() - self.worth
            found[..., k] = moved / spread[part] * self.gates[:, k : k + 1]
        return found, other / (own + other)

    def size(self, layer: int) -> float:
        """Mean length of a layer's activations at the points of the tree."""
        after = [*self.model.layers, None][layer + 1]
        states = self.model.states(self.prompts[:BATCH], before=after)
        return float(states.norm(dim=2).mean())

    def reward(self, slopes: NDArray | None, pull: float = 1.0) -> float:
        """Of what the second day's choices truly earn, with coefficients from the first."""
        earned = []
        for person in np.unique(self.person):
            mine = self.person == person
            learn, choose = mine & self.first, mine & ~self.first
            worth = self.worth[choose]
            if slopes is not None:
                fitted = self._fit(slopes[learn], self.worth[learn], self.rewards[learn], pull)
                worth = worth + slopes[choose] @ fitted
            rows = np.arange(len(worth))
            earned.append(self.rewards[choose][rows, worth.argmax(axis=1)].mean())
        return float(np.mean(earned))

    @staticmethod
    def _fit(slopes: NDArray, worth: NDArray, rewards: NDArray, pull: float) -> NDArray:
        """Coefficients by Gauss and Newton, (K,)."""
        found = np.zeros(SIZE)
        for _ in range(ROUNDS):
            expected = np.tanh(worth + slopes @ found)
            steep = ((1 - expected**2)[..., None] * slopes).reshape(-1, SIZE).astype(np.float64)
            left = (rewards - expected).ravel() + steep @ found
            matrix = steep.T @ steep / len(steep) * 100 + pull * np.eye(SIZE) * 0.01
            found = np.linalg.solve(matrix, steep.T @ left / len(steep) * 100)
        return found


def main() -> None:
    """Print the table; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    bench = Bench()
    situations = training_situations()
    lives: Lives = live(1, 1, 2)
    rows = np.random.default_rng(0).choice(len(lives), GRADIENTS, replace=False)
    words = [situations[i].situation for i in lives.situation[rows]]
    prompts = prompts_of(bench.model, lives.moments.take(rows), words)
    lines = ["| after layer | contrastive | rising | other parts: contrastive | rising |"]
    lines.append("|---|---:|---:|---:|---:|")
    for layer in track(range(len(bench.model.layers)), "layers"):
        after = [*bench.model.layers, None][layer + 1]
        reached, leaks = [], []
        for directions in (
            contrasts(bench.model, lives, situations, before=after),
            rising(bench.model, prompts, layer),
        ):
            slopes, leak = bench.slopes(layer, directions)
            reached.append(max(bench.reward(slopes, pull) for pull in PULLS))
            leaks.append(leak)
        lines.append(
            f"| {layer + 1} | {reached[0]:+.3f} | {reached[1]:+.3f} | {leaks[0]:.0%} | "
            f"{leaks[1]:.0%} |"
        )
        print(lines[-1])
    best = bench.rewards[~bench.first].max(axis=1).mean()
    lines += [
        "",
        f"Without steering {bench.reward(None):+.3f}; the best reply to every moment {best:+.3f}.",
    ]
    print("\n".join(lines))
    if given.markdown:
        head = "# At which layer to steer\n\n" + __doc__.split("\n\n", 1)[1] + "\n"
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
