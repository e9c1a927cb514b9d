"""`ProactiveAssist-v0`, natively batched: one NumPy program for N people."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from proactive_gym.envs.checks import check_action
from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.envs.episodes import episode_keys, root_key, root_key_of_seed
from proactive_gym.envs.observation import ACTION_SPACE, Observer, observation_space
from proactive_gym.envs.options import Options
from proactive_gym.envs.truth import questionnaire_info, truth_info
from proactive_gym.errors import InvalidOptionError, StepOrderError

Observations = dict[str, NDArray[np.float32]]


class ProactiveAssistVectorEnv(VectorEnv[Observations, NDArray[np.int64], NDArray[np.float64]]):
    """N lives at once; slot i seeded with s lives the life of the single env seeded with s + i.

    Args:
        num_envs: N.
        autoreset_mode: NEXT_STEP (the step after an episode's end resets and ignores the action),
            SAME_STEP (the ending step returns the next episode's first observation, the last one
            is `info["final_obs"]`; what stable-baselines3 wants) or DISABLED.
        render_mode: None; a batch cannot be watched.
        options: As for the single env.

    Raises:
        InvalidOptionError: An unknown option, mode or number of environments.
    """

    def __init__(
        self,
        num_envs: int = 1,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        render_mode: str | None = None,
        **options: Any,
    ) -> None:
        if isinstance(num_envs, bool) or not isinstance(num_envs, int) or num_envs < 1:
            raise InvalidOptionError(f"num_envs must be a positive integer, not {num_envs!r}")
        if render_mode is not None:
            raise InvalidOptionError('a batch cannot be watched; use gym.make(..., "human")')
        self.num_envs = num_envs
        self.autoreset_mode = _mode(autoreset_mode)
        self.metadata = {"autoreset_mode": self.autoreset_mode, "render_modes": []}
        self.options = Options.of(**options)
        self.engine = Engine(self.options, num_envs)
        self.observer = Observer(self.engine)
        self.single_action_space = ACTION_SPACE
        self.single_observation_space = observation_space(self.options)
        self.action_space = batch_space(ACTION_SPACE, num_envs)
        self.observation_space = batch_space(self.single_observation_space, num_envs)
        self.roots = np.zeros(num_envs, np.uint64)
        self.episodes = np.zeros(num_envs, np.int64)
        self.ended = np.zeros(num_envs, np.bool_)
        self._seeded = False
        self._started = False

    # ------------------------------------------------------------------ reset

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: dict[str, Any] | None = None,
    ) -> tuple[Observations, dict[str, Any]]:
        """Begin N lives.

        Args:
            seed: One seed (slot i takes seed + i), N seeds (None leaves a slot's stream), or None.
            options: `{"persona": [...]}`, N ids, seats these people; `{"reset_mask": ...}`, bool
                (N,), begins the marked slots only.

        Raises:
            InvalidOptionError: Seeds or options of the wrong form.
            UnknownPersonError: A persona is not among the environment's people.
        """
        slots, person = self._asked_for(options)
        self._seed(seed)
        self._begin(slots, person)
        self._started = True
        return self._observe(), {"persona": self._personas()}

    def _asked_for(
        self, options: dict[str, Any] | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64] | None]:
        given = dict(options or {})
        mask = np.asarray(given.pop("reset_mask", np.ones(self.num_envs, np.bool_)))
        personas = given.pop("persona", None)
        if given:
            raise InvalidOptionError(
                f'reset has no option {next(iter(given))!r}; there are "persona" and "reset_mask"'
            )
        if mask.shape != (self.num_envs,) or mask.dtype != np.bool_ or not mask.any():
            raise InvalidOptionError(
                f"reset_mask must be a bool array of shape ({self.num_envs},) with a True in it"
            )
        if not mask.all() and not self._started:
            raise InvalidOptionError("the first reset must begin all slots: leave out reset_mask")
        slots = np.flatnonzero(mask)
        if personas is None:
            return slots, None
        if isinstance(personas, str) or len(personas) != self.num_envs:
            raise InvalidOptionError(f"persona must list {self.num_envs} ids, one for each slot")
        index = self.engine.people.index
        return slots, np.array([index(i) for i in personas], np.int64)[slots]

    def _seed(self, seed: int | Sequence[int | None] | None) -> None:
        if seed is None and self._seeded:
            return
        seeds: list[int | None]
        if seed is None or isinstance(seed, int | np.integer):
            first = self.np_random_seed if seed is None else int(seed)
            seeds = [first + i for i in range(self.num_envs)]
        elif len(seed) != self.num_envs:
            raise InvalidOptionError(f"{len(seed)} seeds for {self.num_envs} environments")
        else:
            seeds = list(seed)
        for slot, own in enumerate(seeds):
            if own is not None:
                self.roots[slot] = root_key_of_seed(own)
                self.episodes[slot] = 0
            elif not self._seeded:
                self.roots[slot] = root_key(self.np_random)
        self._seeded = True

    def _begin(self, slots: NDArray[np.int64], person: NDArray[np.int64] | None = None) -> None:
        keys = episode_keys(self.roots[slots], self.episodes[slots])
        self.engine.reset(slots, keys, person)
        self.episodes[slots] += 1
        self.ended[slots] = False

    # ------------------------------------------------------------------ step

    def step(
        self, actions: NDArray[np.int64]
    ) -> tuple[
        Observations, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]
    ]:
        """Take one decision point in every slot.

        Raises:
            StepOrderError: Before `reset`, or with DISABLED autoreset after an episode's end.
            InvalidActionError: A bad action; no slot has changed.
        """
        if not self._started:
            raise StepOrderError("call reset first: no episode is running")
        checked = check_action(actions, self.num_envs)
        if self.ended.any():
            if self.autoreset_mode is AutoresetMode.DISABLED:
                raise StepOrderError('episodes have ended: reset them with options["reset_mask"]')
            return self._step_and_reset(checked)
        turn = self.engine.step(checked)
        return self._results(turn, turn.reward, turn.terminated, turn.truncated)

    def _step_and_reset(self, actions: NDArray[np.int64]) -> tuple:
        """NEXT_STEP: slots that had ended begin anew; the others take their decision point."""
        fresh, going = np.flatnonzero(self.ended), np.flatnonzero(~self.ended)
        reward, flags = np.zeros(self.num_envs), np.zeros((2, self.num_envs), np.bool_)
        self._begin(fresh)
        if not len(going):
            info = {"persona": self._personas()}
            return self._observe(), reward, flags[0], flags[1], info
        turn = self.engine.step_some(going, actions)
        reward[going] = turn.reward[going]
        flags[0, going], flags[1, going] = turn.terminated[going], turn.truncated[going]
        return self._results(turn, reward, flags[0], flags[1], going)

    def _results(
        self,
        turn: Turn,
        reward: NDArray[np.float64],
        terminated: NDArray[np.bool_],
        truncated: NDArray[np.bool_],
        stepped: NDArray[np.int64] | None = None,
    ) -> tuple:
        info = self._info(turn, stepped)
        self.ended = terminated | truncated
        if self.autoreset_mode is AutoresetMode.SAME_STEP and self.ended.any():
            final, mask = self._observe(), self.ended.copy()
            info |= {"final_obs": _split(final, mask), "_final_obs": mask}
            info |= {"final_info": {k: v for k, v in info.items() if "final" not in k}}
            info |= {"_final_info": mask}
            self._begin(np.flatnonzero(mask))
        info["persona"] = self._personas()
        return self._observe(), reward, terminated, truncated, info

    def _info(self, turn: Turn, stepped: NDArray[np.int64] | None) -> dict[str, Any]:
        mask = np.ones(self.num_envs, np.bool_)
        if stepped is not None:
            mask = np.isin(self.engine.everyone, stepped)
        penalty = turn.response.off_penalty
        info: dict[str, Any] = {
            "reward_terms": {"satisfaction": turn.reward - penalty, "off_penalty": penalty},
            "truth": truth_info(self.engine.user, turn),
            "_reward_terms": mask,
            "_truth": mask,
        }
        if turn.questionnaire is not None:
            answers = {}
            for name, values in questionnaire_info(turn.questionnaire).items():
                answers[name] = np.full(self.num_envs, np.nan)
                answers[name][turn.asked] = values
            info["questionnaire"] = answers
            info["_questionnaire"] = np.isin(self.engine.everyone, turn.asked)
        return info

    def _observe(self) -> Observations:
        return self.observer(self.engine, np.minimum(self.engine.point, self.options.points - 1))

    def _personas(self) -> NDArray[np.object_]:
        return self.engine.names[self.engine.person]


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return mode if isinstance(mode, AutoresetMode) else AutoresetMode[str(mode).upper()]
    except KeyError:
        names = ", ".join(m.name for m in AutoresetMode)
        raise InvalidOptionError(f"autoreset_mode must be one of {names}, not {mode!r}") from None


def _split(batch: Observations, mask: NDArray[np.bool_]) -> NDArray[np.object_]:
    """One observation for each marked slot, None for the others, as Gymnasium's vectors do."""
    out = np.full(len(mask), None, dtype=object)
    for slot in np.flatnonzero(mask):
        out[slot] = {name: rows[slot].copy() for name, rows in batch.items()}
    return out


