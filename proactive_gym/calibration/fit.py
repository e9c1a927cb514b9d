"""Fit every model of the simulated people on one body of evidence.

`fit` is a pure function of the evidence, so that a bootstrap sample of people gives a whole other
simulator. Reports and plots are in `report`.
"""

import platform
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from proactive_gym.calibration import ratings, reactions, satisfaction, trust
from proactive_gym.calibration.tables import (
    Evidence,
    Rows,
    alternative_rows,
    deviation_columns,
    judged_rows,
)
from proactive_gym.users.features import RATING_COMPONENTS
from proactive_gym.users.latent import worth_of_answer
from proactive_gym.users.parameters import NOISES, Parameters, Rating
from proactive_gym.users.reactions import (
    SPOKEN_REACTIONS,
    reacting_items,
    spoken_features,
    wish_features,
)
from proactive_gym.vocabulary import AUTONOMY, SURVEY_ITEMS, TIMINGS

Array = NDArray[np.float64]

TRUST_OF_STAGE = {"new": 4.3, "good": 5.0, "bad_timing": 2.5, "bad_autonomy": 2.5, "trusted": 6.0}
"""The judgments name a stage of the relationship, not its trust. New is the diaries' mean before
the first day; the others are an assumption, in which only the order is beyond doubt."""


@dataclass(frozen=True, eq=False)
class Judged:
    """The judgments' rows and answers as the fits use them.

    Attributes:
        rows: n judged rows.
        relation: (n, 4), `relationship_columns`.
        trust: (n,), (trust - 4) / 2.
        answers: By rating, (n,), 1-5, NaN where silence leaves nothing to rate.
        reaction: (n,), codes.
        items: (n, len(reactions.ITEMS)).
    """

    rows: Rows
    relation: Array
    trust: Array
    answers: dict[str, Array]
    reaction: NDArray[np.str_]
    items: Array

    @classmethod
    def of(cls, evidence: Evidence) -> "Judged":
        """Code the judgments of `evidence`."""
        rows, records = judged_rows(evidence), evidence.judgments
        level = (np.array([TRUST_OF_STAGE[j.stage] for j in records]) - 4) / 2
        survey = (evidence.people.survey - 4) / 2
        r3 = survey[rows.person, SURVEY_ITEMS.index("R3")]
        answers = {
            name: np.array([getattr(j.ratings, name) or np.nan for j in records], float)
            for name in ("satisfaction", *RATING_COMPONENTS)
        }
        return cls(
            rows,
            satisfaction.relationship_columns(rows, level, r3),
            level,
            answers,
            np.array([j.reaction for j in records]),
            reacting_items(survey)[rows.person],
        )

    @property
    def felt(self) -> Array:
        """(n, 4), (rating - 3) / 2, 0 where there is none."""
        return np.column_stack([(np.nan_to_num(a, nan=3.0) - 3) / 2 for a in self.answers.values()])

    @property
    def gains(self) -> Array:
        """(n, 3), scaled benefit, urgency and stakes."""
        s = self.rows.situation
        return np.column_stack([s.benefit / 2.5 - 1, (s.urgency - 3) / 2, (s.stakes - 3) / 2])

    def spoken_inputs(self, felt: Array | None = None) -> tuple[NDArray[np.bool_], Array]:
        """Which rows were spoken, and their reaction features."""
        at = ~self.rows.silent
        felt = self.felt if felt is None else felt
        timing, autonomy = self.rows.action[at, 0], self.rows.action[at, 1]
        asks = autonomy == AUTONOMY.index("ask")
        flags = np.array([timing == TIMINGS.index("hold"), asks, self.rows.acts[at]])
        inputs = (felt[at].T, flags, self.gains[at].T)
        return at, spoken_features(*inputs, self.trust[at], self.items[at].T).T

    def silent_inputs(self, felt: Array | None = None) -> tuple[NDArray[np.bool_], Array]:
        """Which rows were silent, and their wish features."""
        at = self.rows.silent
        felt = self.felt if felt is None else felt
        return at, wish_features(felt[at].T, self.gains[at].T, self.items[at].T).T


@dataclass(frozen=True, eq=False)
class Fitted:
    """Parameters and what the report needs beside them."""

    parameters: Parameters
    deviations: satisfaction.Deviations
    trust: trust.TrustFit
    ratings: dict[str, ratings.RatingFit]
    stack: satisfaction.Stack


def fit(evidence: Evidence, provenance: dict[str, Any]) -> Fitted:
    """Fit all models.

    Args:
        evidence: Judged people with their judgments, alternatives and diaries.
        provenance: What to record beside the numbers.
    """
    judged = Judged.of(evidence)
    side_by_side, answers = alternative_rows(evidence)
    stack = satisfaction.stack(
        side_by_side, answers, judged.rows, judged.answers["satisfaction"], judged.relation
    )
    coefficients = stack.fit()
    terms = side_by_side.design.shape[1]
    spread = satisfaction.fit_deviations(side_by_side, answers, len(evidence.people))
    rated = {name: _fit_rating(name, judged, spread) for name in RATING_COMPONENTS}
    correlation = _noise_correlation(judged, stack, coefficients, rated, spread)
    rewards = trust.event_rewards(evidence, coefficients[:terms], spread.noise_sd)
    trusted = trust.fit_trust(evidence, rewards)
    spoken, features = judged.spoken_inputs()
    reaction = np.array([SPOKEN_REACTIONS.index(r) for r in judged.reaction[spoken]])
    weights, intercept = reactions.fit_spoken(features, reaction)
    silent, wish_inputs = judged.silent_inputs()
    wish, wish_intercept = reactions.fit_wish(wish_inputs, judged.reaction[silent] == "wish")
    parameters = Parameters(
        satisfaction=coefficients[:terms],
        relationship=coefficients[-judged.relation.shape[1] :],
        noise_sd=np.array([spread.noise_sd[n] for n in NOISES]),
        deviation_sd=np.array(list(spread.sd.values())),
        ratings={
            n: Rating(f.coefficients, f.relationship, f.loading, f.thresholds)
            for n, f in rated.items()
        },
        silent_correlation=correlation[0],
        spoken_correlation=correlation[1],
        spoken=weights,
        spoken_intercept=intercept,
        wish=wish,
        wish_intercept=wish_intercept,
        trust=trusted.coefficients,
        trust_start=(trusted.start_mean, trusted.start_sd),
        switch_off=np.array([trusted.off_intercept, trusted.off_trust, trusted.off_r2]),
        provenance={**provenance, **_versions(), "people": len(evidence.people)},
    )
    return Fitted(parameters, spread, trusted, rated, stack)


def _fit_rating(name: str, judged: Judged, spread: satisfaction.Deviations) -> ratings.RatingFit:
    given = ~np.isnan(judged.answers[name])
    rows = judged.rows.select(given)
    deviation = ratings.deviation_of_rows(rows, spread.predicted, name)
    return ratings.fit_rating(
        name, rows, judged.relation[given], deviation, judged.answers[name][given]
    )


def _noise_correlation(
    judged: Judged,
    stack: satisfaction.Stack,
    coefficients: Array,
    rated: dict[str, ratings.RatingFit],
    spread: satisfaction.Deviations,
) -> tuple[Array, Array]:
    """How the ratings of one moment err together: after silence (2, 2), after words (4, 4).

    An ordinal answer's residual is its normal score: the quantile at the middle of the
    probability that the model gives to the answer.
    """
    at = slice(stack.alternatives, None)
    satisfied = worth_of_answer(2.5 * (judged.answers["satisfaction"] - 1))
    own = (deviation_columns(judged.rows) * spread.predicted[judged.rows.person]).sum(axis=1)
    scores = [satisfied - stack.design[at] @ coefficients - own]
    for name, fitted in rated.items():
        index = judged.rows.design @ fitted.coefficients + judged.relation @ fitted.relationship
        index += fitted.loading * ratings.deviation_of_rows(judged.rows, spread.predicted, name)
        probability = ratings.answer_probability(index, fitted.thresholds)
        answer = np.nan_to_num(judged.answers[name], nan=3).astype(int) - 1
        row = np.arange(len(answer))
        below = np.cumsum(probability, axis=1)[row, answer] - probability[row, answer] / 2
        scores.append(ndtri(np.clip(below, 1e-6, 1 - 1e-6)))
    table, silent = np.column_stack(scores), judged.rows.silent
    after_silence, after_words = table[silent][:, :2], table[~silent]
    return np.asarray(np.corrcoef(after_silence.T)), np.asarray(np.corrcoef(after_words.T))


def _versions() -> dict[str, str]:
    packages = ("numpy", "scipy", "scikit-learn", "statsmodels")
    return {"python": platform.python_version(), **{p: version(p) for p in packages}}
