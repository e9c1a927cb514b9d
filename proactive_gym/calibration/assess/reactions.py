"""Section 3: the visible reaction, given what was felt and given what the model says is felt."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from proactive_gym.calibration import reactions
from proactive_gym.calibration.assess.panel import Mask, Panel
from proactive_gym.calibration.assess.ratings import rated
from proactive_gym.calibration.assess.scores import auc, log_loss, mean_interval, rounded
from proactive_gym.users.features import action_components
from proactive_gym.users.parameters import FELT, Parameters
from proactive_gym.users.reactions import SPOKEN_REACTIONS
from proactive_gym.vocabulary import ACTIVITIES, REACTIONS

Array = NDArray[np.float64]
Inputs = tuple[Array, Array]
"""Features of the spoken judgments and of the silent ones."""

DRAWS = 24
"""Sets of ratings drawn for each judgment."""
_SEED = 20261123
_WISH = REACTIONS.index("wish")


def draw_felt(panel: Panel, predictions: dict[str, dict[str, Array]], p: Parameters) -> Array:
    """Ratings of every judgment drawn from the out-of-sample model, (DRAWS, judgments, 4).

    The ratings of one moment err together, as the fitted correlations say.

    Args:
        panel: The people.
        predictions: `ratings.predict_ratings`.
        p: For the correlations alone.

    Returns:
        (rating - 3) / 2, 0 where silence leaves nothing to rate.
    """
    rng = np.random.Generator(np.random.PCG64(_SEED))
    silent = panel.judged.rows.silent
    z = rng.standard_normal((DRAWS, len(silent), len(FELT)))
    spoken = z @ np.linalg.cholesky(p.spoken_correlation).T
    quiet = z[..., :2] @ np.linalg.cholesky(p.silent_correlation).T
    quiet = np.concatenate([quiet, z[..., 2:]], axis=2)
    score = ndtr(np.where(silent[:, None], quiet, spoken))
    felt = np.zeros_like(score)
    for i, rating in enumerate(FELT):
        given = rated(panel, rating)
        below = np.cumsum(predictions[rating]["model"], axis=1)[:, :-1]
        level = (score[:, given, i, None] > below).sum(axis=2)
        felt[:, given, i] = (level - 2) / 2
    return felt


def predict_reactions(panel: Panel, drawn: Array) -> dict[str, Array]:
    """Probability of every reaction, (judgments, len(REACTIONS)), by what the predictor knows.

    Args:
        panel: The people.
        drawn: `draw_felt`.
    """
    judged, person = panel.judged, panel.judged.rows.person
    felt = (judged.spoken_inputs()[1], judged.silent_inputs()[1])
    guesses = [(judged.spoken_inputs(d)[1], judged.silent_inputs(d)[1]) for d in drawn]
    situation = _situation_inputs(panel)
    rungs: dict[str, Callable[[Mask], Array]] = {
        "majority": lambda train: _shares(panel, train),
        "situation": lambda train: _fitted(panel, train, situation, [situation]),
        "predicted ratings": lambda train: _fitted(panel, train, felt, guesses),
        "felt ratings": lambda train: _fitted(panel, train, felt, [felt]),
    }
    return {name: _predicted(panel, person, rung) for name, rung in rungs.items()}


def _predicted(panel: Panel, person: NDArray[np.int64], rung: Callable[[Mask], Array]) -> Array:
    return panel.predict(person, lambda train, test: rung(train)[test])


def _situation_inputs(panel: Panel) -> Inputs:
    rows, gains = panel.judged.rows, panel.judged.gains
    has = action_components()[tuple(rows.action.T)][:, 1:]
    activity = rows.situation.activity[:, None] == np.arange(len(ACTIVITIES))
    misfit = ~rows.situation.concerns[:, None]
    columns = np.column_stack([gains, gains[:, 0] ** 2, has, activity, misfit]) * 1.0
    return columns[~rows.silent], columns[rows.silent]


def _shares(panel: Panel, train: Mask) -> Array:
    code = np.array([REACTIONS.index(r) for r in panel.judged.reaction])
    silent = panel.judged.rows.silent
    out = np.zeros((len(code), len(REACTIONS)))
    for kind in (silent, ~silent):
        counts = np.bincount(code[train & kind], minlength=len(REACTIONS))
        out[kind] = counts / counts.sum()
    return out


def _fitted(panel: Panel, train: Mask, inputs: Inputs, guesses: list[Inputs]) -> Array:
    """Fit as shipped on `inputs`; average the probabilities over `guesses` of the inputs."""
    silent, acts = panel.judged.rows.silent, panel.judged.rows.acts
    reaction = panel.judged.reaction
    spoken = np.array([SPOKEN_REACTIONS.index(r) for r in reaction[~silent]])
    seen, wished = train[~silent], reaction[silent] == "wish"
    softmax = reactions.fit_spoken(inputs[0][seen], spoken[seen])
    weights, intercept = reactions.fit_wish(inputs[1][train[silent]], wished[train[silent]])
    out = np.zeros((len(silent), len(REACTIONS)))
    for said, unsaid in guesses:
        out[~silent, 2:] += reactions.spoken_probability(said, *softmax, acts[~silent])
        chance = expit(unsaid @ weights + intercept)
        out[silent, :2] += np.column_stack([1 - chance, chance])
    return out / len(guesses)


def assess_reactions(panel: Panel, predictions: dict[str, Array]) -> dict[str, Any]:
    """Scores of `predict_reactions`: after speaking and after silence, predictor, group."""
    code = np.array([REACTIONS.index(r) for r in panel.judged.reaction])
    silent, person = panel.judged.rows.silent, panel.judged.rows.person
    table: dict[str, Any] = {"spoken": {}, "silent": {}}
    for name, probability in predictions.items():
        of: dict[str, dict[str, Any]] = {"spoken": {}, "silent": {}}
        for group, at in panel.groups(person).items():
            said, unsaid = at & ~silent, at & silent
            of["spoken"][group] = _accuracy(probability[said], code[said], person[said])
            of["silent"][group] = _accuracy(probability[unsaid], code[unsaid], person[unsaid])
            if name != "majority":
                found = auc(probability[unsaid, _WISH], code[unsaid] == _WISH)
                of["silent"][group]["auc"] = rounded(found)
        for kind in table:
            table[kind][name] = of[kind]
    return table


def _accuracy(
    probability: Array, code: NDArray[np.integer], person: NDArray[np.int64]
) -> dict[str, Any]:
    return {
        "accuracy": mean_interval((probability.argmax(axis=1) == code) * 1.0, person),
        "log_loss": mean_interval(log_loss(probability, code), person),
    }


def confusion(panel: Panel, probability: Array) -> dict[str, Any]:
    """Observed by predicted spoken reactions, counts of the cross-validated people.

    `shares` compares how often each reaction occurs with how often the model gives it.
    """
    group = next(iter(panel.groups(panel.judged.rows.person).values()))
    at = group & ~panel.judged.rows.silent
    code = np.array([REACTIONS.index(r) - 2 for r in panel.judged.reaction[at]])
    counts = np.zeros((len(SPOKEN_REACTIONS),) * 2, int)
    np.add.at(counts, (code, probability[at, 2:].argmax(axis=1)), 1)
    observed = np.bincount(code, minlength=len(SPOKEN_REACTIONS)) / len(code)
    return {
        "labels": list(SPOKEN_REACTIONS),
        "counts": counts.tolist(),
        "shares": {
            "observed": [rounded(v) for v in observed],
            "model": [rounded(v) for v in probability[at, 2:].mean(axis=0)],
        },
    }
