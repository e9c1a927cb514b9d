"""An agent in the place of the keyboard, so that somebody's day with it can be watched.

A language model speaks in words of its own, which are read as the text face reads words; all
others say what the situation holds for them.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from proactive_agents.protocol import Agent, Insider, Observations
from proactive_gym.envs.checks import check_action
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.play import Choice
from proactive_gym.envs.reading import Seen, last_reaction
from proactive_gym.evaluation.playing import agent_keys
from proactive_gym.language.reader import Reader
from proactive_gym.vocabulary import TIMINGS

_SILENT = TIMINGS.index("silent")


class Watched:
    """Decides for one life, moment after moment, as `envs.play` asks.

    Args:
        agent: Who acts; a new one for each life.
    """

    def __init__(self, agent: Agent) -> None:
        self.agent = agent
        self._observer: Observer | None = None

    @property
    def options(self) -> Mapping[str, Any]:
        """Options of the environment that it needs."""
        return self.agent.options

    def __call__(self, engine: Engine) -> Choice:
        """What it does at the present moment, after learning from the last one.

        Raises:
            InvalidActionError: The agent returned something that is no action.
        """
        begun = self._observer is not None
        if self._observer is None:
            self._observer = Observer(engine)
            self.agent.begin(agent_keys(engine.keys))
        seen = self._observer(engine, engine.point)
        if begun:
            self.agent.observe(last_reaction(seen))
        if isinstance(self.agent, Insider) and engine.point[0] == 0:
            self.agent.attend(engine)
        codes = check_action(self.agent.act(seen), 1)[0]
        model = getattr(getattr(self.agent, "memory", None), "model", None)
        if codes[0] == _SILENT or not hasattr(model, "speak"):
            return Choice(codes)
        words = _said(model, seen, codes.tolist())
        scenario = int(engine.moments.scenario[0, int(engine.point[0])])
        reading = Reader.load().read(words, scenario)
        return Choice(np.array([codes[0], *reading[:3]]), words, not reading.acceptable)


def _said(model: Any, seen: Observations, codes: list[int]) -> str:
    """A language model's message after it has chosen how to speak."""
    from proactive_agents.lm.agent import prompts_of
    from proactive_agents.lm.observed import moments_of, situations_of

    prompts = prompts_of(model, moments_of(Seen.of(seen)), situations_of(seen))
    words: str = model.speak(prompts, [codes])[0]
    return words
