"""Sampled people: like those the sampler was fitted on, possible, and none of them in person."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proactive_gym.errors import DataError, InvalidOptionError
from proactive_gym.personas import People, Population
from proactive_gym.personas.coherence import fact_ages, forced_facts, impossible, make_coherent
from proactive_gym.personas.fidelity import explained_variance, sampling_report
from proactive_gym.personas.sampling import BLOCK, PersonSampler, _free, main
from proactive_gym.vocabulary import CONDITIONS, FACTS, HOUSEHOLDS

N = 20_000


@pytest.fixture(scope="module")
def people() -> People:
    return Population.load().split("population").people


@pytest.fixture(scope="module")
def sampler() -> PersonSampler:
    return PersonSampler.fit()


@pytest.fixture(scope="module")
def sampled(sampler: PersonSampler) -> People:
    return sampler.sample(N, seed=1)


@pytest.fixture(scope="module")
def report(people: People, sampled: People) -> dict:
    return sampling_report(people, sampled)


def same(a: People, b: People) -> bool:
    return a.ids == b.ids and all(np.array_equal(x, b.arrays()[n]) for n, x in a.arrays().items())


def test_everybody_packaged_keeps_the_rules() -> None:
    everybody = Population.load().people
    broken = {r: w.sum() for r, w in impossible(everybody, fact_ages(everybody)).items() if w.any()}
    assert not broken


def test_each_rule_concerns_somebody_and_can_be_broken() -> None:
    everybody = Population.load().people
    spans = fact_ages(everybody)
    opposite = dataclasses.replace(everybody, facts=~everybody.facts)
    # The reverse of a life that keeps a rule breaks it, or the rule says nothing here.
    for rule, who in impossible(opposite, spans).items():
        if " without any of " not in rule:
            assert who.any(), rule
    nothing = dataclasses.replace(everybody, facts=np.zeros_like(everybody.facts))
    needs = {r: w for r, w in impossible(nothing, spans).items() if " without any of " in r}
    assert len(needs) == 2
    assert all(who.any() for who in needs.values())


@settings(max_examples=30)
@given(seed=st.integers(0, 2**32))
def test_any_facts_become_coherent_and_coherent_ones_stay(seed: int) -> None:
    everybody = Population.load().people
    spans = fact_ages(everybody)
    forced = forced_facts(everybody.arrays(), spans)
    noise = np.random.Generator(np.random.PCG64(seed)).random(everybody.facts.shape) < 0.5
    facts = make_coherent(noise, everybody.arrays(), forced)
    repaired = dataclasses.replace(everybody, facts=facts)
    assert not any(who.any() for who in impossible(repaired, spans).values())
    assert np.array_equal(make_coherent(facts, everybody.arrays(), forced), facts)
    kept = make_coherent(everybody.facts, everybody.arrays(), forced)
    assert np.array_equal(kept, everybody.facts)


def test_what_a_missing_fact_excludes_is_no_evidence(people: People) -> None:
    """Who does not work tells nothing about the wish to work in shifts."""
    free = _free(people.facts, forced_facts(people.arrays(), fact_ages(people)))
    works, shifts = (FACTS.index(f) for f in ("works", "shift_work"))
    assert np.array_equal(free[:, shifts], people.facts[:, works])


def test_marginal_shares_are_kept(report: dict) -> None:
    age = report["total_variation"]["age"]  # smoothed on purpose
    others = [v for name, v in report["total_variation"].items() if name != "age"]
    assert age < 0.06
    assert max(others) < 0.03


def test_correlations_are_kept(report: dict) -> None:
    assert report["spearman"]["max"] < 0.09
    assert report["spearman"]["mean"] < 0.025
    assert report["phi"]["max"] < 0.15
    assert report["phi"]["mean"] < 0.035
    assert report["group_means"]["mean"] < 0.05


def test_the_survey_keeps_its_few_dimensions(report: dict) -> None:
    assert abs(report["explained"]["sampled"] - report["explained"]["real"]) < 0.02


def test_explained_variance_of_the_packaged_survey() -> None:
    """The 76 % that the data card states."""
    assert explained_variance(Population.load().people.survey) == pytest.approx(0.76, abs=0.005)


def test_nobody_impossible_is_sampled(report: dict) -> None:
    assert report["impossible"] == {"any": 0.0}


def test_nobody_is_copied(report: dict) -> None:
    nearest = report["nearest"]
    assert nearest["copies"] == 0.0
    # As far from the real people as these are from each other, or farther.
    assert nearest["sampled"][0] > nearest["real"][0] * 0.95
    assert nearest["sampled"][1] < nearest["real"][1] * 1.3


def test_lives_fit_the_age(people: People, sampled: People) -> None:
    for household in range(len(HOUSEHOLDS)):
        real, drawn = (p.age[p.household == household] for p in (people, sampled))
        assert real.min() <= drawn.min()
        assert drawn.max() <= real.max()
    for fact in ("studies", "works", "medication", "owns_home"):
        column = FACTS.index(fact)
        for youngest, oldest in ((18, 25), (25, 45), (45, 63), (63, 90)):
            shares = [
                p.facts[(p.age >= youngest) & (p.age < oldest), column].mean()
                for p in (people, sampled)
            ]
            assert abs(shares[0] - shares[1]) < 0.09
    pregnant = CONDITIONS.index("pregnant")
    assert sampled.age[sampled.condition == pregnant].max() <= 61


def test_the_chunk_does_not_matter(sampler: PersonSampler) -> None:
    n = BLOCK + 700
    whole = sampler.sample(n, seed=5)
    for chunk in (999, BLOCK, BLOCK + 1, 10 * n):
        parts = list(sampler.stream(n, seed=5, chunk=chunk))
        assert [len(p) for p in parts[:-1]] == [chunk] * (len(parts) - 1)
        bounds = np.cumsum([0] + [len(p) for p in parts])
        assert bounds[-1] == n
        for part, start in zip(parts, bounds, strict=False):
            assert same(part, whole.take(np.arange(start, start + len(part))))


def test_the_seed_is_all_that_matters(sampler: PersonSampler, people: People) -> None:
    few = sampler.sample(50, seed=1)
    assert same(few, sampler.sample(100, seed=1).take(np.arange(50)))
    assert not np.array_equal(few.survey, sampler.sample(50, seed=2).survey)
    assert same(few, PersonSampler.fit(people).sample(50, seed=1))
    assert few.ids[0] == "s00000001"
    assert few.ids[-1] == "s00000050"


def test_blocks_differ(sampler: PersonSampler) -> None:
    two = sampler.sample(2 * BLOCK, seed=0)
    assert not np.array_equal(two.survey[:BLOCK], two.survey[BLOCK:])
    assert len(set(two.ids)) == 2 * BLOCK


@pytest.mark.parametrize(("n", "seed", "chunk"), [(0, 0, 1), (1, -1, 1), (1, 0, 0)])
def test_impossible_wishes_are_refused_at_once(
    sampler: PersonSampler, n: int, seed: int, chunk: int
) -> None:
    with pytest.raises(InvalidOptionError, match="expected n >= 1"):
        sampler.stream(n, seed, chunk)


def test_too_few_people_are_refused(people: People) -> None:
    with pytest.raises(DataError, match="100 people or more, not 99"):
        PersonSampler.fit(people.take(np.arange(99)))


def test_a_hundred_people_are_enough_to_fit(people: People) -> None:
    few = people.take(np.arange(100))
    drawn = PersonSampler.fit(few).sample(2000, seed=0)
    assert sampling_report(few, drawn)["impossible"]["any"] == 0.0


def test_the_sampler_follows_the_people_it_is_given(people: People) -> None:
    """Turn one answer upside down: its mean and its correlations turn with it."""
    turned = people.survey.copy()
    turned[:, 0] = 8 - turned[:, 0]
    drawn = PersonSampler.fit(dataclasses.replace(people, survey=turned)).sample(N, seed=0)
    assert abs(drawn.survey[:, 0].mean() - turned[:, 0].mean()) < 0.05
    real = np.corrcoef(turned[:, 0], turned[:, 4])[0, 1]
    assert real < -0.3
    assert np.corrcoef(drawn.survey[:, 0], drawn.survey[:, 4])[0, 1] == pytest.approx(real, abs=0.1)


def test_the_report_sees_independence(people: People) -> None:
    """Columns shuffled one by one keep their shares and lose everything else."""
    rng = np.random.Generator(np.random.PCG64(0))
    shuffled = dataclasses.replace(
        people,
        survey=rng.permuted(people.survey, axis=0),
        facts=rng.permuted(people.facts, axis=0),
    )
    report = sampling_report(people, shuffled)
    assert report["total_variation_summary"]["max"] == 0.0
    assert report["spearman"]["max"] > 0.4
    assert report["phi"]["max"] > 0.4
    assert report["impossible"]["any"] > 0.3
    assert report["explained"]["sampled"] < 0.4


def test_the_report_sees_copies_and_perfection(people: People) -> None:
    report = sampling_report(people, people)
    assert report["nearest"]["copies"] == 1.0
    for name in ("spearman", "phi", "group_means", "total_variation_summary"):
        assert report[name] == {"max": 0.0, "mean": 0.0}


def test_spearman_is_scipys(people: People, sampled: People) -> None:
    from scipy.stats import spearmanr

    def scales(p: People) -> np.ndarray:
        answers = [p.survey, p.domains, p.big5, p.age[:, None], p.tech_comfort[:, None]]
        return np.concatenate(answers, axis=1)

    change = spearmanr(scales(sampled)).statistic - spearmanr(scales(people)).statistic
    expected = np.abs(change[np.triu_indices(len(change), k=1)])
    report = sampling_report(people, sampled)["spearman"]
    assert report["max"] == pytest.approx(expected.max())
    assert report["mean"] == pytest.approx(expected.mean())


def test_the_command_prints_a_table_and_writes_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["--n", "3000", "--seed", "2", "--json", str(tmp_path / "report.json")])
    table = capsys.readouterr().out
    assert "impossible people" in table
    reports = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert reports["sampled"]["sampled"] == 3000
    assert f"{reports['sampled']['spearman']['max']:.3f}" in table
