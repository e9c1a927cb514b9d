"""Section 2: choosing among ten behaviours in one moment, valued on the person's own answers."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.calibration.assess.knowledge import (
    demographic_columns,
    nested_ridge,
    situation_terms,
)
from proactive_gym.calibration.assess.panel import Panel
from proactive_gym.calibration.assess.scores import mean_interval
from proactive_gym.calibration.satisfaction import PENALTY
from proactive_gym.data.records import BEHAVIOURS

Array = NDArray[np.float64]

SILENT = 0
"""Position of silence in `BEHAVIOURS`."""


def choices(panel: Panel, worth: Array) -> dict[str, NDArray[np.intp]]:
    """The behaviour that each rung picks in each moment, (moments,).

    Args:
        panel: The people.
        worth: `ratings.out_of_sample_worth`.
    """
    count, answers = len(BEHAVIOURS), panel.by_moment
    person = panel.moment_person
    fixed = panel.predict(
        person,
        lambda train, test: np.full(test.sum(), answers[train].mean(axis=0).argmax(), float),
    )
    kept = panel.side.design[:, situation_terms()]
    rungs = {"situation": _situation(panel, kept)}
    for name, big5 in (("demographics", False), ("demographics and Big Five", True)):
        extra = demographic_columns(panel, panel.side.action, panel.side.person, big5)
        fold, target = panel.fold[panel.side.person], panel.stack.worth[: len(kept)]
        rungs[name] = nested_ridge(kept, extra, target, fold, PENALTY)
    rungs["survey (the model)"] = worth
    return {
        "always silent": np.full(len(answers), SILENT),
        "best fixed": fixed.astype(np.intp),
        **{name: w.reshape(-1, count).argmax(axis=1) for name, w in rungs.items()},
        "own best (optimistic)": answers.argmax(axis=1),
    }


def _situation(panel: Panel, kept: Array) -> Array:
    target = panel.stack.worth[: len(kept)]
    nothing = np.zeros((len(kept), 0))
    return nested_ridge(kept, nothing, target, panel.fold[panel.side.person], PENALTY)


def values(panel: Panel, chosen: NDArray[np.intp]) -> Array:
    """Reward (answer - 5) / 5 of what was chosen, (moments,)."""
    return (panel.by_moment[np.arange(len(chosen)), chosen] - 5) / 5


def assess_choice(panel: Panel, chosen: dict[str, NDArray[np.intp]]) -> dict[str, Any]:
    """Value, regret and how often the choice is (jointly) best: rung, group.

    `gain` is the paired difference in value to the rung before it.
    """
    person, best = panel.moment_person, panel.by_moment.max(axis=1)
    table: dict[str, Any] = {}
    before = None
    for name, choice in chosen.items():
        value = values(panel, choice)
        table[name] = {}
        for group, at in panel.groups(person).items():
            scores = {
                "value": value,
                "regret": (best - 5) / 5 - value,
                "best": (panel.by_moment[np.arange(len(choice)), choice] == best) * 1.0,
                **({} if before is None else {"gain": value - before}),
            }
            table[name][group] = {k: mean_interval(v[at], person[at]) for k, v in scores.items()}
        before = value
    return table


def silence_is_best(panel: Panel) -> dict[str, Any]:
    """How often silence is (jointly) best, by group."""
    best = (panel.by_moment[:, SILENT] == panel.by_moment.max(axis=1)) * 1.0
    person = panel.moment_person
    return {g: mean_interval(best[at], person[at]) for g, at in panel.groups(person).items()}
