"""PPO with a memory (sb3-contrib's RecurrentPPO): it can learn to get to know the person.

As `ppo`, it is trained on the reward of whole lives and sees the last reaction; unlike `ppo`, a
long short-term memory (LSTM) carries what it saw before. Slopes go back through one rollout, not
through the whole life.

The trained policy is stored as plain arrays and played in NumPy, with one memory a person; nothing
is unpickled.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from proactive_agents import checkpoint
from proactive_agents.protocol import Actions, Observations, Reactions, State
from proactive_baselines import ppo
from proactive_baselines.arguments import check_ranges
from proactive_baselines.deep import need
from proactive_baselines.lstm import Cell, RecurrentNetwork, head_of
from proactive_baselines.ppo import Report
from proactive_gym.errors import CheckpointError
from proactive_gym.streams import Keys


class RecurrentPPOAgent:
    """Plays a trained policy with a memory.

    Args:
        network: From observations and memory to the logits of the action's four parts, side by
            side.
        options: The environment options that it was trained with.
    """

    NAME = "ppo-recurrent"
    adapts: ClassVar[bool] = True

    def __init__(self, network: RecurrentNetwork, options: dict[str, Any]) -> None:
        self.network = network
        self.options = options
        self._forget(0)

    @classmethod
    def from_checkpoint(cls, path: Path) -> Self:
        """Raises as `checkpoint.read`."""
        arrays, about = checkpoint.read(path, cls.NAME)
        return cls(RecurrentNetwork.of(arrays, about), about["options"])

    def save(self, path: Path, about: Any) -> None:
        """Write the network; raises as `checkpoint.write`."""
        told = about | self.network.about() | {"options": self.options}
        checkpoint.write(path, self.NAME, self.network.arrays(), told)

    def begin(self, keys: Keys) -> None:
        """Every memory is empty."""
        self._forget(len(keys))

    def _forget(self, count: int) -> None:
        self.hidden = np.zeros((count, self.network.cell.units), np.float32)
        self.cell = np.zeros_like(self.hidden)

    def act(self, observations: Observations) -> Actions:
        """The likeliest choice of each part, for each person; the memory takes in what is seen."""
        logits, self.hidden, self.cell = self.network(observations, self.hidden, self.cell)
        return ppo.likeliest(logits)

    def observe(self, reactions: Reactions) -> None:
        """The next observation tells of the reaction, so nothing is done here."""

    def state(self) -> State:
        """The memories, `hidden` and `cell`, (N, units) each."""
        return {"hidden": self.hidden.copy(), "cell": self.cell.copy()}

    def load(self, state: State) -> None:
        """Go on from a state.

        Raises:
            CheckpointError: Other arrays, or other shapes.
        """
        shape = (len(state.get("hidden", ())), self.network.cell.units)
        wanted = {"hidden": shape, "cell": shape}
        found = {name: array.shape for name, array in state.items()}
        if found != wanted:
            raise CheckpointError(f"a memory's state has arrays {wanted}, not {found}")
        self.hidden = state["hidden"].astype(np.float32)
        self.cell = state["cell"].astype(np.float32)


@dataclass(frozen=True)
class Arguments(ppo.Arguments):
    """How it is trained: as `ppo`, but for longer rollouts of fewer lives.

    Attributes:
        num_envs: Lives at once.
        rollout: Decision points of each life between updates, through which slopes go back.
        width: Units of the hidden layer after the memory, of policy and value function each.
        memory: Units of the memory, of policy and value function each.
    """

    num_envs: int = 128
    rollout: int = 64
    width: int = 64
    memory: int = 64

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        super().__post_init__()
        check_ranges(self, memory=(1, 1e5))


def train(arguments: Arguments, report: Report = lambda figures: None) -> RecurrentPPOAgent:
    """Train on the population, with the scenarios that training may use.

    Args:
        arguments: How.
        report: As for `ppo.train`.

    Raises:
        MissingExtraError: sb3-contrib, stable-baselines3 or torch is not installed.
    """
    need("sb3_contrib")
    from sb3_contrib import RecurrentPPO

    shape = {"lstm_hidden_size": arguments.memory, "net_arch": [arguments.width]}
    learnt = ppo.learn(RecurrentPPO, "MultiInputLstmPolicy", shape, arguments, report)
    cell = _cell_of(learnt.policy.lstm_actor)
    head = head_of(learnt.head)
    network = RecurrentNetwork(learnt.boxes, cell, head, learnt.scaling)
    return RecurrentPPOAgent(network, learnt.options)


def _cell_of(lstm: Any) -> Cell:
    """Of a torch LSTM with one layer; its two biases are only ever added."""
    weights = {name: weight.detach().cpu().numpy() for name, weight in lstm.named_parameters()}
    inputs, recurrent = (np.ascontiguousarray(weights[f"weight_{n}_l0"].T) for n in ("ih", "hh"))
    return Cell(inputs, recurrent, weights["bias_ih_l0"] + weights["bias_hh_l0"])
