"""Satisfaction: one linear predictor from alternatives and judgments, and how people deviate.

The answer y in 0..10 is taken as the rounded, bounded reading of a latent worth:
y = round(11 logistic(worth) - 1/2), so the empirical logit log((y + 1/2) / (10 + 1/2 - y))
estimates the worth, with a noise that is about the same at the scale's ends and middle.

Side-by-side alternatives and single judgments are stacked, each weighted by the inverse of its
residual variance, with a few source effects (people rate somewhat differently when they see one
behaviour only) that the simulator leaves out. Variances of the person-level deviations come from
restricted maximum likelihood on the alternatives (`reml`), where ten behaviours of one moment
identify what single ratings cannot.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge

from proactive_gym.calibration import reml
from proactive_gym.calibration.tables import Rows, deviation_columns
from proactive_gym.errors import DataError
from proactive_gym.users.deviations import FACETS, SLOPES
from proactive_gym.users.features import COMPONENTS, action_components
from proactive_gym.users.latent import worth_of_answer

Array = NDArray[np.float64]

PENALTY = 3.0
"""Ridge penalty; the residual variance on other people moves by less than 1 % from 0.01 to 10."""
JUDGMENT_WEIGHT = 0.28
"""Residual variance of the alternatives' worth over the judgments' (0.36 / 1.29)."""
MOMENT_NOISE = ("silent", "speak", "act")
"""Behaviours of one moment share noise: of silence, of speaking, and of acting unasked."""
SOURCE_TERMS = ("silent", "now", "hold", "suggest", "ask", "act", "detailed", "formal")


def source_columns(rows: Rows) -> Array:
    """What single judgments may have of their own: a shift a component, and of four slopes."""
    has = action_components()[tuple(rows.action.T)]
    shifts = has[:, [COMPONENTS.index(c) for c in SOURCE_TERMS]]
    benefit, urgency = rows.situation.benefit / 2.5 - 1, (rows.situation.urgency - 3) / 2
    silent = rows.silent * 1.0
    slopes = [silent * benefit, silent * urgency, (1 - silent) * benefit, (1 - silent) * urgency]
    return np.column_stack([shifts, *slopes])


def relationship_columns(rows: Rows, trust: Array, r3: Array) -> Array:
    """Columns of `parameters.RELATIONSHIP`.

    Args:
        rows: n rows.
        trust: (n,), (trust - 4) / 2.
        r3: (n,), the answer to R3, (answer - 4) / 2.
    """
    acts, silent = rows.acts * 1.0, rows.silent * 1.0
    return np.column_stack([trust * silent, trust * (1 - silent), trust * acts, trust * acts * r3])


@dataclass(frozen=True, eq=False)
class Stack:
    """Both sources as one regression."""

    design: Array
    worth: Array
    weight: Array
    person: NDArray[np.int64]
    alternatives: int
    """How many leading rows are alternatives."""

    def fit(self, rows: NDArray[np.bool_] | None = None) -> Array:
        """Weighted ridge coefficients: terms, then source effects, then relationship."""
        keep = np.ones(len(self.worth), bool) if rows is None else rows
        model = Ridge(PENALTY, fit_intercept=False)
        model.fit(self.design[keep], self.worth[keep], sample_weight=self.weight[keep])
        return np.asarray(model.coef_)


def stack(
    alternatives: Rows, alternative_answers: Array, judged: Rows, answers: Array, relation: Array
) -> Stack:
    """Stack the sources.

    Args:
        alternatives: Rows judged side by side.
        alternative_answers: Their satisfaction, 0-10.
        judged: Rows judged alone.
        answers: Their satisfaction, 1-5.
        relation: `relationship_columns` of the judged rows.
    """
    own = np.column_stack([source_columns(judged), relation])
    padding = np.zeros((len(alternatives.design), own.shape[1]))
    worth = [worth_of_answer(alternative_answers), worth_of_answer(2.5 * (answers - 1))]
    weights = [np.ones(len(padding)), np.full(len(own), JUDGMENT_WEIGHT)]
    return Stack(
        np.vstack(
            [np.column_stack([alternatives.design, padding]), np.column_stack([judged.design, own])]
        ),
        np.concatenate(worth),
        np.concatenate(weights),
        np.concatenate([alternatives.person, judged.person]),
        len(padding),
    )


@dataclass(frozen=True, eq=False)
class Deviations:
    """Estimated spread of people around the survey's prediction.

    Attributes:
        sd: Standard deviation by facet, in units of worth.
        sd_low: Lower end of the 95 % Wald interval on the variance, as a standard deviation.
        sd_high: Its upper end.
        noise_sd: Residual noise of one rating: silent, spoken, acting.
        residual_sd: The part of that noise that is not shared by behaviours of one moment.
        predicted: (people, len(SLOPES)), each judged person's best linear unbiased prediction.
        converged: Whether the optimiser says so.
    """

    sd: dict[str, float]
    sd_low: dict[str, float]
    sd_high: dict[str, float]
    noise_sd: dict[str, float]
    residual_sd: float
    predicted: Array
    converged: bool


def _problem(rows: Rows, worth: Array) -> reml.Problem:
    """The alternatives by person, with a column for every deviation and every moment's noise."""
    basis, triangle = np.linalg.qr(rows.design)
    fixed = basis[:, np.abs(np.diag(triangle)) > 1e-6] * np.sqrt(len(basis))
    _, counts = np.unique(rows.person, return_counts=True)
    if np.ptp(counts):
        raise DataError("each person must have rated equally many alternatives")
    people, each = len(counts), int(counts[0])
    order = np.argsort(rows.person, kind="stable")

    def by_person(columns: NDArray) -> Array:
        return columns[order].reshape(people, each, -1)

    nth = np.array([np.unique(m, return_inverse=True)[1] for m in by_person(rows.moment)[..., 0]])
    moments = nth[..., None] == np.arange(nth.max() + 1)
    member = {"silent": rows.silent, "speak": ~rows.silent, "act": rows.acts}
    noise = [by_person(member[name]) * moments for name in MOMENT_NOISE]
    facet = [FACETS.index(s.facet) for s in SLOPES]
    shared = np.repeat(np.arange(len(MOMENT_NOISE)), moments.shape[2]) + len(FACETS)
    return reml.Problem(
        by_person(worth)[..., 0],
        by_person(fixed),
        np.concatenate([by_person(deviation_columns(rows)), *noise], axis=2),
        np.r_[facet, shared],
    )


def fit_deviations(rows: Rows, answers: Array, people: int) -> Deviations:
    """Variance components by restricted maximum likelihood.

    Args:
        rows: Alternatives.
        answers: Satisfaction 0-10 of each row.
        people: How many people there are; row persons are positions below it.

    Raises:
        DataError: People rated unequally many alternatives.
    """
    solution = reml.solve(_problem(rows, worth_of_answer(answers)))
    variance, half = solution.state.variance, 1.96 * solution.error
    names = (*FACETS, *(f"moment {name}" for name in MOMENT_NOISE))
    of = dict(zip(names, variance, strict=False))
    low = dict(zip(names, np.maximum(0.0, variance - half), strict=False))
    high = dict(zip(names, variance + half, strict=False))
    residual = float(variance[-1])
    predicted = np.zeros((people, len(SLOPES)))
    predicted[np.unique(rows.person)] = solution.state.effects()[:, : len(SLOPES)]
    return Deviations(
        sd={f: float(np.sqrt(of[f])) for f in FACETS},
        sd_low={f: float(np.sqrt(low[f])) for f in FACETS},
        sd_high={f: float(np.sqrt(high[f])) for f in FACETS},
        noise_sd={
            "silent": float(np.sqrt(residual + of["moment silent"])),
            "spoken": float(np.sqrt(residual + of["moment speak"])),
            "act": float(np.sqrt(residual + of["moment speak"] + of["moment act"])),
        },
        residual_sd=float(np.sqrt(residual)),
        predicted=predicted,
        converged=solution.converged,
    )
