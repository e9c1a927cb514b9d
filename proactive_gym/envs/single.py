"""`ProactiveAssist-v0`: one person's life with an assistant."""

from typing import Any, ClassVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.checks import check_action
from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.envs.episodes import chosen_person, episode_keys, root_key
from proactive_gym.envs.observation import ACTION_SPACE, Observer, observation_space
from proactive_gym.envs.options import Options
from proactive_gym.envs.render import Screen
from proactive_gym.envs.truth import questionnaire_info, truth_info
from proactive_gym.errors import InvalidOptionError, StepOrderError
from proactive_gym.world import WorldAssumptions

Observation = dict[str, NDArray[np.float32]]
RENDER_MODES = ("ansi", "human")


class ProactiveAssistEnv(gym.Env[Observation, NDArray[np.int64]]):
    __doc__ = "See `DESCRIPTION`."

    metadata: ClassVar[dict[str, Any]] = {"render_modes": list(RENDER_MODES), "render_fps": 2}

    def __init__(self, render_mode: str | None = None, **options: Any) -> None:
        if render_mode is not None and render_mode not in RENDER_MODES:
            raise InvalidOptionError(
                f"render_mode must be one of {', '.join(RENDER_MODES)}, not {render_mode!r}"
            )
        self.render_mode = render_mode
        self.options = Options.of(**options)
        self.engine = Engine(self.options, 1)
        self.observer = Observer(self.engine)
        self.action_space = ACTION_SPACE
        self.observation_space = observation_space(self.options)
        self._root: int | None = None
        self._episode = 0
        self._running = False
        self._screen = Screen(self.engine)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin a life.

        Args:
            seed: Seeds `np_random`; the same seed gives the same lives.
            options: `{"persona": "p0042"}` seats that person.

        Raises:
            UnknownPersonError: The persona is not among the environment's people.
            InvalidOptionError: An option that does not exist.
        """
        person = chosen_person(options, self.engine.people)
        super().reset(seed=seed)
        if seed is not None or self._root is None:
            self._root, self._episode = root_key(self.np_random), 0
        key = episode_keys(np.array([self._root], np.uint64), np.array([self._episode]))
        self._episode += 1
        chosen = None if person is None else np.array([person])
        self.engine.reset(self.engine.everyone, key, chosen)
        self._running = True
        self._screen.reset()
        self._show()
        return self._observe(), {"persona": self.engine.people.ids[self.engine.person[0]]}

    def step(
        self, action: NDArray[np.int64]
    ) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Take one decision point.

        Raises:
            StepOrderError: Before `reset` or after the episode's end.
            InvalidActionError: The action space does not hold the action; nothing has changed.
        """
        if not self._running:
            raise StepOrderError("call reset first: no episode is running")
        checked = check_action(action)[None]
        self._screen.before(checked[0])
        turn = self.engine.step(checked)
        terminated, truncated = bool(turn.terminated[0]), bool(turn.truncated[0])
        self._running = not (terminated or truncated)
        self._screen.after(turn)
        self._show()
        reward = float(turn.reward[0])
        return self._observe(), reward, terminated, truncated, self._info(turn)

    def _observe(self) -> Observation:
        points = np.minimum(self.engine.point, self.options.points - 1)
        return {name: rows[0] for name, rows in self.observer(self.engine, points).items()}

    def _info(self, turn: Turn) -> dict[str, Any]:
        truth = {name: values[0] for name, values in truth_info(self.engine.user, turn).items()}
        info: dict[str, Any] = {
            "persona": self.engine.people.ids[self.engine.person[0]],
            "reward_terms": {
                "satisfaction": float(turn.reward[0] - turn.response.off_penalty[0]),
                "off_penalty": float(turn.response.off_penalty[0]),
            },
            "truth": truth,
        }
        if turn.questionnaire is not None:
            answers = questionnaire_info(turn.questionnaire)
            info["questionnaire"] = {name: float(values[0]) for name, values in answers.items()}
        return info

    def render(self) -> str | None:  # type: ignore[override]
        """The last turn and the present moment: a string with "ansi", printed with "human"."""
        return self._screen.text() if self.render_mode == "ansi" else None

    def _show(self) -> None:
        if self.render_mode == "human":
            self._screen.show()


ProactiveAssistEnv.__doc__ = """TODO docs."""
