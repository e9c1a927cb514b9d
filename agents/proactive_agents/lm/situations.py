"""The situations that language models are trained on.

They are the scenarios that training may use and 838 more, written for this purpose. Each has
sixteen messages: four degrees of autonomy, brief or detailed, casual or formal. None of them is
one of the scenarios that are kept back (`scenarios_unseen`), nor close to one.
"""

from functools import cache
from pathlib import Path

from proactive_gym.data.records import load_splits
from proactive_gym.world.scenarios import Scenario, ScenarioTable, load_scenarios

PATH = Path(__file__).with_name("situations.jsonl")


@cache
def training_situations() -> tuple[Scenario, ...]:
    """All of them, the packaged scenarios first.

    Raises:
        DataError: A packaged file is broken.
    """
    seen = frozenset(load_splits().scenarios_seen)
    return (*(s for s in load_scenarios() if s.id in seen), *load_scenarios(PATH))


@cache
def training_table() -> ScenarioTable:
    """`training_situations` as arrays, all of them free for training."""
    situations = training_situations()
    return ScenarioTable.of(situations, frozenset(s.id for s in situations))
