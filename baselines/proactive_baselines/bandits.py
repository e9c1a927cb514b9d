"""Contextual bandits that become one person's: LinUCB and Thompson sampling.

Both start from the population policy's predictions and learn on the person how their rewards differ
from it: reward(moment, action) = population(moment, action) + theta . phi(moment, action), where
theta is the person's own. Its prior is how the people of the population differ from the same
predictions (their covariance, as in empirical Bayes); its posterior follows from visible reactions
alone, through the feedback map that all adaptive agents share, by an extended Kalman filter.

LinUCB (Li and others 2010, arXiv 1003.0146) takes the largest mean + alpha standard deviations;
Thompson sampling (Agrawal and Goyal 2013, arXiv 1209.3352) the best under a draw of theta.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from proactive_agents import checkpoint
from proactive_agents.experience import Experience, of_people
from proactive_agents.feedback import shared
from proactive_agents.protocol import Actions, Observations, Reactions, State
from proactive_baselines import population
from proactive_baselines.arguments import check_ranges
from proactive_baselines.network import Network
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import CheckpointError
from proactive_gym.streams import Keys, derive, normals
from proactive_gym.users.features import ACTIONS, ACTIVITY_GROUPS, activity_group
from proactive_gym.vocabulary import DOMAINS

Floats = NDArray[np.float32]

_SPEAKS, _NOW, _HOLDS = ACTIONS[:, 0] > 0, ACTIONS[:, 0] == 1, ACTIONS[:, 0] == 2
_HABITS = np.column_stack(
    [
        ~_SPEAKS,
        _HOLDS,
        *(_SPEAKS & (ACTIONS[:, 1] == level) for level in (1, 2, 3)),
        _SPEAKS & (ACTIONS[:, 2] == 1),
        _SPEAKS & (ACTIONS[:, 3] == 1),
    ]
).astype(np.float32)
"""Silence, hold, suggest, ask, act, detailed, formal of each action, (48, 7)."""
FEATURES = _HABITS.shape[1] + len(ACTIVITY_GROUPS) + len(DOMAINS) + 3
_RIDGE = 1.0
_OTHER_LIVES = 1_000_003
"""Added to the seed for lives that the population policy was not trained on."""


def features(seen: Seen) -> Floats:
    """Phi of every action in n moments, (n, 48, FEATURES).

    Habits (silence, hold, suggest, ask, act, detailed, formal); speaking now in each group of
    activities; speaking in each domain; silence and speech by benefit, speaking now by urgency.
    """
    count = len(seen.hour)
    group = np.eye(len(ACTIVITY_GROUPS), dtype=np.float32)[activity_group(seen.activity, seen.hour)]
    domain = np.eye(len(DOMAINS), dtype=np.float32)[seen.domain]
    benefit, urgency = seen.benefit / 2.5 - 1, (seen.urgency - 3) / 2
    out = np.zeros((count, len(ACTIONS), FEATURES), np.float32)
    start = _HABITS.shape[1]
    out[..., :start] = _HABITS
    out[:, _NOW, start : start + 4] = group[:, None]
    out[:, _SPEAKS, start + 4 : -3] = domain[:, None]
    out[:, ~_SPEAKS, -3] = benefit[:, None]
    out[:, _SPEAKS, -2] = benefit[:, None]
    out[:, _NOW, -1] = urgency[:, None]
    return out


@dataclass(frozen=True, eq=False)
class Prior:
    """What is known of a stranger.

    Attributes:
        network: The population's expected rewards.
        covariance: (FEATURES, FEATURES), of theta over people.
        residual: Variance of a person's reward around population + theta . phi, within a moment.
    """

    network: Network
    covariance: NDArray[np.float32]
    residual: float


class Bandit:
    """Learns theta of N people; subclasses choose.

    Args:
        prior: What is known of a stranger.
    """

    NAME = "bandits"
    adapts: ClassVar[bool] = True

    def __init__(self, prior: Prior) -> None:
        self.options: dict[str, Any] = {}
        self.prior = prior
        self.feedback = shared()

    @classmethod
    def from_checkpoint(cls, path: Path) -> Self:
        """Raises as `checkpoint.read`."""
        arrays, about = checkpoint.read(path, cls.NAME)
        return cls(Prior(Network.of(arrays, about), arrays["covariance"], about["residual"]))

    def save(self, path: Path, about: Any) -> None:
        """Write the prior; raises as `checkpoint.write`."""
        prior = self.prior
        arrays = prior.network.arrays() | {"covariance": prior.covariance}
        told = about | prior.network.about() | {"residual": prior.residual}
        checkpoint.write(path, self.NAME, arrays, told)

    def begin(self, keys: Keys) -> None:
        """Everyone is a stranger."""
        count = len(keys)
        self.keys = keys
        self.mean = np.zeros((count, FEATURES), np.float32)
        self.covariance = np.tile(self.prior.covariance, (count, 1, 1))
        self.steps = np.zeros(count, np.int64)

    def act(self, observations: Observations) -> Actions:
        """The action of the highest index, for each person."""
        self.seen = Seen.of(observations)
        self.phi = features(self.seen)
        self.typical = self.prior.network(observations)
        self.chosen = self.index().argmax(axis=1)
        self.steps += 1
        return ACTIONS[self.chosen]

    def expected(self) -> Floats:
        """Rewards that the posterior mean expects of every action, (N, 48)."""
        return self.typical + np.einsum("naf,nf->na", self.phi, self.mean)

    def index(self) -> Floats:
        """What is maximised over actions, (N, 48)."""
        raise NotImplementedError

    def observe(self, reactions: Reactions) -> None:
        """One step of the filter along phi of the action that was taken."""
        row = np.arange(len(reactions))
        phi = self.phi[row, self.chosen]
        expected = self.expected()[row, self.chosen].astype(np.float64)
        measured = self.feedback.measure(self.seen, ACTIONS[self.chosen], reactions, expected)
        spread = np.einsum("nfg,ng->nf", self.covariance, phi)
        variance = (spread * phi).sum(axis=1) + self.prior.residual
        shrink = 1 + measured.information * variance
        self.mean += spread * (measured.score / shrink)[:, None]
        weight = (measured.information / shrink)[:, None, None]
        self.covariance -= (weight * spread[:, :, None] * spread[:, None, :]).astype(np.float32)

    def state(self) -> State:
        """Mean and covariance of theta, and how many decisions were taken."""
        return {
            "keys": self.keys.copy(),
            "mean": self.mean.copy(),
            "covariance": self.covariance.copy(),
            "steps": self.steps.copy(),
        }

    def load(self, state: State) -> None:
        """Go on from a state.

        Raises:
            CheckpointError: Other arrays, or other shapes.
        """
        count = len(state.get("keys", ()))
        shapes = {
            "keys": (count,),
            "mean": (count, FEATURES),
            "covariance": (count, FEATURES, FEATURES),
            "steps": (count,),
        }
        found = {name: array.shape for name, array in state.items()}
        if found != shapes:
            raise CheckpointError(f"a bandit's state has arrays {shapes}, not {found}")
        for name, array in state.items():
            setattr(self, name, array.copy())


class LinUCB(Bandit):
    """Optimism: mean + alpha standard deviations.

    Args:
        prior: What is known of a stranger.
        alpha: How optimistic; 0 is greedy. Chosen on validation people.
    """

    def __init__(self, prior: Prior, alpha: float = 1.0) -> None:
        super().__init__(prior)
        self.alpha = alpha

    def index(self) -> Floats:
        """Upper confidence bounds, (N, 48)."""
        spread = np.matmul(self.phi, self.covariance)
        variance = np.einsum("naf,naf->na", spread, self.phi)
        return self.expected() + self.alpha * np.sqrt(np.maximum(variance, 0))


class Thompson(Bandit):
    """Acts best under a draw of theta, a new one at each decision."""

    def index(self) -> Floats:
        """Rewards under the draw, (N, 48)."""
        noise = normals(derive(self.keys, self.steps), FEATURES)
        jitter = 1e-6 * np.eye(FEATURES, dtype=np.float32)
        factor = np.linalg.cholesky(self.covariance + jitter)
        drawn = self.mean + np.einsum("nfg,ng->nf", factor, noise)
        return self.typical + np.einsum("naf,nf->na", self.phi, drawn)


@dataclass(frozen=True)
class Arguments:
    """How the prior is fitted.

    Attributes:
        seed: Of the population policy, and of the lives on which people's differences are read.
        lives: Of each person, for the population policy.
        sessions: Days of each of these lives.
        differences: Days of the other lives, one a person, on which differences are read.
    """

    seed: int = 0
    lives: int = population.Arguments.lives
    sessions: int = population.Arguments.sessions
    differences: int = 5

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        check_ranges(
            self,
            seed=(0, 1_000_000),
            lives=(1, 1000),
            sessions=(1, 1000),
            differences=(1, 1000),
        )


def train(
    arguments: Arguments, report: Callable[[dict[str, float]], None] = lambda figures: None
) -> Bandit:
    """Train a population policy, then read how the population's people differ from it.

    Raises:
        MissingExtraError: torch is not installed.
    """
    policy = population.Arguments(arguments.seed, arguments.lives, arguments.sessions)
    network = population.train(policy, report).network
    # Other lives than the network was trained on: what it learnt by heart is no difference.
    lived = of_people(arguments.seed + _OTHER_LIVES, 1, arguments.differences)
    return Bandit(fit_prior(network, lived))


def fit_prior(network: Network, lived: Experience) -> Prior:
    """Covariance of people's theta, each read by ridge regression, and what is left within moments.

    Args:
        network: The population's expected rewards.
        lived: Moments of people, several of each.
    """
    difference = lived.rewards - network(lived.boxes)
    phi = features(lived.seen)
    thetas, residuals = [], []
    for person in range(lived.person.max() + 1):
        rows = lived.person == person
        x = phi[rows].reshape(-1, FEATURES).astype(np.float64)
        y = difference[rows].ravel().astype(np.float64)
        theta = np.linalg.solve(x.T @ x + _RIDGE * np.eye(FEATURES), x.T @ y)
        thetas.append(theta)
        residuals.append(np.mean((y - x @ theta) ** 2))
    table = np.array(thetas)
    # Around zero, not around the mean: the prior mean is zero.
    covariance = table.T @ table / len(table)
    return Prior(network, covariance.astype(np.float32), float(np.mean(residuals)))
