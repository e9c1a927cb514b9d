"""What happens to people: their days, and what an assistant notices in them.

Build `Routines.of(people)` once, then compose any sessions with `compose_sessions`.
"""

from proactive_gym.world.assumptions import WorldAssumptions
from proactive_gym.world.routines import Routines
from proactive_gym.world.scenarios import Scenario, ScenarioTable, load_scenarios
from proactive_gym.world.sessions import Moments, compose_sessions
from proactive_gym.world.words import clock_in_words, moment_in_words, situation_in_words

__all__ = [
    "Moments",
    "Routines",
    "Scenario",
    "ScenarioTable",
    "WorldAssumptions",
    "clock_in_words",
    "compose_sessions",
    "load_scenarios",
    "moment_in_words",
    "situation_in_words",
]
