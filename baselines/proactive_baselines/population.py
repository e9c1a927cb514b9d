"""The supervised population policy: the best action from the moment and the device's profile.

A network regresses the expected reward of each of the 48 actions on what is seen, over lives of the
population; the policy takes the largest. It is what an assistant can know of a stranger: it never
learns of the person, and is blind to trust and to how often it has spoken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from proactive_agents import checkpoint
from proactive_agents.experience import Experience, of_people
from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_baselines.arguments import check_ranges
from proactive_baselines.deep import layers_of, load_torch, repeatable
from proactive_baselines.network import Network, flatten
from proactive_gym.users.features import ACTIONS

BOXES = ("moment", "noticed", "profile")
"""What is known before anything has happened."""


class PopulationPolicy(Memoryless):
    """Takes the action that people like this one liked best in moments like this one.

    Args:
        network: From observations to the expected reward of the 48 actions.
    """

    NAME = "population"

    def __init__(self, network: Network) -> None:
        self.network = network

    @classmethod
    def from_checkpoint(cls, path: Path) -> Self:
        """Raises as `checkpoint.read`."""
        return cls(Network.of(*checkpoint.read(path, cls.NAME)))

    def save(self, path: Path, about: Any) -> None:
        """Write the network; raises as `checkpoint.write`."""
        checkpoint.write(path, self.NAME, self.network.arrays(), about | self.network.about())

    def act(self, observations: Observations) -> Actions:
        """The action of the highest predicted reward, for each person."""
        return ACTIONS[self.network(observations).argmax(axis=1)]


@dataclass(frozen=True)
class Arguments:
    """How it is trained.

    Attributes:
        seed: Of the lives, the first weights and the order of the batches.
        lives: Of each of the 800 people; how they deviate from their answers is drawn for each.
        sessions: Days of each life.
        width: Units of each of two hidden layers.
        epochs: Passes over the moments. More than a few learn the 800 by heart: their profiles
            tell them apart, and validation people then fare worse.
        batch: Moments a gradient step.
        learning_rate: At the start; it falls to zero along a cosine.
        weight_decay: Of AdamW.
    """

    seed: int = 0
    lives: int = 4
    sessions: int = 5
    width: int = 32
    epochs: int = 2
    batch: int = 1024
    learning_rate: float = 2e-3
    weight_decay: float = 0.3

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        check_ranges(
            self,
            seed=(0, 1_000_000),
            lives=(1, 1000),
            sessions=(1, 1000),
            width=(1, 1e5),
            epochs=(1, 1000),
            batch=(1, 1e6),
            learning_rate=(1e-9, 1),
            weight_decay=(0, 100),
        )


def train(
    arguments: Arguments, report: Callable[[dict[str, float]], None] = lambda figures: None
) -> PopulationPolicy:
    """Fit the network.

    Args:
        arguments: How.
        report: Told `progress` (0-1) and `loss` (mean squared error) after each epoch.

    Raises:
        MissingExtraError: torch is not installed.
    """
    experience = of_people(arguments.seed, arguments.lives, arguments.sessions)
    return PopulationPolicy(fit(experience, arguments, report))


def fit(
    experience: Experience,
    arguments: Arguments,
    report: Callable[[dict[str, float]], None] = lambda figures: None,
) -> Network:
    """Regress the rewards of all actions on `BOXES` by least squares.

    Raises:
        MissingExtraError: torch is not installed.
    """
    torch = load_torch()
    x = torch.from_numpy(flatten(experience.boxes, BOXES))
    y = torch.from_numpy(experience.rewards)
    with repeatable(arguments.seed):
        model = torch.nn.Sequential(
            torch.nn.Linear(x.shape[1], arguments.width),
            torch.nn.ReLU(),
            torch.nn.Linear(arguments.width, arguments.width),
            torch.nn.ReLU(),
            torch.nn.Linear(arguments.width, y.shape[1]),
        )
        steps = arguments.epochs * -(-len(x) // arguments.batch)
        optimiser = torch.optim.AdamW(
            model.parameters(), arguments.learning_rate, weight_decay=arguments.weight_decay
        )
        schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
        for epoch in range(arguments.epochs):
            total = 0.0
            for rows in torch.randperm(len(x)).split(arguments.batch):
                loss = torch.nn.functional.mse_loss(model(x[rows]), y[rows])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                schedule.step()
                total += loss.item() * len(rows)
            report({"progress": (epoch + 1) / arguments.epochs, "loss": total / len(x)})
    return Network(BOXES, layers_of(model), "relu")
