"""Greedy policies that know the moment and something of the person, but never learn.

What is known of the person leaves many people possible. The policy imagines some of them (their
answers, and how they deviate from these), appraises the moment through each one's eyes, and takes
the action of the highest mean expected reward, blind to trust and to how often it has spoken. With
`view="moment"` any of the population is possible; with "demographics" the answers are predicted
from the device's profile by ridge regression and a random person's residuals are added; "big5" adds
the Big Five, which a device would have to ask for, to the profile; with "survey" the answers are
known and only the deviations are imagined.
"""

import numpy as np
from numpy.typing import NDArray

from proactive_agents.insight import simulated
from proactive_agents.protocol import Actions, Memoryless, Observations
from proactive_baselines.beliefs import believed_situation
from proactive_gym.envs.engine import Engine
from proactive_gym.errors import InvalidOptionError
from proactive_gym.personas.people import People, encode_demographics
from proactive_gym.streams import derive, normals, uniforms
from proactive_gym.users.deviations import SLOPES
from proactive_gym.users.expectation import expected_rewards
from proactive_gym.users.features import ACTIONS, COMPONENTS, Traits
from proactive_gym.users.worths import Appraisal, deviation_scale

VIEWS = ("moment", "demographics", "big5", "survey")
_HOLD = COMPONENTS.index("hold")
_PENALTY = 10.0


class Informed(Memoryless):
    """Greedy under what is known.

    Args:
        view: One of `VIEWS`.
        population: The people it has learnt from.
        draws: How many possible people are imagined for each person.
        seed: Of the imagined people.

    Raises:
        InvalidOptionError: An unknown view.
    """

    def __init__(self, view: str, population: People, draws: int = 32, seed: int = 0) -> None:
        if view not in VIEWS:
            raise InvalidOptionError(f"view must be one of {', '.join(VIEWS)}, not {view!r}")
        self.view, self.draws, self.seed = view, draws, seed
        traits = Traits.of(population)
        self.answers = np.hstack([traits.survey, traits.welcome])
        known = self._known(population)
        ridge = _PENALTY * np.eye(known.shape[1])
        ridge[0, 0] = 0.0
        self.weights = np.linalg.solve(known.T @ known + ridge, known.T @ self.answers)
        self.residuals = self.answers - known @ self.weights
        self.rewards = np.zeros((0, 0, len(ACTIONS)))

    def attend(self, engine: Engine) -> None:
        """Mean expected reward of every action at every point of the day, over imagined people."""
        self.engine = engine
        user, situation = simulated(engine), believed_situation(engine)
        fade = user.fade(engine.moments, situation)
        appraisal = Appraisal(user.parameters)
        scale = deviation_scale(user.parameters) * user.assumptions.heterogeneity
        shape = situation.hour.shape
        total = np.zeros((shape[0] * shape[1], len(ACTIONS)))
        for draw in range(self.draws):
            keys = derive(derive(engine.keys, self.seed), draw)
            traits = self._imagine(engine, keys)
            deviation = normals(derive(keys, 1), len(SLOPES)) * scale
            worth = appraisal(traits, engine.everyone, deviation, situation)
            worths = worth[..., : len(COMPONENTS)].astype(np.float64).reshape(len(total), -1)
            worths[:, _HOLD] -= fade.ravel()
            total += expected_rewards(worths, user.parameters.noise_sd, user.expired.ravel())
        self.rewards = (total / self.draws).reshape(*shape, len(ACTIONS))

    def _known(self, people: People) -> NDArray[np.float64]:
        """A constant and what the view knows of people, (N, features)."""
        nothing = np.zeros((len(people), 0))
        circumstances = encode_demographics(people) if self.view != "moment" else nothing
        traits = people.big5 if self.view == "big5" else nothing
        return np.hstack([np.ones((len(people), 1)), circumstances, traits])

    def _imagine(self, engine: Engine, keys: NDArray[np.uint64]) -> Traits:
        """One possible person for each slot."""
        people = engine.people.take(engine.person)
        if self.view == "survey":
            return Traits.of(people)
        known = self._known(people)
        other = (uniforms(keys, 1)[:, 0] * len(self.residuals)).astype(np.int64)
        answers = np.clip(known @ self.weights + self.residuals[other], -1.5, 1.5)
        width = people.survey.shape[1]
        return Traits.of_answers(answers[:, :width], answers[:, width:])

    def act(self, observations: Observations) -> Actions:
        """The action of the highest mean expected reward for each person."""
        return ACTIONS[self.rewards[self.engine.everyone, self.engine.point].argmax(axis=1)]
