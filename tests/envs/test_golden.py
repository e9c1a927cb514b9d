"""Lives as they were: any change of a number that users see is noticed here.

When a change is meant, write the file anew and say in the commit why the numbers moved:

    PROACTIVE_GYM_UPDATE_GOLDEN=1 python -m pytest tests/envs/test_golden.py

A change that can move a score also calls for a new version of the environment's id, once there has
been a release.
"""

import json
import os
import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np
import pytest

from proactive_gym.vocabulary import REACTIONS

FILE = Path(__file__).parent / "golden" / "ProactiveAssist-v0.json"
UPDATE = "PROACTIVE_GYM_UPDATE_GOLDEN"
LIVES: dict[str, dict[str, Any]] = {
    "defaults": {},
    "everything else": {
        "people": "validation",
        "sessions": 5,
        "points": 10,
        "profile": "survey",
        "history": "counts",
        "scenarios": "seen",
        "deviations": "frozen",
        "drift": 0.3,
        "heterogeneity": 1.5,
    },
}
SEED = 2026


def made_with() -> dict[str, str]:
    packages = ("numpy", "scipy", "gymnasium")
    return {"python": platform.python_version(), **{name: version(name) for name in packages}}


def life(options: dict[str, Any]) -> dict[str, Any]:
    """One episode of a fixed policy: what happened, and sums of what was seen."""
    env = gym.make("ProactiveAssist-v0", **options)
    observation, info = env.reset(seed=SEED)
    first = {name: [round(float(x), 4) for x in row] for name, row in observation.items()}
    rewards, reactions, answers, seen = [], [], [], [sums(observation)]
    truncated, step = False, 0
    while not truncated:
        action = [step % 3, step // 3 % 4, step % 2, step // 2 % 2]
        observation, reward, _, truncated, info = env.step(action)
        rewards.append(round(float(reward), 6))
        reactions.append(REACTIONS[observation["last"][: len(REACTIONS)].argmax()])
        seen.append(sums(observation))
        if "questionnaire" in info:
            answers.append({k: round(v, 4) for k, v in info["questionnaire"].items()})
        step += 1
    return {
        "persona": info["persona"],
        "return": round(sum(rewards), 6),
        "rewards": rewards,
        "reactions": reactions,
        "questionnaires": answers,
        "first observation": first,
        "sums of observations": seen[:20],
    }


def sums(observation: dict[str, np.ndarray]) -> list[float]:
    return [round(float(observation[name].sum(dtype=float)), 3) for name in sorted(observation)]


def test_the_file_is_there_and_says_what_made_it() -> None:
    if os.environ.get(UPDATE):
        lives = {name: life(options) for name, options in LIVES.items()}
        told = {"made with": made_with(), "seed": SEED, "lives": lives}
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(compact(told) + "\n", encoding="utf-8")
    golden = json.loads(FILE.read_text(encoding="utf-8"))
    assert golden["made with"].keys() == made_with().keys()
    assert golden["seed"] == SEED
    assert golden["lives"].keys() == LIVES.keys()


@pytest.mark.parametrize("name", LIVES)
def test_a_life_is_as_it_was(name: str) -> None:
    golden = json.loads(FILE.read_text(encoding="utf-8"))["lives"][name]
    now = life(LIVES[name])
    assert now.keys() == golden.keys()
    for part in ("persona", "rewards", "reactions"):
        assert now[part] == golden[part], part
    for part in ("return", "questionnaires", "first observation", "sums of observations"):
        assert flat(now[part]) == pytest.approx(flat(golden[part]), abs=2e-3), part


def flat(value: Any) -> list[float]:
    if isinstance(value, dict):
        return flat([value[key] for key in sorted(value)])
    return [x for item in value for x in flat(item)] if isinstance(value, list) else [value]


def compact(value: Any) -> str:
    """JSON with each list of numbers or words on one line."""
    text = json.dumps(value, indent=1)
    return re.sub(r"\[[^\[\]{}]*\]", lambda found: " ".join(found[0].split()), text)
