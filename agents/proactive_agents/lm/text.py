"""Playing the text face: an agent that reads and speaks, with people one or many at a time.

    assistant = TextAssistant(SteeringAgent())
    observation, info = env.reset(seed=0)
    assistant.begin()
    while True:
        observation, reward, *_ = env.step(assistant.reply([observation])[0])

What it says is written by the model after it has decided, never looked up.
"""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any, Protocol

import numpy as np

from proactive_agents.lm.agent import prompts_of
from proactive_agents.lm.known import known_of
from proactive_agents.lm.memory import StateMemory
from proactive_agents.lm.observed import moments_of, read_text
from proactive_agents.protocol import Actions, Reactions
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import StepOrderError
from proactive_gym.language.actions import format_text_action
from proactive_gym.streams import Keys
from proactive_gym.vocabulary import TIMINGS


class Speaking(Protocol):
    """An agent that decides from words: `LanguageAgent`, `SteeringAgent`."""

    memory: StateMemory

    def begin(self, keys: Keys) -> None:
        """As agents do."""

    def meet(self, view: str, known: Any) -> None:
        """What the device knows of the people, as the `profile` box tells it."""

    def choose(self, seen: Seen, situations: Sequence[str]) -> Actions:
        """What to do in moments whose words are given."""

    def observe(self, reactions: Reactions) -> None:
        """As agents do."""


class TextAssistant:
    """Plays `ProactiveAssistText-v0` for N people.

    Args:
        agent: Decides.
    """

    def __init__(self, agent: Speaking) -> None:
        self.agent = agent
        self._begun = False
        self._met = False

    def begin(self, people: int = 1) -> None:
        """Lives begin; everyone is a stranger."""
        self.agent.begin(np.arange(people, dtype=np.uint64))
        self._begun, self._met = True, False

    def reply(self, observations: Sequence[str]) -> list[str]:
        """Text actions for everyone's observation, after learning from the last reaction.

        Raises:
            StepOrderError: Before `begin`.
            InvalidOptionError: An observation is none of the text face.
        """
        if not self._begun:
            raise StepOrderError("call begin first")
        told = [read_text(o) for o in observations]
        names = [f.name for f in fields(Seen)]
        seen = Seen(**{n: np.concatenate([getattr(t.seen, n) for t in told]) for n in names})
        if self._met:
            self.agent.observe(seen.reaction)
        else:
            profiles = [known_of(o) for o in observations]
            self.agent.meet(profiles[0][0], np.concatenate([known for _, known in profiles]))
            self._met = True
        situations = [t.situation for t in told]
        actions = self.agent.choose(seen, situations)
        return self._said(seen, situations, actions)

    def _said(self, seen: Seen, situations: list[str], actions: Actions) -> list[str]:
        spoken = np.flatnonzero(actions[:, 0] > 0)
        out = [format_text_action(TIMINGS[0])] * len(actions)
        if len(spoken):
            moments = moments_of(seen).take(spoken)
            model = self.agent.memory.model
            prompts = prompts_of(model, moments, [situations[i] for i in spoken])
            said = model.speak(prompts, actions[spoken].tolist())
            for i, words in zip(spoken, said, strict=True):
                out[i] = format_text_action(TIMINGS[actions[i, 0]], words)
        return out
