"""`ProactiveVecEnv`: many lives as one stable-baselines3 environment, without a loop over people.

It adapts the natively batched environment. A life has a known length, which the observation shows,
so its end is an end and no time limit to bootstrap across: `TimeLimit.truncated` is never set.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.observation import ACTION_SPACE
from proactive_gym.envs.vector import Observations, ProactiveAssistVectorEnv
from proactive_gym.errors import MissingExtraError, StepOrderError

try:
    from stable_baselines3.common.vec_env import VecEnv
except ModuleNotFoundError as error:
    raise MissingExtraError(
        "PPO needs stable-baselines3: pip install 'proactive-gym[baselines]'"
    ) from error

_GOING: dict[str, Any] = {}
"""What is told of every life that goes on: nothing. One dict for all, never written to."""


class ProactiveVecEnv(VecEnv):
    """N lives for stable-baselines3, with its episode statistics (`info["episode"]`).

    Args:
        num_envs: N.
        stagger: Begin lives at different sessions, so that a rollout shows all ages of a
            relationship; the sessions before are lived with random actions.
        options: As for `gym.make_vec`.

    Raises:
        InvalidOptionError: An option is unknown or out of range.
    """

    def __init__(self, num_envs: int, stagger: bool = True, **options: Any) -> None:
        self.env = ProactiveAssistVectorEnv(num_envs, autoreset_mode="SAME_STEP", **options)
        self.stagger = stagger
        self.returns = np.zeros(num_envs)
        self.lengths = np.zeros(num_envs, np.int64)
        self._actions: NDArray[np.int64] | None = None
        space, actions = self.env.single_observation_space, self.env.single_action_space
        super().__init__(num_envs, space, actions)

    def reset(self) -> Observations:
        """Begin N lives; the seed is that of `seed`, if it was called."""
        observations, _ = self.env.reset(seed=self._seeds)
        if self.stagger:
            observations = self._age()
        self.returns[:], self.lengths[:] = 0.0, 0
        self._reset_seeds()
        return observations

    def _age(self) -> Observations:
        """Live for one life with random actions; group g begins anew after g sessions."""
        options = self.env.options
        group = np.arange(self.num_envs) % options.sessions
        rng = np.random.default_rng(int(self.env.roots[0]))
        sizes = ACTION_SPACE.nvec
        for session in range(options.sessions):
            mask = group == session
            if mask.any():
                self.env.reset(options={"reset_mask": mask})
            for _ in range(options.points):
                self.env.step(rng.integers(sizes, size=(self.num_envs, len(sizes))))
        return self.env.observe()

    def step_async(self, actions: NDArray[np.int64]) -> None:
        """Keep the actions, (N, 4), for `step_wait`."""
        self._actions = actions

    def step_wait(
        self,
    ) -> tuple[Observations, NDArray[np.float32], NDArray[np.bool_], list[dict[str, Any]]]:
        """Take the step; lives that end begin anew, and only these are looped over.

        Raises:
            StepOrderError: No step was begun.
            InvalidActionError: A bad action; no life has changed.
        """
        if self._actions is None:
            raise StepOrderError("call step_async first: there are no actions")
        actions, self._actions = self._actions, None
        observations, rewards, terminated, truncated, info = self.env.step(actions)
        self.returns += rewards
        self.lengths += 1
        done = terminated | truncated
        infos = [_GOING] * self.num_envs
        for slot in np.flatnonzero(done):
            episode = {"r": float(self.returns[slot]), "l": int(self.lengths[slot]), "t": 0.0}
            infos[slot] = {"terminal_observation": info["final_obs"][slot], "episode": episode}
        self.returns[done], self.lengths[done] = 0.0, 0
        return observations, rewards.astype(np.float32), done, infos

    def close(self) -> None:
        """Nothing is held open."""

    def get_attr(self, attr_name: str, indices: Any = None) -> list[Any]:
        """An attribute of the batched environment, once for each of the slots asked for."""
        return [getattr(self.env, attr_name)] * len(self._slots(indices))

    def set_attr(self, attr_name: str, value: Any, indices: Any = None) -> None:
        """Refused: the lives share one environment.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("lives share one environment: set options when making it")

    def env_method(
        self, method_name: str, *method_args: Any, indices: Any = None, **method_kwargs: Any
    ) -> list[Any]:
        """Refused: the lives share one environment.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError("lives share one environment: call its methods yourself")

    def env_is_wrapped(self, wrapper_class: type, indices: Any = None) -> list[bool]:
        """Whether the slots wrap something: they never do."""
        return [False] * len(self._slots(indices))

    def _slots(self, indices: int | Iterable[int] | None) -> Sequence[int]:
        if indices is None:
            return range(self.num_envs)
        return [indices] if isinstance(indices, int) else list(indices)
