"""How faithful sampled people are to the people a sampler was fitted on.

It compares distributions, correlations and logic. It does not say whether the people themselves
are realistic, nor whether simulations on sampled people agree with those on real ones.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from proactive_gym.personas.coherence import fact_ages, impossible
from proactive_gym.personas.people import AGE_RANGE, CATEGORIES, People
from proactive_gym.vocabulary import BIG5, DOMAINS, FACTS, SURVEY_ITEMS

Report = dict[str, Any]

_AGE_BAND = 5  # years: single ages of a small population are mostly chance
_COMPONENTS = 5
_NEIGHBOURS = 2000  # sampled people whose nearest real person is looked for
_COMMON = 30  # people a group must have before its mean answers are compared


def sampling_report(people: People, sampled: People) -> Report:
    """Compare sampled with real people.

    Returns:
        A dictionary that JSON can hold:
        `total_variation`: by variable, half the summed difference of the shares of its values
        (age in bands of five years); `max` and `mean` over them in `total_variation_summary`.
        `spearman`: largest and mean absolute difference over all pairs of the survey, the
        domains, Big Five, tech comfort and age. `phi`: the same for pairs of facts.
        `group_means`: the same for the mean answers of everybody with a fact or category that 30
        real people or more share, in standard deviations of the answer.
        `impossible`: share of people who break a rule of `coherence`, by rule and `any`.
        `explained`: share of the survey's variance in five principal components of its
        correlation matrix, `real` and `sampled`.
        `nearest`: Euclidean distances over standardised survey, domains and Big Five, from
        sampled people to the nearest real one and from real people to the nearest other one
        (5 %, 50 % and 95 % quantiles); `copies` is the share of sampled people at distance 0.
    """
    variation = _total_variations(people, sampled)
    return {
        "people": len(people),
        "sampled": len(sampled),
        "total_variation": variation,
        "total_variation_summary": _largest_and_mean(np.array(list(variation.values()))),
        "spearman": _pair_differences(_ranks(_scales(people)), _ranks(_scales(sampled))),
        "phi": _pair_differences(people.facts, sampled.facts),
        "group_means": _group_differences(people, sampled),
        "impossible": _impossible_shares(people, sampled),
        "explained": {
            "real": explained_variance(people.survey),
            "sampled": explained_variance(sampled.survey),
        },
        "nearest": _nearest(people, sampled),
    }


def summary(reports: Mapping[str, Report]) -> str:
    """The main figures of several reports as a table, one column each."""
    rows: dict[str, Callable[[Report], str]] = {
        "people": lambda r: f"{r['sampled']}",
        "total variation, max": lambda r: f"{r['total_variation_summary']['max']:.3f}",
        "total variation, mean": lambda r: f"{r['total_variation_summary']['mean']:.3f}",
        "Spearman difference, max": lambda r: f"{r['spearman']['max']:.3f}",
        "Spearman difference, mean": lambda r: f"{r['spearman']['mean']:.3f}",
        "phi difference, max": lambda r: f"{r['phi']['max']:.3f}",
        "phi difference, mean": lambda r: f"{r['phi']['mean']:.3f}",
        "group mean difference, max (SD)": lambda r: f"{r['group_means']['max']:.3f}",
        "group mean difference, mean (SD)": lambda r: f"{r['group_means']['mean']:.3f}",
        "impossible people": lambda r: f"{r['impossible']['any']:.3%}",
        "variance in 5 components": lambda r: f"{r['explained']['sampled']:.3f}",
        "  in the people fitted on": lambda r: f"{r['explained']['real']:.3f}",
        "median distance to a real person": lambda r: f"{r['nearest']['sampled'][1]:.2f}",
        "  between real people": lambda r: f"{r['nearest']['real'][1]:.2f}",
        "copies of real people": lambda r: f"{r['nearest']['copies']:.3%}",
    }
    lines = [" " * 34 + "".join(f"{name:>12}" for name in reports)]
    for label, show in rows.items():
        lines.append(f"{label:<34}" + "".join(f"{show(r):>12}" for r in reports.values()))
    return "\n".join(lines)


def explained_variance(answers: NDArray, components: int = _COMPONENTS) -> float:
    """Share of variance in the first principal components of the correlation matrix."""
    eigenvalues = np.linalg.eigvalsh(np.corrcoef(answers, rowvar=False))
    return float(eigenvalues[-components:].sum() / eigenvalues.sum())


def _scales(people: People) -> NDArray[np.float64]:
    """Everything with an order, (N, 46)."""
    single = np.stack([people.age, people.tech_comfort], axis=1)
    return np.concatenate(
        [people.survey, people.domains, people.big5, single], axis=1, dtype=np.float64
    )


def _ranks(columns: NDArray) -> NDArray[np.float64]:
    """Mean ranks of each column, ties sharing theirs: Pearson on them is Spearman."""
    ranks = np.empty(columns.shape)
    for j, column in enumerate(columns.T):
        _, codes, counts = np.unique(column, return_inverse=True, return_counts=True)
        ranks[:, j] = (np.cumsum(counts) - (counts - 1) / 2)[codes]
    return ranks


def _pair_differences(real: NDArray, sampled: NDArray) -> dict[str, float]:
    pairs = np.triu_indices(real.shape[1], k=1)
    with np.errstate(invalid="ignore"):  # a constant column has no correlation
        change = np.corrcoef(sampled, rowvar=False)[pairs] - np.corrcoef(real, rowvar=False)[pairs]
    return _largest_and_mean(np.abs(change[np.isfinite(change)]))


def _largest_and_mean(values: NDArray) -> dict[str, float]:
    return {"max": float(values.max()), "mean": float(values.mean())}


def _total_variations(people: People, sampled: People) -> dict[str, float]:
    real, drawn = _distributions(people), _distributions(sampled)
    return {name: _total_variation(real[name], drawn[name]) for name in real}


def _total_variation(real: NDArray, drawn: NDArray) -> float:
    values, codes = np.unique(np.concatenate([real, drawn]), return_inverse=True)
    shares = (
        np.bincount(part, minlength=len(values)) / len(part)
        for part in (codes[: len(real)], codes[len(real) :])
    )
    return float(np.abs(next(shares) - next(shares)).sum() / 2)


def _distributions(people: People) -> dict[str, NDArray]:
    """Every variable of the people by its name, one column each."""
    columns: dict[str, NDArray] = {
        "age": (people.age - AGE_RANGE[0]) // _AGE_BAND,
        "tech_comfort": people.tech_comfort,
    }
    columns |= {name: getattr(people, name) for name in CATEGORIES}
    for names, table in (
        (BIG5, people.big5),
        (SURVEY_ITEMS, people.survey),
        (DOMAINS, people.domains),
        (FACTS, people.facts),
    ):
        columns |= dict(zip(names, table.T, strict=True))
    return columns


def _group_differences(people: People, sampled: People) -> dict[str, float]:
    spread = _scales(people)[:, :-2].std(axis=0)
    means = []
    common = _groups(people).sum(axis=0) >= _COMMON
    for someone in (people, sampled):
        groups = _groups(someone)[:, common]
        answers = _scales(someone)[:, :-2]
        means.append(groups.T @ answers / np.maximum(groups.sum(axis=0), 1)[:, None])
    return _largest_and_mean(np.abs(means[1] - means[0]) / spread)


def _groups(people: People) -> NDArray[np.float64]:
    """Membership in each category and fact, (N, groups), as 0 and 1."""
    members = [
        getattr(people, name)[:, None] == np.arange(len(words))
        for name, words in CATEGORIES.items()
    ]
    return np.concatenate([*members, people.facts], axis=1, dtype=np.float64)


def _impossible_shares(people: People, sampled: People) -> dict[str, float]:
    broken = impossible(sampled, fact_ages(people))
    shares = {rule: float(who.mean()) for rule, who in broken.items() if who.any()}
    return {"any": float(np.any(list(broken.values()), axis=0).mean())} | shares


def _nearest(people: People, sampled: People) -> dict[str, Any]:
    real = _scales(people)[:, :-2]
    centre, spread = real.mean(axis=0), real.std(axis=0)
    drawn = (_scales(sampled)[:_NEIGHBOURS, :-2] - centre) / spread
    real = (real - centre) / spread
    to_real = _distances(drawn, real).min(axis=1)
    between = _distances(real, real)
    np.fill_diagonal(between, np.inf)
    quantiles = (0.05, 0.5, 0.95)
    return {
        "sampled": np.quantile(to_real, quantiles).tolist(),
        "real": np.quantile(between.min(axis=1), quantiles).tolist(),
        "copies": float((to_real < 1e-3).mean()),
    }


def _distances(a: NDArray, b: NDArray) -> NDArray[np.float64]:
    squares = (a**2).sum(axis=1)[:, None] + (b**2).sum(axis=1) - 2 * a @ b.T
    return np.sqrt(np.maximum(squares, 0))  # rounding may leave a tiny negative square
