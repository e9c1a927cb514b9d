"""How early steering is near its end: remedies for the one expectation that failed.

Run `python benchmarks/early.py --markdown docs/early.md`. Steering was to have 90 % of its final
gain by session 4. Here the agent and variants of it play three lives with each validation person,
once told the reactions and once not; the difference is the gain. Shown are the gains of session 4
and of the last three sessions, and the share that the one is of the other, with 95 % bootstrap
intervals over people, beside the reward: a variant that is early because it learns less in the end
is no remedy.
"""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rich.progress import track
from stated import play

from proactive_agents.steering.agent import SteeringAgent
from proactive_agents.steering.basis import Basis
from proactive_gym.evaluation.scoring import summed
from proactive_gym.evaluation.statistics import Interval, clustered_mean, interval

EARLY, LATE = 3, 3
"""The fourth session; how many make the end."""


def variants() -> Mapping[str, SteeringAgent]:
    """Agents by what is changed."""
    basis = Basis.load()
    return {
        "chosen": SteeringAgent(),
        "explores less (optimism 0.5)": SteeringAgent(optimism=0.5),
        "does not explore (optimism 0)": SteeringAgent(optimism=0.0),
        "forgets faster (0.99)": SteeringAgent(forgetting=0.99),
        "trusts reactions more (half the residual variance)": SteeringAgent(
            basis=replace(basis, residual=basis.residual / 2)
        ),
        "knows nothing of a stranger": SteeringAgent("none"),
        "knows the survey": SteeringAgent("survey"),
    }


def gains(agent: SteeringAgent) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Rewards and gains, each (people, sessions)."""
    both = [summed(play(agent, told)) for told in (True, False)]
    told, frozen = (np.asarray(s["reward"] / s["points"]) for s in both)
    return told, told - frozen


def share(gain: NDArray[np.float64]) -> Interval:
    """Of the final gain that session 4 has."""
    ends = {"early": gain[:, EARLY], "late": gain[:, -LATE:].mean(axis=1)}
    return interval(lambda s: np.asarray(s["early"] / s["late"]), ends)


def main() -> None:
    """Print the table; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    lines = ["| variant | reward | gain, session 4 | gain, last three | share |"]
    lines.append("|---|---:|---:|---:|---:|")
    for name, agent in track(variants().items(), "variants"):
        reward, gain = gains(agent)
        whole, part = clustered_mean(reward.mean(axis=1)), share(gain)
        lines.append(
            f"| {name} | {whole.mean:+.3f} | {gain[:, EARLY].mean():+.3f} | "
            f"{gain[:, -LATE:].mean():+.3f} | {part.mean:.0%} ({part.low:.0%} to {part.high:.0%}) |"
        )
    print("\n".join(lines))
    if given.markdown:
        head = "# How early steering is near its end\n\n" + __doc__.split("\n\n", 1)[1] + "\n"
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
