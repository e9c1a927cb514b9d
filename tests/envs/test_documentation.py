"""The class docstring is the documentation page: its tables must be true."""

import inspect
import re
from dataclasses import fields
from typing import Any

import numpy as np
import pytest
from gymnasium import spaces

from proactive_gym.envs.face import RENDER_MODES
from proactive_gym.envs.observation import ACTION_SPACE
from proactive_gym.envs.options import LONGEST, Options
from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.users import Parameters, UserAssumptions
from proactive_gym.vocabulary import AUTONOMY, TIMINGS, TONES, VERBOSITY
from proactive_gym.world import WorldAssumptions

PAGE = inspect.getdoc(ProactiveAssistEnv) or ""
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))
NAMES = {
    "UserAssumptions": UserAssumptions,
    "WorldAssumptions": WorldAssumptions,
    "Parameters": Parameters,
}


def table(section: str) -> list[list[str]]:
    """The rows of a section's first table, without head and rule."""
    return tables(section)[0]


def tables(section: str) -> list[list[list[str]]]:
    """The rows of each of a section's tables, without heads and rules."""
    found = re.findall(r"(?:^\|.*\n)+", SECTIONS[section], re.MULTILINE)
    return [
        [[cell.strip() for cell in line.strip("|").split("|")] for line in lines.splitlines()[2:]]
        for lines in found
    ]


def test_sections_stand_in_gymnasiums_order() -> None:
    assert list(SECTIONS) == [
        "Description",
        "Action Space",
        "Observation Space",
        "Rewards",
        "Starting State",
        "Episode End",
        "Information",
        "Arguments",
        "Errors",
        "Version History",
    ]


def test_the_action_space_is_as_documented(env: ProactiveAssistEnv) -> None:
    words = (TIMINGS, AUTONOMY, VERBOSITY, TONES)
    listed = [", ".join(f"{i} {word}" for i, word in enumerate(part)) for part in words]
    expected = [
        [str(i), name, values]
        for i, (name, values) in enumerate(
            zip(("timing", "autonomy", "verbosity", "tone"), listed, strict=True)
        )
    ]
    assert table("Action Space") == expected
    assert (
        f"`MultiDiscrete([{', '.join(map(str, ACTION_SPACE.nvec))}])`" in SECTIONS["Action Space"]
    )
    assert env.action_space == ACTION_SPACE == spaces.MultiDiscrete([len(w) for w in words])


@pytest.mark.parametrize("history", ["last", "counts"])
@pytest.mark.parametrize("profile", ["none", "demographics", "survey"])
def test_the_observation_space_is_as_documented(short: dict, history: str, profile: str) -> None:
    env = ProactiveAssistEnv(**short | {"history": history, "profile": profile})
    present = ("always", f'`history="{history}"`', f'`profile="{profile}"`')
    expected = {
        key.strip("`"): (shape, float(low), float(high))
        for key, shape, low, high, when in table("Observation Space")
        if when in present
    }
    space = env.observation_space
    assert isinstance(space, spaces.Dict)
    live = {}
    for key, box in space.items():
        assert isinstance(box, spaces.Box)
        assert box.dtype == np.float32
        live[key] = (str(box.shape), float(box.low.min()), float(box.high.max()))
    assert live == expected


def test_the_indices_of_each_box_are_documented_without_gap_or_overlap() -> None:
    env = ProactiveAssistEnv(profile="survey", history="counts")
    told: dict[str, list[int]] = {}
    for key, indices, _ in tables("Observation Space")[1]:
        first, _, last = indices.partition("-")
        told.setdefault(key.strip("`"), []).extend(range(int(first), int(last or first) + 1))
    assert told == {key: list(range(box.shape[0])) for key, box in env.observation_space.items()}


def test_what_the_person_felt_stays_in_the_documented_ranges(env: ProactiveAssistEnv) -> None:
    told = {(entry.strip("`"), key.strip("`")): v for entry, key, v, _ in table("Information")}
    seen = set()
    for seed in range(40):
        env.reset(seed=seed)
        env.action_space.seed(seed)
        for _ in range(3):
            info = env.step(env.action_space.sample())[4]
            for entry in {"truth", "questionnaire"} & set(info):
                for key, value in info[entry].items():
                    seen.add((entry, key))
                    check_range(told[entry, key], value, key in ("autonomy", "style"))
    assert seen == set(told)


def check_range(told: str, value: Any, unsaid: bool) -> None:
    """See that a value is what its cell says; `unsaid`: it is 0 after silence."""
    if told == "bool":
        assert type(value) is bool
    elif value or not unsaid:
        low, high = map(int, told.split("-"))
        assert low <= value <= high


def test_errors_are_documented_with_their_names() -> None:
    from proactive_gym import errors

    for name, *_ in table("Errors"):
        assert issubclass(getattr(errors, name.strip("`")), errors.ProactiveGymError)


def value_of(cell: str) -> Any:
    """The default that a table's cell shows."""
    return eval(cell.strip("`"), {"__builtins__": {}}, NAMES)


def test_arguments_and_defaults_are_as_documented(env: ProactiveAssistEnv) -> None:
    documented = {row[0].strip("`"): value_of(row[1]) for row in table("Arguments")}
    live = {f.name: getattr(Options(), f.name) for f in fields(Options)}
    live |= {"drift": UserAssumptions().drift, "heterogeneity": UserAssumptions().heterogeneity}
    live |= {"render_mode": inspect.signature(ProactiveAssistEnv).parameters["render_mode"].default}
    assert documented == live
    assert [type(v) for v in documented.values()] == [type(live[k]) for k in documented]


def test_the_words_of_the_options_are_documented() -> None:
    from proactive_gym.envs import options

    choices = (options.PROFILES, options.HISTORIES, options.SCENARIO_SETS, options.DEVIATIONS)
    for word in [word for words in (*choices, RENDER_MODES) for word in words]:
        assert f'"{word}"' in SECTIONS["Arguments"]
    assert f"{LONGEST:,}" in SECTIONS["Arguments"]


def test_the_information_is_as_documented(env: ProactiveAssistEnv) -> None:
    env.reset(seed=0)
    for _ in range(3):
        info = env.step([1, 0, 0, 0])[4]
    text = SECTIONS["Information"] + SECTIONS["Rewards"]
    inner = {name for value in info.values() if isinstance(value, dict) for name in value}
    for name in {*info, *inner}:
        assert f"`{name}`" in text
    assert set(re.findall(r"^- `(\w+)`", SECTIONS["Information"], re.MULTILINE)) == set(info)
