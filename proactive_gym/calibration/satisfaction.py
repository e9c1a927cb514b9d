"""Satisfaction: one linear predictor from alternatives and judgments, and how people deviate.

The answer y in 0..10 is taken as the rounded, bounded reading of a latent worth:
y = round(11 logistic(worth) - 1/2), so the empirical logit log((y + 1/2) / (10 + 1/2 - y))
estimates the worth, with a noise that is about the same at the scale's ends and middle.

Side-by-side alternatives and single judgments are stacked, each weighted by the inverse of its
residual variance, with a few source effects (people rate somewhat differently when they see one
behaviour only) that the simulator leaves out. Variances of the person-level deviations come from
restricted maximum likelihood on the alternatives (statsmodels `MixedLM`), where ten behaviours of
one moment identify what single ratings cannot.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from sklearn.linear_model import Ridge
from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

from proactive_gym.calibration.tables import Rows, deviation_columns
from proactive_gym.users.deviations import FACETS, SLOPES
from proactive_gym.users.features import COMPONENTS, action_components
from proactive_gym.users.latent import worth_of_answer

Array = NDArray[np.float64]

PENALTY = 3.0
"""Ridge penalty; the cross-validated fit does not move by 0.001 between 0.01 and 10."""
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
        np.vstack([np.column_stack([alternatives.design, padding]), np.column_stack([judged.design, own])]),
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


def _blocks(rows: Rows) -> dict[str, tuple[Array, list[str]]]:
    """Design of every variance component: (n, k) and the names of its columns."""
    columns = deviation_columns(rows)
    blocks = {
        facet: (columns[:, at], [f"{facet}#{i}" for i in at])
        for facet in FACETS
        for at in [[i for i, s in enumerate(SLOPES) if s.facet == facet]]
    }
    member = {"silent": rows.silent, "speak": ~rows.silent, "act": rows.acts}
    for name in MOMENT_NOISE:
        blocks[f"moment {name}"] = (member[name][:, None] * 1.0, [])
    return blocks


def _vc_spec(rows: Rows, people: Sequence[int]) -> VCSpec:
    names, matrices, labels = [], [], []
    for name, (columns, own) in _blocks(rows).items():
        per_person, per_person_labels = [], []
        for i in people:
            at = np.flatnonzero(rows.person == i)
            block, block_labels = columns[at], list(own)
            if not own:
                moments = np.unique(rows.moment[at])
                block = (rows.moment[at][:, None] == moments) * block
                block_labels = [f"{name}#{m}" for m in moments]
            used = np.flatnonzero(np.abs(block).sum(axis=0))
            per_person.append(block[:, used])
            per_person_labels.append([block_labels[k] for k in used])
        names.append(name)
        matrices.append(per_person)
        labels.append(per_person_labels)
    return VCSpec(names, labels, matrices)


def fit_deviations(rows: Rows, answers: Array, people: int) -> Deviations:
    """Variance components by restricted maximum likelihood.

    Args:
        rows: Alternatives.
        answers: Satisfaction 0-10 of each row.
        people: How many people there are; row persons are positions below it.
    """
    basis, triangle = np.linalg.qr(rows.design)
    fixed = basis[:, np.abs(np.diag(triangle)) > 1e-6] * np.sqrt(len(basis))
    present = np.unique(rows.person)
    spec = _vc_spec(rows, present)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a variance at zero is a result; it is reported as one
        model = MixedLM(worth_of_answer(answers), fixed, rows.person, exog_vc=spec)
        result = model.fit(reml=True, method=["lbfgs"], maxiter=200)
        variance = np.asarray(result.vcomp)
        error = np.asarray(result.bse)[-len(variance) :] * result.scale
        effects = result.random_effects
    of = dict(zip(spec.names, variance, strict=True))
    half = dict(zip(spec.names, 1.96 * np.nan_to_num(error, nan=np.inf), strict=True))
    residual = float(result.scale)
    predicted = np.zeros((people, len(SLOPES)))
    position = {f"{s.facet}#{i}": i for i, s in enumerate(SLOPES)}
    for person, values in effects.items():
        for label, value in values.items():
            slope = position.get(_plain(str(label)))
            if slope is not None:
                predicted[int(person), slope] = value
    return Deviations(
        sd={f: float(np.sqrt(of[f])) for f in FACETS},
        sd_low={f: float(np.sqrt(max(0.0, of[f] - half[f]))) for f in FACETS},
        sd_high={f: float(np.sqrt(of[f] + half[f])) for f in FACETS},
        noise_sd={
            "silent": float(np.sqrt(residual + of["moment silent"])),
            "spoken": float(np.sqrt(residual + of["moment speak"])),
            "act": float(np.sqrt(residual + of["moment speak"] + of["moment act"])),
        },
        residual_sd=float(np.sqrt(residual)),
        predicted=predicted,
        converged=bool(result.converged),
    )


def _plain(label: str) -> str:
    """statsmodels writes an effect's label as "facet[facet#3]"."""
    return label.split("[")[-1].rstrip("]")

