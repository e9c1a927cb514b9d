"""`ProactiveAssist-v0`, natively batched: one NumPy program for N people."""

from collections.abc import Sequence
from copy import deepcopy
from functools import cached_property
from typing import Any

import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from proactive_gym.envs.checks import check_action, check_seed, shown
from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.envs.episodes import (
    episode_keys,
    position_of,
    reset_options,
    root_key,
    root_key_of_seed,
)
from proactive_gym.envs.observation import ACTION_SPACE, Observer, observation_space
from proactive_gym.envs.options import Options
from proactive_gym.envs.truth import questionnaire_info, reward_terms, truth_info
from proactive_gym.errors import InvalidOptionError, StepOrderError

Observations = dict[str, NDArray[np.float32]]
Mask = NDArray[np.bool_]
Results = tuple[Observations, NDArray[np.float64], Mask, Mask, dict[str, Any]]


class ProactiveAssistVectorEnv(VectorEnv[Observations, NDArray[np.int64], NDArray]):
    """N lives at once; slot i seeded with s lives the life of the single env seeded with s + i.

    `info` has the form of Gymnasium's vector environments: arrays over the slots, and beside each
    key `k` a mask `_k` of the slots for which it holds.

    Args:
        num_envs: How many lives, N.
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
        """Set up N slots; see the class."""
        if isinstance(num_envs, bool) or not isinstance(num_envs, int | np.integer) or num_envs < 1:
            raise InvalidOptionError(f"num_envs must be a positive integer, not {shown(num_envs)}")
        if render_mode is not None:
            raise InvalidOptionError(
                'a batch cannot be watched; use gym.make(..., render_mode="human")'
            )
        self.num_envs = int(num_envs)
        self.autoreset_mode = _mode(autoreset_mode)
        self.metadata = {"autoreset_mode": self.autoreset_mode, "render_modes": []}
        self.options = Options.of(**options)
        self.engine = Engine(self.options, self.num_envs)
        self.observer = Observer(self.engine)
        self.single_action_space = deepcopy(ACTION_SPACE)
        self.single_observation_space = observation_space(self.options)
        self.action_space = batch_space(self.single_action_space, self.num_envs)
        self.roots = np.zeros(self.num_envs, np.uint64)
        self.episodes = np.zeros(self.num_envs, np.uint64)
        self.ended = np.zeros(self.num_envs, np.bool_)
        self._started = False

    @cached_property
    def observation_space(self) -> spaces.Space[Observations]:  # type: ignore[override]
        """Of the batch; made when asked for, since its bounds take a kilobyte a person."""
        return batch_space(self.single_observation_space, self.num_envs)

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
                (N,), begins the marked slots only (and seeds only these).

        Raises:
            InvalidOptionError: Seeds or options of the wrong form; nothing has changed.
            UnknownPersonError: A persona is not among the environment's people.
        """
        given = reset_options(options, "persona", "reset_mask")
        slots = self._slots_of(given.get("reset_mask"))
        person = self._positions_of(given.get("persona"), slots)
        seeds = self._seeds_of(seed)
        if isinstance(seed, int | np.integer):
            super().reset(seed=int(seed))
        self._seed(slots, seeds)
        self._begin(slots, person)
        self._started = True
        return self.observe(), self._masked({"persona": self._personas()}, self._mark(slots))

    def _slots_of(self, mask: Any) -> NDArray[np.integer]:
        if mask is None:
            return self.engine.everyone
        marked = isinstance(mask, np.ndarray) and mask.dtype == np.bool_ and mask.any()
        if not marked or mask.shape != (self.num_envs,):
            raise InvalidOptionError(
                f"reset_mask must be a bool array of shape ({self.num_envs},) with a True in it"
            )
        if not mask.all() and not self._started:
            raise InvalidOptionError("the first reset must begin all slots: leave out reset_mask")
        return np.flatnonzero(mask)

    def _positions_of(self, personas: Any, slots: NDArray[np.integer]) -> NDArray[np.int64] | None:
        if personas is None:
            return None
        if not _is_list(personas):
            raise InvalidOptionError(f"persona lists {self.num_envs} ids, not {shown(personas)}")
        if len(personas) != self.num_envs:
            raise InvalidOptionError(f"{len(personas)} personas for {self.num_envs} environments")
        found = [position_of(persona, self.engine.people) for persona in personas]
        return np.array(found, np.int64)[slots]

    def _seeds_of(self, seed: Any) -> list[int | None]:
        """One seed a slot; None goes on with the slot's stream."""
        if not _is_list(seed):
            first = check_seed(seed)
            return [None if first is None else first + i for i in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise InvalidOptionError(f"{len(seed)} seeds for {self.num_envs} environments")
        return [check_seed(own) for own in seed]

    def _seed(self, slots: NDArray[np.integer], seeds: list[int | None]) -> None:
        for slot in slots:
            own = seeds[slot]
            if own is not None:
                self.roots[slot] = root_key_of_seed(own)
                self.episodes[slot] = 0
            elif not self._started:
                self.roots[slot] = root_key(self.np_random)

    def _begin(self, slots: NDArray[np.integer], person: NDArray[np.int64] | None = None) -> None:
        keys = episode_keys(self.roots[slots], self.episodes[slots])
        self.engine.reset(slots, keys, person)
        self.episodes[slots] += np.uint64(1)
        self.ended[slots] = False

    # ------------------------------------------------------------------ step

    def step(self, actions: NDArray[np.int64]) -> Results:
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
        return self._results(self.engine.step(checked), self._mark(self.engine.everyone))

    def _step_and_reset(self, actions: NDArray[np.int64]) -> Results:
        """NEXT_STEP: slots that had ended begin anew; the others take their decision point."""
        fresh, going = np.flatnonzero(self.ended), np.flatnonzero(~self.ended)
        self._begin(fresh)
        if len(going):
            return self._results(self.engine.step_some(going, actions), self._mark(going))
        none = np.zeros(self.num_envs, np.bool_)
        info = self._masked({"persona": self._personas()}, self._mark(fresh))
        return self.observe(), np.zeros(self.num_envs), none, none.copy(), info

    def _results(self, turn: Turn, stepped: Mask) -> Results:
        """What `step` returns.

        Args:
            turn: What happened.
            stepped: bool (N,), the slots that took a decision point; the others have begun anew.
        """
        told, asked = self._told(turn), self._mark(turn.asked)
        ended = turn.terminated | turn.truncated
        info: dict[str, Any] = {}
        if self.autoreset_mode is AutoresetMode.SAME_STEP and ended.any():
            told["persona"] = self._personas()
            info = {
                "final_obs": _split(self.observe(), ended),
                "_final_obs": ended,
                "final_info": self._masked(told, ended, asked),
                "_final_info": ended,
            }
            self._begin(np.flatnonzero(ended))
            stepped = stepped & ~ended
        else:
            self.ended = ended
        info |= self._masked(told, stepped, asked)
        info |= {"persona": self._personas(), "_persona": self._mark(self.engine.everyone)}
        return self.observe(), turn.reward, turn.terminated, turn.truncated, info

    # ------------------------------------------------------------------ observation, info

    def observe(self) -> Observations:
        """The present observations, fresh arrays of shape (N, features).

        Raises:
            StepOrderError: Before `reset`.
        """
        return self.observer(self.engine, np.minimum(self.engine.point, self.options.points - 1))

    def _personas(self) -> NDArray[np.object_]:
        return self.engine.names[self.engine.person]

    def _mark(self, slots: NDArray[np.integer]) -> Mask:
        mask = np.zeros(self.num_envs, np.bool_)
        mask[slots] = True
        return mask

    def _told(self, turn: Turn) -> dict[str, Any]:
        """Everything `info` tells of a turn, each value (N,); NaN where nobody was asked."""
        told: dict[str, Any] = {
            "reward_terms": reward_terms(turn),
            "truth": truth_info(self.engine.user, turn),
        }
        if turn.questionnaire is not None:
            told["questionnaire"] = {}
            for name, values in questionnaire_info(turn.questionnaire).items():
                answers = told["questionnaire"][name] = np.full(self.num_envs, np.nan)
                answers[turn.asked] = values
        return told

    def _masked(
        self, told: dict[str, Any], mask: Mask, asked: Mask | None = None
    ) -> dict[str, Any]:
        """Put a mask beside each value, within dicts too, as Gymnasium's vectors do."""
        info: dict[str, Any] = {}
        for name, value in told.items():
            own = mask & asked if name == "questionnaire" and asked is not None else mask
            info[name] = self._masked(value, own) if isinstance(value, dict) else value
            info[f"_{name}"] = own
        return info


def _is_list(value: Any) -> bool:
    if isinstance(value, np.ndarray):
        return value.ndim == 1
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    for known in AutoresetMode:
        if mode is known or mode in (known.name, known.value):
            return known
    names = ", ".join(m.name for m in AutoresetMode)
    raise InvalidOptionError(f"autoreset_mode must be one of {names}, not {shown(mode)}")


def _split(batch: Observations, mask: Mask) -> NDArray[np.object_]:
    """One observation for each marked slot, None for the others, as Gymnasium's vectors do."""
    out = np.full(len(mask), None, dtype=object)
    for slot in np.flatnonzero(mask):
        out[slot] = {name: rows[slot].copy() for name, rows in batch.items()}
    return out
