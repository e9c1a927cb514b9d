"""The proactive assistant: a frozen language model, steered to one person by their reactions."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import torch
from numpy.typing import NDArray

from proactive_agents.feedback import NOTHING, shared
from proactive_agents.legible import Belief, Sweep
from proactive_agents.lm import embedded
from proactive_agents.lm.agent import actions_of, prompts_of
from proactive_agents.lm.memory import StateMemory, embedded_memory
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.protocol import Actions, Observations, Reactions, State
from proactive_agents.steering.basis import PATH, Basis
from proactive_agents.steering.dimensions import DIMENSIONS, KINDS, gates, of_kinds
from proactive_agents.steering.posterior import NEVER, Beliefs, packed, unpacked
from proactive_agents.steering.rating import Rater
from proactive_agents.steering.sweep import MOMENTS, Bench, swept
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import CheckpointError, InvalidOptionError
from proactive_gym.streams import Keys

SIZE = len(DIMENSIONS)


class SteeringAgent:
    """Adapts to N people on the device, without changing a weight.

    Args:
        view: What the device knows of a stranger: "none", "demographics" or "survey".
        optimism: Standard deviations of worth added to the mean where it chooses, as far as the
            person is likely to answer; chosen on validation people.
        forgetting: Factor of the belief before each reaction; chosen on validation people.
        never: Chance that a stranger is one who never reacts; 0 reads all silence as it is.
        basis: Directions and prior, or their file; the packaged ones by default.
        memory: Of a model that is loaded already, in the place of `model`.
        model: Which is steered: an embedded one, a folder or a name on the Hugging Face Hub.
        device: Where the model runs, such as "cpu" or "cuda".
        dtype: Of its weights, as for `LanguageModel.load`.

    Raises:
        CheckpointError: The basis or the model cannot be read, or they do not go together.
        InvalidOptionError: An unknown view, device or dtype, or a number out of range.
    """

    adapts: ClassVar[bool] = True

    def __init__(
        self,
        view: str = "demographics",
        optimism: float = 1.0,
        forgetting: float = 0.998,
        never: float = NEVER,
        basis: Basis | Path | None = None,
        memory: StateMemory | None = None,
        model: str = embedded.POPULATION,
        device: str = "cpu",
        dtype: str = "auto",
    ) -> None:
        if not (0 <= optimism < np.inf and 0 < forgetting <= 1 and 0 <= never < 1):
            raise InvalidOptionError(
                "optimism must be at least 0, forgetting in (0, 1] and never in [0, 1), "
                f"not {optimism}, {forgetting} and {never}"
            )
        self.options: dict[str, Any] = {"profile": view}
        self.optimism, self.forgetting, self.never = optimism, forgetting, never
        if basis is None and model != embedded.POPULATION:
            raise CheckpointError(
                f"{model} has no directions of its own yet: make some with `proactive-gym train "
                f"steering --set model={model}`, and give them as --basis"
            )
        self.basis = basis if isinstance(basis, Basis) else Basis.load(basis or PATH)
        if view not in self.basis.priors:
            raise InvalidOptionError(
                f"view must be one of {', '.join(self.basis.priors)}, not {view!r}"
            )
        self.prior = self.basis.priors[view]
        self.memory = memory or embedded_memory(model, device, dtype)
        self.rater = Rater.of(self.memory.model, self.basis)
        self.feedback = shared()
        self.people = 0
        self.beliefs: Beliefs | None = None

    def begin(self, keys: Keys) -> None:
        """Everyone is a stranger, of whom the first observation tells what is known."""
        self.people, self.beliefs = len(keys), None

    def act(self, observations: Observations) -> Actions:
        """The best reply to each person, given what is believed of them."""
        if self.beliefs is None:
            known = observations.get("profile", np.zeros((self.people, 0), np.float32))
            self.meet(str(self.options["profile"]), known)
        return self.choose(Seen.of(observations), situations_of(observations))

    def meet(self, view: str, known: NDArray[np.float32]) -> None:
        """Believe of strangers what their prior says.

        Args:
            view: What is known of them, one of the basis' priors.
            known: (N, features), as the box `profile` has it.
        """
        self.prior = self.basis.priors[view]
        mean = self.prior.mean(known)
        self.beliefs = Beliefs.of_strangers(mean, self.prior.covariance, self.never)

    def choose(self, seen: Seen, situations: Sequence[str]) -> Actions:
        """As `act`, for moments whose words are given."""
        beliefs = self._believed()
        moments = moments_of(seen)
        states = self.memory(prompts_of(self.memory.model, moments, situations))
        gate, mean = torch.from_numpy(gates(moments)), torch.from_numpy(beliefs.mean)
        worth, slope = (t.numpy() for t in self.rater(states, gate, mean.float()))
        index = worth
        if self.optimism:
            # Nothing is found out about people who never answer.
            explores = self.optimism * (1 - beliefs.never)
            index = worth + explores[:, None] * beliefs.spread(slope)
        best, row = index.argmax(axis=1), np.arange(len(worth))
        self.seen, self.done = seen, actions_of(best)
        self.worth, self.slope = worth[row, best], slope[row, best]
        return self.done

    def observe(self, reactions: Reactions) -> None:
        """Learn from what the devices saw after the last action."""
        beliefs = self._believed()
        expected = np.tanh(self.worth)
        measured = self.feedback.measure(self.seen, self.done, reactions, expected)
        beliefs.forget(self.forgetting)
        slope = (1 - expected**2)[:, None] * self.slope
        beliefs.learn(slope, measured, self.basis.residual, ~np.isin(reactions, NOTHING))

    def reset(self, kinds: Sequence[str] = KINDS, rows: Sequence[int] | None = None) -> None:
        """Take back what was learnt; with all kinds of dimensions, erase the person.

        Args:
            kinds: Of dimensions, of `dimensions.KINDS`.
            rows: Whose; by default everyone's.

        Raises:
            InvalidOptionError: An unknown kind.
        """
        whose = np.arange(self.people) if rows is None else np.asarray(rows)
        self._believed().reset(of_kinds(kinds), whose)

    def state(self) -> State:
        """Means, covariances, means as strangers, and chances that people never answer."""
        if self.beliefs is None:
            return {}
        return {
            "mean": self.beliefs.mean.astype(np.float32),
            "covariance": packed(self.beliefs.covariance).astype(np.float32),
            "stranger": self.beliefs.prior_mean.astype(np.float32),
            "never": self.beliefs.never.astype(np.float32),
        }

    def load(self, state: State) -> None:
        """Go on from a state.

        Raises:
            CheckpointError: Other arrays, or other shapes.
        """
        if not state:
            self.beliefs = None
            return
        count = len(state.get("mean", ()))
        shapes = {
            "mean": (count, SIZE),
            "covariance": (count, SIZE * (SIZE + 1) // 2),
            "stranger": (count, SIZE),
            "never": (count,),
        }
        found = {name: array.shape for name, array in state.items()}
        if found != shapes:
            raise CheckpointError(f"steering's state has arrays {shapes}, not {found}")
        self.people = count
        self.beliefs = Beliefs(
            state["mean"].copy(),
            unpacked(state["covariance"], SIZE),
            state["stranger"].copy(),
            self.prior.covariance,
            state["never"].copy(),
            self.never,
        )

    def belief(self) -> Belief:
        """Means and standard deviations of everyone's coefficients.

        Raises:
            CheckpointError: Nobody has been met.
        """
        beliefs = self._believed()
        variance = np.diagonal(beliefs.covariance, axis1=1, axis2=2)
        return Belief(beliefs.mean.copy(), np.sqrt(variance))

    def sweep(self) -> Sweep:
        """What each dimension does to the likeliest replies."""
        return swept(Bench(self.rater, self.memory, MOMENTS))

    def _believed(self) -> Beliefs:
        if self.beliefs is None:
            raise CheckpointError("nobody has been met: call act first")
        return self.beliefs
