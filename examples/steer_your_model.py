"""Steer any causal language model of Hugging Face: one batch, another strength for each row.

`python examples/steer_your_model.py --model NAME_OR_FOLDER`; the embedded model by default. What
"speaking up often" in the prompt does to activations becomes a direction, which acts without the
words. How the shipped assistant learns a person's own coefficients: docs/assistant.md.
"""

import argparse
from collections.abc import Sequence

import gymnasium as gym
import numpy as np
import torch

import proactive_gym  # noqa: F401  registers the environments
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.lm.prompt import profile
from proactive_agents.steering.hook import steered
from proactive_gym.envs.reading import Seen
from proactive_gym.vocabulary import DOMAINS, TIMINGS

STRENGTHS = (-2.0, -1.0, 0.0, 1.0, 2.0)


def main(words: Sequence[str] | None = None) -> np.ndarray:
    """Steer, and return the shares of silent, now and hold at each strength, (strengths, 3)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", default="population", help="a name on the Hub, or a folder")
    parser.add_argument("--moments", type=int, default=64)
    given = parser.parse_args(words)
    model = LanguageModel.load(given.model)

    seen, _ = gym.make_vec("ProactiveAssist-v0", num_envs=given.moments).reset(seed=0)
    moments, situations = moments_of(Seen.of(seen)), situations_of(seen)
    told = list(zip(moments.domain.tolist(), situations, moments.words(), strict=True))
    often, seldom = (
        model.states([model.prompt(DOMAINS[d], s, w + profile({"T1": a})) for d, s, w in told])
        for a in (7, 1)
    )
    direction = (often - seldom)[:, 0].mean(dim=0)  # before the timing is chosen

    added = torch.tensor(STRENGTHS)[:, None, None] * direction  # (rows, 1, width)
    choices = np.zeros((len(told), len(STRENGTHS)), np.int64)
    for i, (d, situation, w) in enumerate(told):
        ids = torch.tensor([model.prompt_ids(model.prompt(DOMAINS[d], situation, w))])
        rows = ids.expand(len(STRENGTHS), -1)
        columns = torch.full((len(STRENGTHS), 1), ids.shape[1] - 1)
        with torch.no_grad(), steered(model.layers[-1], added, columns):
            logits = model.model(input_ids=rows.to(model.device)).logits[:, -1, model.first[0]]
        choices[i] = logits.argmax(dim=1).cpu()
    shares = np.stack([(choices == timing).mean(axis=0) for timing in range(3)], axis=1)
    print("strength  " + "  ".join(f"{name:>6}" for name in TIMINGS))
    for strength, row in zip(STRENGTHS, shares, strict=True):
        print(f"{strength:+8.1f}  " + "  ".join(f"{share:6.0%}" for share in row))
    return shares


if __name__ == "__main__":
    main()
