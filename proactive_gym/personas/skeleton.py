"""Drawing a person's circumstances: age, household, condition and the independent rest.

In the data age decides over household (nobody lives with their parents past 26) and, mildly, over
the condition; gender, settlement, devices and chronotype were drawn independently of everything.
The sampler keeps that structure. Ages are smoothed, so that sampled people fill the gaps of a
small population, but never leave the ages at which a household or a condition occurs.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.personas.people import AGE_RANGE, CATEGORIES, People
from proactive_gym.vocabulary import CONDITIONS, HOUSEHOLDS

Floats = NDArray[np.float64]

INDEPENDENT = ("gender", "settlement", "devices", "chronotype")
_AGES = np.arange(AGE_RANGE[0], AGE_RANGE[1] + 1)
_HOUSEHOLD_YEARS = 2.0  # kernel widths, years: households change fast with age, conditions slowly
_CONDITION_YEARS = 8.0
# Knots of the age effect, years: dense where lives change (study, work, retirement).
_KNOTS = (18, 21, 24, 27, 33, 40, 48, 55, 60, 63, 67, 75)


class Skeletons(NamedTuple):
    """The fitted distribution of circumstances.

    Attributes:
        household: float64 (ages, households), cumulative over the flattened table.
        condition: float64 (ages, conditions), cumulative over conditions at each age.
        shares: Cumulative shares of each category of `INDEPENDENT`.
    """

    household: Floats
    condition: Floats
    shares: dict[str, Floats]

    def draw(self, count: int, rng: np.random.Generator) -> dict[str, NDArray]:
        """Arrays "age" and every category, (count,) each, as in `People.arrays`."""
        cells = _pick(self.household, rng.random(count))
        age, household = np.divmod(cells, len(HOUSEHOLDS))
        drawn = {
            "age": _AGES[age].astype(np.int16),
            "household": household.astype(np.int8),
            "condition": (rng.random(count)[:, None] >= self.condition[age]).sum(axis=1),
        }
        for name, shares in self.shares.items():
            drawn[name] = _pick(shares, rng.random(count))
        return drawn | {name: drawn[name].astype(np.int8) for name in CATEGORIES}


def fit_skeletons(people: People) -> Skeletons:
    """Learn the distribution of circumstances."""
    household = _by_age(people.age, people.household, len(HOUSEHOLDS), _HOUSEHOLD_YEARS)
    condition = _by_age(
        people.age, people.condition, len(CONDITIONS), _CONDITION_YEARS, CONDITIONS.index("none")
    )
    return Skeletons(
        household=_cumulative(household.ravel()),
        condition=np.array([_cumulative(row) for row in condition]),
        shares={
            name: _cumulative(np.bincount(getattr(people, name), minlength=len(CATEGORIES[name])))
            for name in INDEPENDENT
        },
    )


def design(arrays: dict[str, NDArray]) -> Floats:
    """Predictors of answers and facts, float64 (N, k): see `penalised` for the columns."""
    age = arrays["age"].astype(np.float64)
    return np.concatenate(
        [
            np.ones((len(age), 1)),
            (age[:, None] - 45) / 20,
            *(np.interp(age, _KNOTS, hat)[:, None] for hat in np.eye(len(_KNOTS))),
            *(arrays[name][:, None] == np.arange(len(words)) for name, words in CATEGORIES.items()),
        ],
        axis=1,
    )


def penalised() -> NDArray[np.bool_]:
    """Which columns of `design` to shrink: all but the constant and the straight line of age."""
    free = 2
    categories = sum(len(words) for words in CATEGORIES.values())
    return np.arange(free + len(_KNOTS) + categories) >= free


def _by_age(
    age: NDArray[np.int16],
    codes: NDArray[np.int8],
    size: int,
    years: float,
    unbounded: int | None = None,
) -> Floats:
    """Shares of age by category (ages, size), smoothed over ages within each category's span.

    The category `unbounded` is possible at every age.
    """
    table = np.zeros((len(_AGES), size))
    for code in np.unique(codes):
        ages = age[codes == code]
        kernel = np.exp(-0.5 * ((_AGES[:, None] - ages) / years) ** 2)
        if code != unbounded:
            kernel[: ages.min() - _AGES[0]] = 0
            kernel[ages.max() - _AGES[0] + 1 :] = 0
        table[:, code] = (kernel / kernel.sum(axis=0)).sum(axis=1)
    return table / len(age)


def _cumulative(weights: NDArray) -> Floats:
    shares = np.cumsum(weights) / np.sum(weights)
    shares[shares == shares[-1]] = 1.0  # trailing cells of share zero stay out of reach
    return shares


def _pick(cumulative: Floats, u: Floats) -> NDArray[np.intp]:
    """The cell of each u; `right` never picks a cell of share zero."""
    return np.searchsorted(cumulative, u, side="right")
