import json
from pathlib import Path

import pytest

from proactive_gym.data.records import load_splits
from proactive_gym.language.quality import Message, written_messages
from proactive_gym.language.reader import Reader
from proactive_gym.world.scenarios import Scenario, load_scenarios

REPORT = Path(__file__).parents[2] / "docs" / "calibration" / "language.json"


@pytest.fixture(scope="session")
def reader() -> Reader:
    return Reader.load()


@pytest.fixture(scope="session")
def scenarios() -> tuple[Scenario, ...]:
    return load_scenarios()


@pytest.fixture(scope="session")
def unseen_messages(scenarios: tuple[Scenario, ...]) -> list[Message]:
    unseen = set(load_splits().scenarios_unseen)
    return written_messages(scenarios, [i for i, s in enumerate(scenarios) if s.id in unseen])


@pytest.fixture(scope="session")
def report() -> dict:
    return json.loads(REPORT.read_text(encoding="utf-8"))
