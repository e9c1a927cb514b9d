"""More people than the packaged thousand: a sampler fitted on given `People`.

Circumstances come from `skeleton`, answers, Big Five, tech comfort and facts from the Gaussian
copula of `copula`, given the circumstances; `coherence` then removes impossible facts. Marginal
shares and correlations are kept; texts, countries and occupations are not sampled.

For an evaluation on unseen people, fit on people that may be trained on. That is the default: the
population split, 800 persons, so that nothing of validation or test people enters.

`python -m proactive_gym.personas.sampling` measures how faithful the sampled people are.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proactive_gym.errors import DataError, InvalidOptionError
from proactive_gym.personas.coherence import (
    FREE,
    IMPLICATIONS,
    Spans,
    fact_ages,
    forced_facts,
    make_coherent,
)
from proactive_gym.personas.copula import LatentModel, fit_latent, intervals
from proactive_gym.personas.fidelity import sampling_report, summary
from proactive_gym.personas.people import People, concatenate
from proactive_gym.personas.population import Population
from proactive_gym.personas.skeleton import Skeletons, design, fit_skeletons, penalised
from proactive_gym.vocabulary import FACTS

BLOCK = 4096  # people drawn together from one generator: part of what a seed means
FEWEST = 100
_ANSWERS = ("tech_comfort", "big5", "survey", "domains")
_CALIBRATION = 6 * BLOCK  # people drawn while fitting, to place the cut points
_CALIBRATION_ROUNDS = 3
_FIT_SEED = 20261101  # fixed: the same people always give the same sampler


@dataclass(frozen=True, eq=False)
class PersonSampler:
    """Draws people like those it was fitted on. Use `PersonSampler.fit`.

    Attributes:
        skeletons: The distribution of age and circumstances.
        latent: The copula of answers and facts.
        values: Levels of each answer, ascending, one array for each of 45 answers.
        cuts: Latent cut points between those levels.
        fact_cuts: float64 (20,), latent values above which a fact holds.
        spans: Ages at which life-stage facts occur.
    """

    skeletons: Skeletons
    latent: LatentModel
    values: tuple[NDArray, ...]
    cuts: tuple[NDArray, ...]
    fact_cuts: NDArray
    spans: Spans

    @staticmethod
    def fit(people: People | None = None) -> "PersonSampler":
        """Fit on people; by default on the packaged population split, never on test people.

        Deterministic, about a second for a thousand people.

        Raises:
            DataError: Fewer than 100 people.
        """
        if people is None:
            people = Population.load().split("population").people
        if len(people) < FEWEST:
            raise DataError(f"a sampler needs {FEWEST} people or more, not {len(people)}")
        rng = np.random.Generator(np.random.PCG64(_FIT_SEED))
        spans = fact_ages(people)
        skeletons = fit_skeletons(people)
        answers = _answers(people.arrays())
        values, levels = zip(*(np.unique(a, return_inverse=True) for a in answers.T), strict=True)
        lower, upper = _observed(levels, people.facts, forced_facts(people.arrays(), spans))
        latent = fit_latent(design(people.arrays()), penalised(), lower, upper, rng)

        arrays = skeletons.draw(_CALIBRATION, rng)
        drawn = latent.draw(design(arrays), rng)
        cuts = tuple(_answer_cuts(z, codes) for z, codes in zip(drawn.T, levels, strict=False))
        fact_cuts = _fact_cuts(
            drawn[:, len(values) :],
            arrays,
            forced_facts(arrays, spans),
            people.facts.mean(axis=0),
        )
        return PersonSampler(skeletons, latent, values, cuts, fact_cuts, spans)

    def sample(self, n: int, seed: int) -> People:
        """Draw n people, "s00000001" and so on: the first n of the endless row of this seed.

        Raises:
            InvalidOptionError: n is below 1, or the seed negative.
        """
        return next(self.stream(n, seed, chunk=n))

    def stream(self, n: int, seed: int, chunk: int = 65_536) -> Iterator[People]:
        """Draw n people in parts of `chunk`, in bounded memory.

        The people depend on the seed alone, not on the chunk: they are drawn in blocks of 4,096,
        each from its own generator.

        Raises:
            InvalidOptionError: n or chunk is below 1, or the seed negative.
        """
        if n < 1 or chunk < 1 or seed < 0:
            raise InvalidOptionError(
                f"expected n >= 1, chunk >= 1 and seed >= 0, found {n}, {chunk} and {seed}"
            )
        return self._stream(n, seed, chunk)

    def _stream(self, n: int, seed: int, chunk: int) -> Iterator[People]:
        number, block = 0, self._block(seed, 0)
        for first in range(0, n, chunk):
            start, stop, parts = first, min(first + chunk, n), []
            while start < stop:
                if number != start // BLOCK:
                    number = start // BLOCK
                    block = self._block(seed, number)
                end = min(stop, (number + 1) * BLOCK)
                parts.append(block.take(np.arange(start, end) - number * BLOCK))
                start = end
            yield concatenate(parts)

    def _block(self, seed: int, number: int) -> People:
        rng = np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(seed, spawn_key=(number,)))
        )
        arrays = self.skeletons.draw(BLOCK, rng)
        latent = self.latent.draw(design(arrays), rng)
        answers = np.stack(
            [
                values[np.searchsorted(cuts, z)]
                for values, cuts, z in zip(self.values, self.cuts, latent.T, strict=False)
            ],
            axis=1,
        )
        facts = latent[:, len(self.values) :] > self.fact_cuts
        ids = tuple(f"s{i:08d}" for i in range(number * BLOCK + 1, (number + 1) * BLOCK + 1))
        return People(
            ids,
            facts=make_coherent(facts, arrays, forced_facts(arrays, self.spans)),
            **arrays,
            **_split(answers),
        )


def _answers(arrays: dict[str, NDArray]) -> NDArray[np.float32]:
    """All 45 answers side by side, (N, 45), in the order of `_ANSWERS`."""
    columns = [arrays[name].reshape(len(arrays["age"]), -1) for name in _ANSWERS]
    return np.concatenate(columns, axis=1, dtype=np.float32)


def _split(answers: NDArray[np.float32]) -> dict[str, NDArray]:
    """Undo `_answers`."""
    tech, big5, survey, domains = np.split(answers, (1, 6, 32), axis=1)
    return {
        "tech_comfort": tech[:, 0].astype(np.int8),
        "big5": big5.astype(np.float32),
        "survey": survey.astype(np.int8),
        "domains": domains.astype(np.int8),
    }


def _observed(
    levels: tuple[NDArray, ...], facts: NDArray[np.bool_], forced: NDArray[np.int8]
) -> tuple[NDArray, NDArray]:
    """Intervals of the latent values (N, 65); without end where a fact was not free to vary."""
    codes = [*levels, *facts.T.astype(np.int64)]
    ends = [intervals(code, int(code.max()) + 1) for code in codes]
    lower, upper = (np.stack(side, axis=1) for side in zip(*ends, strict=True))
    settled = ~_free(facts, forced)
    lower[:, len(levels) :][settled] = -np.inf
    upper[:, len(levels) :][settled] = np.inf
    return lower, upper


def _free(facts: NDArray[np.bool_], forced: NDArray[np.int8]) -> NDArray[np.bool_]:
    """Which facts (N, 20) were settled by nothing else than chance."""
    free = forced == FREE
    for fact, presupposed in IMPLICATIONS:
        free[:, FACTS.index(fact)] &= facts[:, FACTS.index(presupposed)]
    return free


def _answer_cuts(latent: NDArray, codes: NDArray) -> NDArray:
    """Cut points that give the drawn latent values the observed shares of the levels."""
    shares = np.cumsum(np.bincount(codes))[:-1] / len(codes)
    return np.quantile(latent, shares)


def _fact_cuts(
    latent: NDArray, arrays: dict[str, NDArray], forced: NDArray[np.int8], shares: NDArray
) -> NDArray:
    """Cut points (20,) that give coherent people the observed shares of the facts.

    What the rules force counts towards the share; what they add afterwards (a single parent's
    child) is known only once it is drawn, hence the rounds.
    """
    wanted = shares.copy()
    cuts = np.zeros(len(FACTS))
    for _ in range(_CALIBRATION_ROUNDS):
        facts = forced == 1
        for i in range(len(FACTS)):  # a presupposed fact comes before what presupposes it
            free = _free(facts, forced)[:, i]
            share = (wanted[i] * len(facts) - facts[:, i].sum()) / max(free.sum(), 1)
            cuts[i] = np.quantile(latent[free, i], np.clip(1 - share, 0, 1)) if free.any() else 0
            facts[free, i] = latent[free, i] > cuts[i]
        wanted += shares - make_coherent(facts, arrays, forced).mean(axis=0)
    return cuts


def main(arguments: list[str] | None = None) -> None:
    """Fit on the population split, sample, and print how faithful the sample is."""
    parser = argparse.ArgumentParser(description="Sample people and compare them with real ones.")
    parser.add_argument("--n", type=int, default=100_000, help="how many people to sample")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="also write the full report to this file")
    options = parser.parse_args(arguments)
    people = Population.load().split("population").people
    sampled = PersonSampler.fit(people).sample(options.n, options.seed)
    rng = np.random.Generator(np.random.PCG64(options.seed))
    again = people.take(rng.integers(len(people), size=len(people)))
    reports = {
        "sampled": sampling_report(people, sampled),
        # How much of a difference is chance alone: 800 real people drawn again, with repeats.
        "bootstrap": sampling_report(people, again),
    }
    print(summary(reports))
    if options.json:
        options.json.write_text(json.dumps(reports, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
