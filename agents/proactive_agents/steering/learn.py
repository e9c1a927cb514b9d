"""Learning the basis on the population, through the frozen language model.

Every life of the population has coefficients of its own. Directions and coefficients are fitted
together, so that the steered model rates behaviours as these people would: gradients pass through
what follows the model's last layer, and no weight of it changes. Then coefficients are brought to
unit variance, and the prior is read off: how they follow from what a device knows, by ridge
regression, and the covariance of what is left.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from proactive_agents.lm.agent import prompts_of
from proactive_agents.lm.lives import Lives
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.tree import NODES_OF
from proactive_agents.lm.worth import SPOKEN, behaviours, tree_logits
from proactive_agents.steering.basis import VIEWS, Basis, Prior
from proactive_agents.steering.dimensions import DIMENSIONS, gates
from proactive_agents.steering.rating import Rater
from proactive_gym.envs.observation import encode_profile
from proactive_gym.world import Scenario

Report = Callable[[dict[str, float]], None]
SIZE = len(DIMENSIONS)
_SILENCES = 8.0
"""Weight of silence beside 32 ways to speak."""
_TOGETHER = 256


@dataclass(frozen=True)
class Fitting:
    """How directions are fitted.

    Attributes:
        seed: Of the first directions and the order of the batches.
        epochs: Passes over the moments.
        batch: Moments a gradient step.
        learning_rate: Largest; it rises and falls once.
        pull: Weight of the squared coefficients, which holds them near zero.
        soft: Whether soft gates are learnt.
        penalty: Of the ridge regression of coefficients on what a device knows.
    """

    seed: int = 0
    epochs: int = 6
    batch: int = 1024
    learning_rate: float = 1e-2
    pull: float = 1e-4
    soft: bool = True
    penalty: float = 30.0


@dataclass(frozen=True, eq=False)
class Material:
    """What is fitted to: n moments.

    Attributes:
        states: float16 (n, nodes, width).
        gates: (n, K).
        rewards: (n, 33), of silence and `SPOKEN`.
        life: (n,).
    """

    states: Tensor
    gates: Tensor
    rewards: Tensor
    life: Tensor

    @classmethod
    def of(cls, model: LanguageModel, lives: Lives, situations: tuple[Scenario, ...]) -> "Material":
        """Let the model read all moments of lives."""
        kept = []
        for start in range(0, len(lives), _TOGETHER):
            rows = np.arange(start, min(start + _TOGETHER, len(lives)))
            words = [situations[i].situation for i in lives.situation[rows]]
            prompts = prompts_of(model, lives.moments.take(rows), words)
            kept.append(model.states(prompts).to(torch.float16).cpu())
        spoken = lives.rewards[:, -len(SPOKEN) :]
        return cls(
            torch.cat(kept),
            torch.from_numpy(gates(lives.moments)),
            torch.from_numpy(np.hstack([lives.rewards[:, :1], spoken])),
            torch.from_numpy(lives.life),
        )


def fit_basis(
    model: LanguageModel,
    material: Material,
    lives: Lives,
    fitting: Fitting,
    directions: NDArray[np.float32] | None = None,
    report: Report = lambda figures: None,
) -> Basis:
    """Directions, coefficients and prior.

    Args:
        model: Frozen.
        material: Of `lives`.
        lives: Of the population.
        fitting: How.
        directions: (K, width), if they are given and only their lengths and the coefficients are
            to be fitted.
        report: Told `progress` and `loss` after each epoch.
    """
    width, count = material.states.shape[2], int(material.life.max()) + 1
    generator = torch.Generator().manual_seed(fitting.seed)
    frame = _raising(model, material.states) if directions is None else torch.from_numpy(directions)
    lengths = torch.ones(frame.shape[:-1])
    contexts = torch.zeros(SIZE, width)
    coefficients = torch.randn(count, SIZE, generator=generator) * 0.3
    learnt = [coefficients, lengths, *([contexts] if fitting.soft else [])]
    for tensor in learnt:
        tensor.requires_grad_(True)
    batch = min(fitting.batch, len(material.life))
    used = len(material.life) // batch * batch
    steps = fitting.epochs * (used // batch)
    optimiser = torch.optim.Adam(learnt, fitting.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, fitting.learning_rate, steps)
    weights = torch.ones(1 + len(SPOKEN))
    weights[0] = _SILENCES
    weights /= weights.sum()
    plain = _plain(model, material.states)
    for epoch in range(fitting.epochs):
        total, order = 0.0, torch.randperm(len(material.life), generator=generator)
        for rows in order[:used].split(batch):
            states, own = material.states[rows].float(), coefficients[material.life[rows]]
            rater = Rater(model, _directions(frame, lengths), contexts)
            strengths = rater.strengths(states, material.gates[rows])
            steered = rater.logits(states, strengths, own)
            rated = torch.tanh(behaviours(steered, [p[rows] for p in plain]))
            error = ((rated - material.rewards[rows]).square() @ weights).mean()
            loss = error + fitting.pull * own.square().sum(dim=1).mean()
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += error.item() * len(rows)
        figures = {"progress": (epoch + 1) / fitting.epochs, "loss": total / used}
        report(figures)
    found = coefficients.detach().numpy()
    scale = found.std(axis=0) * _signs(material, lengths.detach(), contexts.detach())
    final = _directions(frame, lengths).detach().numpy() * scale[:, None]
    return Basis(
        final.astype(np.float32),
        contexts.detach().numpy(),
        priors_of(found / scale, lives, fitting.penalty),
        float(figures["loss"]),
        {"kind": "learnt" if directions is None else "contrastive", "fitting": vars(fitting)},
    )


def _directions(frame: Tensor, lengths: Tensor) -> Tensor:
    """(K, width): a frame's vectors, (K, width) or (K, words, width), by their lengths."""
    scaled = frame * lengths[..., None]
    return scaled if scaled.dim() == 2 else scaled.sum(dim=1)


def _signs(material: Material, lengths: Tensor, contexts: Tensor) -> NDArray[np.float64]:
    """1 where a high coefficient raises a dimension's words on average, -1 where it lowers them."""
    found = []
    for k, dimension in enumerate(DIMENSIONS):
        here = material.states[:4096, NODES_OF[dimension.part]].float()
        size = here.square().mean(dim=2, keepdim=True).sqrt()
        gate = 1 + ((here / size) @ contexts[k]).mean().item()
        found.append(1.0 if gate * lengths[k].sum().item() >= 0 else -1.0)
    return np.array(found)


def _raising(model: LanguageModel, states: Tensor) -> Tensor:
    """Vectors that raise one word by one logit and leave a part's others alone, (K, words, width).

    They are the shortest that do so at the mean activation; zero for words that are not the
    dimension's.
    """
    most = max(len(first) for first in model.first)
    frame = torch.zeros(SIZE, most, states.shape[2])
    for k, dimension in enumerate(DIMENSIONS):
        mean = states[:4096, NODES_OF[dimension.part]].float().mean(dim=(0, 1))
        slope = torch.autograd.functional.jacobian(
            lambda x, part=dimension.part: model.head.logits(x, part), mean
        )
        raising = torch.linalg.pinv(slope).T
        words = list(dimension.words)
        frame[k, words] = raising[words]
    return frame


def _plain(model: LanguageModel, states: Tensor) -> list[Tensor]:
    """Logits of the plain model by part, for all moments."""
    with torch.no_grad():
        some = [tree_logits(model, rows.float()) for rows in states.split(4096)]
    return [torch.cat(parts) for parts in zip(*some, strict=True)]


def priors_of(
    coefficients: NDArray[np.floating], lives: Lives, penalty: float
) -> Mapping[str, Prior]:
    """How lives' coefficients, (lives, K), follow from each view of the person."""
    person = np.zeros(len(coefficients), np.int64)
    person[lives.life] = lives.person
    priors = {}
    for view in VIEWS:
        known = encode_profile(lives.people, view)[person]
        design = np.hstack([np.ones((len(known), 1)), known])
        ridge = penalty * np.eye(design.shape[1])
        ridge[0, 0] = 0.0
        weights = np.linalg.solve(design.T @ design + ridge, design.T @ coefficients)
        left = coefficients - design @ weights
        covariance = left.T @ left / len(left)
        priors[view] = Prior(weights.astype(np.float32), covariance.astype(np.float32))
    return priors
