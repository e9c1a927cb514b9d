from collections import Counter
from itertools import product

import numpy as np
import pytest

from proactive_agents.protocol import Memoryless
from proactive_agents.registry import make
from proactive_baselines.fixed import Fixed
from proactive_gym.data.records import BEHAVIOURS, load_alternatives, load_judgments
from proactive_gym.envs.observation import observation_space
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import InvalidActionError
from proactive_gym.evaluation.judged import BREAK_H, check, nearest, observations_of
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import ACTIVITIES, AUTONOMY, DAYS, PLACES, TIMINGS, TONES, VERBOSITY
from proactive_gym.world import load_scenarios

OPTIONS = Options(people="validation")
IDS = set(OPTIONS.pool().ids)
SIDE_BY_SIDE = [a for a in load_alternatives() if a.persona in IDS]
SINGLE = [j for j in load_judgments() if j.persona in IDS]
WORDS = (TIMINGS, AUTONOMY, VERBOSITY, TONES)


def code(*words):
    return [kind.index(word) for kind, word in zip(WORDS, words, strict=True)]


def stands_for(*words):
    """Which of the ten stand for a choice, by position, and that they share its weight evenly."""
    (weights,) = nearest(np.array([code(*words)]))
    assert set(weights[weights > 0]) == {1 / (weights > 0).sum()}
    return np.flatnonzero(weights).tolist()


# ---------------------------------------------------------------- the nearest behaviour


def test_a_choice_among_the_ten_stands_for_itself():
    for position, behaviour in enumerate(BEHAVIOURS):
        words = [word or kind[0] for word, kind in zip(behaviour, WORDS, strict=True)]
        assert stands_for(*words) == [position]


@pytest.mark.parametrize(
    ("choice", "behaviours"),
    [
        (("silent", "act", "detailed", "formal"), [0]),
        (("now", "notify", "brief", "formal"), [2, 3]),
        (("now", "suggest", "brief", "casual"), [4, 5]),
        (("now", "ask", "detailed", "casual"), [6, 7]),
        (("now", "act", "brief", "formal"), [8, 9]),
        (("hold", "ask", "detailed", "formal"), [1]),
        (("hold", "notify", "brief", "casual"), [1]),
        (("hold", "act", "detailed", "formal"), [1]),
    ],
)
def test_other_choices_stand_for_the_nearest(choice, behaviours):
    assert stands_for(*choice) == behaviours


def test_every_choice_has_a_weight_of_one_and_its_own_timing():
    weights = nearest(ACTIONS)
    assert weights.sum(axis=1) == pytest.approx(np.ones(48))
    timing = np.array([TIMINGS.index(b.timing) for b in BEHAVIOURS])
    assert (timing[weights.argmax(axis=1)] == ACTIONS[:, 0]).all()


# ---------------------------------------------------------------- values


def test_silence_is_worth_what_people_answered_about_it():
    found = check(make("silent"), OPTIONS)
    side = np.mean([(a.satisfaction[0] - 5) / 5 for a in SIDE_BY_SIDE])
    assert found.alternatives.mean == pytest.approx(side)
    assert found.alternatives_count == len(SIDE_BY_SIDE) > 100
    answers = [(j.ratings.satisfaction - 3) / 2 for j in SINGLE if j.timing == "silent"]
    assert found.judgments.mean == pytest.approx(np.mean(answers))
    assert found.judgments_count == len(answers) > 10
    for value in (found.alternatives, found.judgments):
        assert value.low < value.mean < value.high


@pytest.mark.parametrize("behaviour", [1, 2, 9])
def test_a_fixed_habit_is_worth_what_people_answered_about_it(behaviour):
    habit = Fixed(tuple(BEHAVIOURS[behaviour]))
    found = check(habit, OPTIONS)
    side = np.mean([(a.satisfaction[behaviour] - 5) / 5 for a in SIDE_BY_SIDE])
    assert found.alternatives.mean == pytest.approx(side)
    same = [j for j in SINGLE if (j.timing, j.autonomy) == habit.action[:2]]
    assert found.judgments_count == len(same)
    answers = [(j.ratings.satisfaction - 3) / 2 for j in same]
    assert found.judgments.mean == pytest.approx(np.mean(answers))


SILENCE = ("silent", None)
KINDS = [SILENCE, *product(("now", "hold"), AUTONOMY)]


class InTurn(Memoryless):
    """Chooses among some kinds of behaviour by where the person is and on which day.

    Args:
        kinds: Timing and autonomy.
    """

    def __init__(self, kinds):
        self.codes = np.array([code(t, a or "notify", "brief", "casual") for t, a in kinds])

    def act(self, observations):
        seen = Seen.of(observations)
        return self.codes[(seen.place + seen.weekday) % len(self.codes)]


@pytest.mark.parametrize(
    "kinds",
    [
        [SILENCE, ("now", "notify")],
        [("now", "ask"), ("hold", "notify")],
        [("now", "act"), ("hold", "suggest")],
        KINDS[1:5] + KINDS[:1],
        KINDS,
    ],
    ids=["silence", "ask", "act", "now", "all"],
)
def test_rarely_judged_choices_weigh_more(kinds):
    """Each matching answer weighs the inverse of its own kind's share of all judgments."""
    judged = Counter((j.timing, j.autonomy) for j in SINGLE)
    total = weight = 0.0
    matched = []
    for j in SINGLE:
        chosen = kinds[(PLACES.index(j.place) + DAYS.index(j.day)) % len(kinds)]
        if (j.timing, j.autonomy) == chosen:
            own = len(SINGLE) / judged[chosen]
            total += own * (j.ratings.satisfaction - 3) / 2
            weight += own
            matched.append(chosen)
    found = check(InTurn(kinds), OPTIONS)
    assert set(matched) == set(kinds)
    assert found.judgments_count == len(matched)
    assert found.judgments.mean == pytest.approx(total / weight)


def test_the_nine_kinds_are_judged_at_rates_that_tell_them_apart():
    """Else two kinds that were taken for one would go unnoticed above."""
    judged = Counter((j.timing, j.autonomy) for j in SINGLE)
    assert set(judged) == set(KINDS)
    assert len(KINDS) == 9
    assert judged["now", "ask"] != judged["hold", "notify"]
    assert judged["now", "act"] != judged["hold", "suggest"]


def test_choices_that_are_no_actions_are_refused():
    class Broken(Memoryless):
        def act(self, observations):
            return np.full((len(observations["moment"]), 4), 3)

    with pytest.raises(InvalidActionError, match="an action"):
        check(Broken(), OPTIONS)


# ---------------------------------------------------------------- what is shown


@pytest.mark.parametrize("history", ["last", "counts"])
@pytest.mark.parametrize("profile", ["none", "demographics", "survey"])
def test_moments_are_shown_as_observations_of_the_space(profile, history):
    options = Options(people="validation", profile=profile, history=history)
    shown, space = observations_of(SIDE_BY_SIDE[:60], options), observation_space(options)
    assert set(shown) == set(space.spaces)
    for row in range(60):
        assert space.contains({name: box[row] for name, box in shown.items()})
    for box in {"last", "progress", "counts"} & set(shown):
        assert not shown[box].any()


def test_the_judged_moment_is_what_is_shown():
    scenarios = {s.id: s for s in load_scenarios()}
    for records in (SIDE_BY_SIDE, SINGLE):
        seen = Seen.of(observations_of(records, OPTIONS))
        noticed = [scenarios[r.scenario] for r in records]
        assert [ACTIVITIES[i] for i in seen.activity] == [r.activity for r in records]
        assert [PLACES[i] for i in seen.place] == [r.place for r in records]
        assert [DAYS[i] for i in seen.weekday] == [r.day for r in records]
        assert seen.alone.tolist() == [r.alone for r in records]
        assert seen.hour == pytest.approx(np.array([r.hour for r in records]), abs=1 / 60 + 1e-4)
        assert seen.benefit == pytest.approx(np.array([s.benefit for s in noticed]), abs=1e-5)
        assert seen.urgency == pytest.approx(np.array([s.urgency for s in noticed]), abs=1e-5)
        assert seen.stakes == pytest.approx(np.array([s.stakes for s in noticed]), abs=1e-5)
        assert seen.break_delay == pytest.approx(np.full(len(records), BREAK_H))
        assert (seen.reaction == -1).all()


def test_the_profile_is_that_of_the_judge():
    options = Options(people="validation", profile="survey")
    shown = observations_of(SIDE_BY_SIDE, options)["profile"]
    people = [a.persona for a in SIDE_BY_SIDE]
    again = {person: row for person, row in zip(people, shown.tolist(), strict=True)}
    assert all(again[p] == row for p, row in zip(people, shown.tolist(), strict=True))
    assert len({tuple(row) for row in again.values()}) == len(again)
