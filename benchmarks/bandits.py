"""What makes the bandits learn: exploration, prior and population policy, one at a time.

Run `python benchmarks/bandits.py --markdown docs/bandits.md`. Everything plays three lives of each
validation person, as in the quick suite; `alpha` of LinUCB was chosen here.
"""

import argparse
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from proactive_agents.protocol import Agent
from proactive_baselines.bandits import FEATURES, Arguments, Bandit, LinUCB, Prior, Thompson, train
from proactive_baselines.network import Network
from proactive_baselines.population import PopulationPolicy
from proactive_gym.envs.options import Options
from proactive_gym.evaluation.lives import play_lives
from proactive_gym.evaluation.statistics import clustered_mean

LATE = 3


def uninformed(prior: Prior) -> Prior:
    """As much variance in all, but the same in each direction."""
    variance = np.trace(prior.covariance) / FEATURES
    return replace(prior, covariance=np.eye(FEATURES, dtype=np.float32) * np.float32(variance))


def without_population(prior: Prior) -> Prior:
    """Expects nothing of any action: everything has to be learnt on the person."""
    zero = [(0 * weight, 0 * bias) for weight, bias in prior.network.layers]
    network = Network(prior.network.boxes, tuple(zero), prior.network.activation)
    return replace(prior, network=network)


VARIANTS: dict[str, Callable[[Prior], Agent]] = {
    "population policy, which never learns": lambda p: PopulationPolicy(p.network),
    **{
        f"LinUCB, alpha {alpha:g}": lambda p, alpha=alpha: LinUCB(p, alpha)
        for alpha in (0.0, 0.5, 1.0, 2.0)
    },
    "LinUCB, the same prior variance everywhere": lambda p: LinUCB(uninformed(p)),
    "LinUCB without the population policy": lambda p: LinUCB(without_population(p)),
    "Thompson sampling": Thompson,
    "Thompson sampling, the same prior variance everywhere": lambda p: Thompson(uninformed(p)),
}


def row(name: str, agent: Agent) -> str:
    """One line of the table."""
    options = Options(people="validation", deviations="frozen")
    reward = play_lives(agent, options, 3, seed=0).reward
    mean, low, high = clustered_mean(reward.mean(axis=1))
    first, late = reward[:, 0].mean(), reward[:, -LATE:].mean()
    return f"| {name} | {mean:+.3f} ({low:+.3f} to {high:+.3f}) | {first:+.3f} | {late:+.3f} |"


def main() -> None:
    """Print the table; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    trained: Bandit = train(Arguments())
    lines = [
        "| agent | reward (95 % interval) | first session | last three |",
        "|---|---:|---:|---:|",
    ]
    print("\n".join(lines))
    for name, make in VARIANTS.items():
        lines.append(row(name, make(trained.prior)))
        print(lines[-1], flush=True)
    if given.markdown:
        head = (
            "# What makes the bandits learn\n\nWritten by `python benchmarks/bandits.py`. "
            "Validation people, three lives each; intervals over people.\n\n"
        )
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
