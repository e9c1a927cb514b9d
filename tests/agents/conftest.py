"""Every agent of the registry, with weights that were trained for a moment."""

from pathlib import Path

import pytest
import torch

from proactive_agents.registry import AGENTS, make, spec_of
from proactive_gym.evaluation.training import train

ONLINE = {"rows": 32, "steps": 1, "batch": 8, "longest": 8}
BRIEF = {
    "population": {"lives": 1, "sessions": 1, "epochs": 1},
    "linucb": {"lives": 1, "sessions": 1, "differences": 1},
    "thompson": {"lives": 1, "sessions": 1, "differences": 1},
    "ppo": {"steps": 512, "num_envs": 16, "rollout": 16, "batch": 128},
    "ppo-counts": {"steps": 512, "num_envs": 16, "rollout": 16, "batch": 128},
    "ppo-recurrent": {"steps": 512, "num_envs": 16, "rollout": 16, "batch": 128},
    **{f"rlhf-{algo}": {"rows": 32, "steps": 1, "batch": 8} for algo in ("sft", "dpo", "kto")},
    **{f"rlhf-{algo}": ONLINE | {"judge_steps": 1, "judge_checks": 8} for algo in ("rloo", "grpo")},
    "rlhf-people": ONLINE,
}
"""Training arguments that take a second or two."""


@pytest.fixture(scope="session")
def weights(tmp_path_factory):
    """`weights(name)`: a checkpoint of an agent, None if it has none."""
    folder: Path = tmp_path_factory.mktemp("weights")

    def of(name: str) -> Path | None:
        if spec_of(name).trainer is None:
            return None
        return train(name, BRIEF.get(name, {}), folder).path

    return of


@pytest.fixture(params=AGENTS)
def agent(request, weights):
    """Each agent, ready to begin."""
    return make(request.param, weights(request.param))


@pytest.fixture(scope="session", autouse=True)
def one_thread():
    """The models are so small that threads would only wait for one another."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def randomised():
    """`randomised(model, seed)`: every weight moved so far that words and positions matter."""

    def moved(model, seed=0):
        noise = torch.Generator().manual_seed(seed)
        for weight in model.parameters():
            weight.data += 0.15 * torch.randn(weight.shape, generator=noise)
        return model.eval()

    return moved
