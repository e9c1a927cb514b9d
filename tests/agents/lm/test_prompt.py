import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from proactive_agents.lm import prompt
from proactive_agents.lm.prompt import Moments
from proactive_agents.lm.situations import training_table
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import (
    ACTIVITIES,
    AUTONOMY,
    DAYS,
    DOMAINS,
    PLACES,
    REACTIONS,
    SURVEY_ITEMS,
    TIMINGS,
    TONES,
    VERBOSITY,
)
from proactive_gym.world import ScenarioTable

WINDOWS = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 24.0)
PARTS = re.compile(
    r"\n(?P<day>\w{3}) (?P<hour>\d\d)h,(?P<where>.+?), (?P<company>alone|with others),"
    r"(?P<pause> at a break| break in [^,]+| no break soon),"
    r"\nbenefit (?P<benefit>\S+), urgency (?P<urgency>\S+), stakes (?P<stakes>\S+), "
    r"within (?P<within>\S+) h\."
)

codes = st.tuples(
    st.integers(0, 6),
    st.floats(0, 24, exclude_max=True),
    st.integers(0, len(ACTIVITIES) - 1),
    st.integers(0, len(PLACES) - 1),
    st.booleans(),
    st.floats(0, 48) | st.sampled_from(WINDOWS),
    st.tuples(*[st.floats(-9, 19)] * 3),
    st.sampled_from(WINDOWS),
    st.integers(0, len(DOMAINS) - 1),
)


def of(rows) -> Moments:
    names = Moments.__dataclass_fields__
    return Moments(**{n: np.array(c) for n, c in zip(names, zip(*rows, strict=True), strict=True)})


def one(**changes) -> str:
    """The words of a moment that differs from an ordinary one."""
    ordinary = {
        "weekday": 1,
        "hour": 14.999,
        "activity": ACTIVITIES.index("focused_work"),
        "place": PLACES.index("at home"),
        "alone": True,
        "break_delay": 0.6,
        "estimate": (4.6, 3.0, 2.5),
        "window_h": 4.0,
        "domain": 0,
    }
    return of([tuple((ordinary | changes).values())]).words()[0]


def told_pause(words: str) -> float:
    """Hours to the break, as words tell them."""
    pause = PARTS.fullmatch(words)["pause"]
    if pause == " at a break":
        return 0.0
    if pause == " no break soon":
        return np.inf
    number, unit = pause.split()[2:]
    return float(number) / (60 if unit == "min" else 1)


def test_an_ordinary_moment_reads_as_documented() -> None:
    assert one() == (
        "\nTue 14h, in focused work, at home, alone, break in 1 h,"
        "\nbenefit 4.5, urgency 3.0, stakes 2.5, within 4 h."
    )
    assert one(alone=False, weekday=6, hour=0.0, place=PLACES.index("in a café")).startswith(
        "\nSun 00h, in focused work, in a café, with others, break"
    )


@given(st.lists(codes, min_size=1, max_size=4))
def test_words_say_what_the_moment_is(rows) -> None:
    moments = of(rows)
    told = moments.words()
    assert len(told) == len(moments) == len(rows)
    for words, row in zip(told, rows, strict=True):
        day, hour, activity, place, alone, _, estimates, window, _ = row
        found = PARTS.fullmatch(words)
        assert found["day"] == DAYS[day][:3]
        assert found["hour"] == f"{int(hour):02d}"
        assert found["where"].endswith(f", {PLACES[place]}")
        assert found["where"] == PARTS.fullmatch(one(activity=activity, place=place))["where"]
        assert found["company"] == ("alone" if alone else "with others")
        assert float(found["within"]) == window
        for name, value in zip(("benefit", "urgency", "stakes"), estimates, strict=True):
            said = float(found[name])
            assert said * 2 == int(said * 2)
            assert abs(said - min(max(value, -1), 7)) <= 0.25


def test_every_activity_has_words_of_its_own() -> None:
    assert len({one(activity=i) for i in range(len(ACTIVITIES))}) == len(ACTIVITIES)
    assert len({one(place=i) for i in range(len(PLACES))}) == len(PLACES)


@given(st.floats(0, 48), st.sampled_from(WINDOWS), st.integers(-2000, 2000))
def test_whether_the_break_comes_too_late_is_told_exactly(anywhere, window, near) -> None:
    """A held message is lost when the break comes after the window, whatever the window is."""
    for delay in (anywhere, window + near * 1e-4):
        told = told_pause(one(break_delay=delay))
        for each in WINDOWS:
            assert (told > each) == (round(delay, 4) > each)
        assert (told == 0) == (round(delay, 4) == 0)


@pytest.mark.parametrize("window", WINDOWS)
def test_a_break_at_the_windows_end_survives_the_boxes_rounding(window) -> None:
    for delay in (np.float32(window / 24) * np.float32(24), window * (1 + 1e-6)):
        assert told_pause(one(break_delay=delay)) == window


def test_windows_are_those_of_the_scenarios() -> None:
    """So that each is told as it is, also after the observation's logarithm."""
    packaged = ScenarioTable.load().window_h
    assert set(training_table().window_h.tolist()) | set(packaged.tolist()) == set(WINDOWS)
    for window in WINDOWS:
        share = np.log1p(np.float32(window)) / np.log1p(np.float32(24))
        told = one(window_h=np.expm1(share * np.log1p(np.float32(24))))
        assert float(PARTS.fullmatch(told)["within"]) == window


def test_some_moments_can_be_taken() -> None:
    moments = of([(i, i, i, i, i % 2 == 0, i / 2, (i, 1, 2), 4.0, i) for i in range(5)])
    words = moments.words()
    assert moments.take(np.array([3, 0, 3])).words() == [words[3], words[0], words[3]]
    assert moments.take(np.array([3, 0])).domain.tolist() == [3, 0]


def test_replies_name_what_is_done() -> None:
    assert prompt.reply((1, 2, 0, 0)) == " now, ask, brief, casual:"
    assert prompt.reply((2, 3, 1, 1)) == " hold, act, detailed, formal:"
    said = {tuple(action): prompt.reply(action) for action in ACTIONS.tolist()}
    assert {words for action, words in said.items() if action[0] == 0} == {" silent."}
    assert len(set(said.values())) == 33
    for (timing, autonomy, verbosity, tone), words in said.items():
        if timing:
            whole = (TIMINGS[timing], AUTONOMY[autonomy], VERBOSITY[verbosity], TONES[tone])
            assert words == f" {', '.join(whole)}:"


def test_a_profile_tells_answers_in_four_levels() -> None:
    levels = [prompt.profile({"T2": answer}) for answer in range(1, 8)]
    words = ("no", "rather not", "rather not", "rather", "rather", "yes", "yes")
    assert levels == [f"\nTold: interrupting work: {level};" for level in words]
    both = prompt.profile({"C1": 7, "finance": 1})
    assert both == "\nTold: short messages: yes; help with finance: no;"


def test_every_answer_can_be_told_apart() -> None:
    assert list(prompt.STATED) == [*SURVEY_ITEMS, *DOMAINS]
    assert len({prompt.profile({name: 4}) for name in prompt.STATED}) == len(prompt.STATED) == 39


def test_an_exchange_tells_the_action_and_the_reaction() -> None:
    last = prompt.exchange((1, 0, 1, 0), "thumbs_up")
    assert last == "\nLast: now, notify, detailed, casual: thumbs up."
    assert prompt.exchange((0, 3, 1, 1), "wish") == "\nLast: silent. wish."
    assert len({prompt.exchange((1, 0, 0, 0), r) for r in REACTIONS}) == len(REACTIONS)


def test_a_prompt_begins_with_what_was_noticed() -> None:
    assert prompt.noticed("finance", "The card is lost.") == "finance: The card is lost."


@given(
    codes,
    st.dictionaries(st.sampled_from(prompt.STATED), st.integers(1, 7), max_size=39),
    st.sampled_from(REACTIONS),
    st.sampled_from(ACTIONS.tolist()),
    st.sampled_from(ACTIONS.tolist()),
)
def test_prompts_are_made_of_phrases(row, answers, reaction, before, action) -> None:
    phrases = set(prompt.phrases())
    whole = of([row]).words()[0] + prompt.profile(answers) + prompt.exchange(before, reaction)
    whole += prompt.MARKER + prompt.reply(action)
    rest = whole
    while rest:
        found = [n for n in range(1, len(rest) + 1) if rest[:n] in phrases]
        assert found, f"no phrase begins {rest[:60]!r}"
        rest = rest[found[-1] :]
    assert f"{DOMAINS[row[-1]]}:" in phrases


def test_phrases_are_distinct() -> None:
    phrases = prompt.phrases()
    assert len(set(phrases)) == len(phrases)
    assert all(phrase.strip() for phrase in phrases)
