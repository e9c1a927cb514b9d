"""What a text observation tells of the person, as the `profile` box would."""

import re
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.observation import encode_profile
from proactive_gym.errors import InvalidOptionError
from proactive_gym.personas.people import AGE_RANGE, CATEGORIES, People
from proactive_gym.vocabulary import CONDITIONS, DOMAINS, SURVEY_ITEMS

_PERSON = re.compile(r"^The person: aged (\d+)(?: or more)?; (.+)\.$", re.MULTILINE)
_COMFORT = re.compile(r"comfort with technology (\d) of 5")
_ANSWER = re.compile(r"^- (\d): ", re.MULTILINE)
_WELCOME = re.compile(r"^Welcome of unasked help, 1 to 7: (.+)\.$", re.MULTILINE)


def known_of(observation: str) -> tuple[str, NDArray[np.float32]]:
    """The profile view that a text observation has, and its box, (1, features).

    Raises:
        InvalidOptionError: What it says of the person does not have the form it should have.
    """
    person = _PERSON.search(observation)
    if person is None:
        return "none", np.zeros((1, 0), np.float32)
    try:
        told = _demographics(int(person[1]), person[2].split("; "))
        answers = _ANSWER.findall(observation)
        view = "survey" if answers else "demographics"
        if answers:
            told |= _answers(answers, cast(re.Match[str], _WELCOME.search(observation))[1])
    except (KeyError, IndexError, TypeError, ValueError) as error:
        raise InvalidOptionError(
            f"this does not tell of a person as observations do: {person[0]!r}"
        ) from error
    people = SimpleNamespace(**{name: np.array(values) for name, values in told.items()})
    return view, encode_profile(cast(People, people), view)


def _demographics(age: int, parts: list[str]) -> dict[str, Any]:
    *words, condition, comfort = parts
    names = [name for name in CATEGORIES if name != "condition"]
    codes = {n: [CATEGORIES[n].index(w)] for n, w in zip(names, words, strict=True)}
    healthy = condition == "no health condition"
    ill = next(i for i, name in enumerate(CONDITIONS) if name != "none")
    return {
        "age": [max(age, AGE_RANGE[0])],
        **codes,
        "condition": [CONDITIONS.index("none") if healthy else ill],
        "tech_comfort": [int(cast(re.Match[str], _COMFORT.fullmatch(comfort))[1])],
    }


def _answers(survey: list[str], welcome: str) -> dict[str, Any]:
    domains = dict(part.rsplit(" ", 1) for part in welcome.split(", "))
    if len(survey) != len(SURVEY_ITEMS):
        raise ValueError(f"{len(survey)} answers")
    return {
        "survey": [[int(a) for a in survey]],
        "domains": [[int(domains[d]) for d in DOMAINS]],
    }
