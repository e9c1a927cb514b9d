"""What the single faces of the decision process share: lives, their order, their information.

How actions are read and observations are built is up to each face.
"""

from typing import Any, Generic, TypeVar

import gymnasium as gym
import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.checks import check_seed
from proactive_gym.envs.engine import Engine, Turn
from proactive_gym.envs.episodes import chosen_person, episode_keys, root_key
from proactive_gym.envs.options import Options
from proactive_gym.envs.render import Screen
from proactive_gym.envs.truth import questionnaire_info, reward_terms, truth_info
from proactive_gym.errors import RenderModeError, StepOrderError

RENDER_MODES = ("ansi", "human")
_Seen = TypeVar("_Seen")
_Done = TypeVar("_Done")


class Face(gym.Env[_Seen, _Done], Generic[_Seen, _Done]):
    """One person's life with an assistant, whatever form actions and observations have.

    Args:
        render_mode: None, "ansi" or "human".
        options: As for `Options.of`.

    Raises:
        InvalidOptionError: An unknown option, or a value out of range.
        RenderModeError: Another render mode; it is an InvalidOptionError too.
        UnknownPersonError: An unknown split or id.
    """

    metadata: dict[str, Any] = {"render_modes": list(RENDER_MODES), "render_fps": 2}  # noqa: RUF012

    def __init__(self, render_mode: str | None = None, **options: Any) -> None:
        """Set up the engine; the spaces are up to the face."""
        if render_mode is not None and render_mode not in RENDER_MODES:
            raise RenderModeError(
                f"render_mode must be one of {', '.join(RENDER_MODES)}, not {render_mode!r}"
            )
        self.render_mode = render_mode
        self.options = Options.of(**options)
        self.engine = Engine(self.options, 1)
        self._root: int | None = None
        self._episode = 0
        self._running = False
        self._screen = None if render_mode is None else Screen(self.engine)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[_Seen, dict[str, Any]]:
        """Begin a life.

        Args:
            seed: Seeds `np_random`; the same seed gives the same lives.
            options: `{"persona": "p0042"}` seats that person.

        Raises:
            UnknownPersonError: The persona is not among the environment's people.
            InvalidOptionError: A bad seed, or an option that does not exist.
        """
        person = chosen_person(options, self.engine.people)
        seed = check_seed(seed)
        super().reset(seed=seed)
        if seed is not None or self._root is None:
            self._root, self._episode = root_key(self.np_random), 0
        key = episode_keys(np.array([self._root], np.uint64), np.array([self._episode], np.uint64))
        self._episode += 1
        chosen = None if person is None else np.array([person])
        self.engine.reset(self.engine.everyone, key, chosen)
        self._running = True
        self._begin()
        if self._screen is not None:
            self._screen.reset()
        self._show()
        return self._observe(), {"persona": self._persona()}

    def _begin(self) -> None:
        """Empty what the face itself remembers of a life."""

    def _observe(self) -> _Seen:
        """The present moment as the assistant sees it."""
        raise NotImplementedError

    def _check_running(self) -> None:
        if not self._running:
            raise StepOrderError("call reset first: no episode is running")

    def _advance(
        self, codes: NDArray[np.int64], words: str | None = None, nonsense: bool = False
    ) -> Turn:
        """Take one decision point.

        Args:
            codes: The action, (4,), already checked.
            words: What was said; the scenario's own message for these codes by default.
            nonsense: Whether the words are beside the point or make no sense.
        """
        if self._screen is not None:
            self._screen.before(codes, words, nonsense)
        turn = self.engine.step(codes[None], np.array([nonsense]) if nonsense else None)
        self._running = not (turn.terminated[0] or turn.truncated[0])
        if self._screen is not None:
            self._screen.after(turn)
        self._show()
        return turn

    def _results(self, turn: Turn) -> tuple[_Seen, float, bool, bool, dict[str, Any]]:
        ended = bool(turn.terminated[0]), bool(turn.truncated[0])
        return self._observe(), float(turn.reward[0]), *ended, self._info(turn)

    def _info(self, turn: Turn) -> dict[str, Any]:
        info: dict[str, Any] = {
            "persona": self._persona(),
            "reward_terms": _first(reward_terms(turn)),
            "truth": _first(truth_info(self.engine.user, turn)),
        }
        if turn.questionnaire is not None:
            info["questionnaire"] = _first(questionnaire_info(turn.questionnaire))
        return info

    def _persona(self) -> str:
        return self.engine.people.ids[self.engine.person[0]]

    def render(self) -> str | None:
        """The last turn and the present moment: a string with "ansi", printed with "human"."""
        return self._screen.text() if self._screen and self.render_mode == "ansi" else None

    def _show(self) -> None:
        if self._screen is not None and self.render_mode == "human":
            self._screen.show()


def _first(columns: dict[str, NDArray[Any]]) -> dict[str, Any]:
    """The only row, as Python numbers: vector environments gather those into typed arrays."""
    return {name: values[0].item() for name, values in columns.items()}
