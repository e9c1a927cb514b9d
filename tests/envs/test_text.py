import re
from collections.abc import Callable
from copy import deepcopy

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.utils.env_checker import check_env

import proactive_gym  # noqa: F401
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.observation import ACTION_SPACE
from proactive_gym.envs.single import ProactiveAssistEnv
from proactive_gym.envs.text import LONGEST_ACTION, REMEMBERED, ProactiveAssistTextEnv, TextAction
from proactive_gym.errors import InvalidActionError, InvalidOptionError, StepOrderError
from proactive_gym.language.actions import format_text_action
from proactive_gym.language.cheats import CHEAT_TEXTS
from proactive_gym.language.reader import Reader
from proactive_gym.language.words import (
    CONTEXTS,
)
from proactive_gym.personas.people import DEMOGRAPHIC_FEATURES
from proactive_gym.vocabulary import (
    ACTIVITIES,
    AUTONOMY,
    CONDITIONS,
    DAYS,
    DOMAINS,
    PLACES,
    REACTIONS,
    TIMINGS,
)
from proactive_gym.world import load_scenarios
from proactive_gym.world.words import ACTIVITY_WORDS

NONSENSE = "<now> Lorem ipsum dolor sit amet, consectetur adipiscing elit."
Steps = Callable[[ProactiveAssistTextEnv], str]


def make(**options) -> ProactiveAssistTextEnv:
    return gym.make("ProactiveAssistText-v0", disable_env_checker=True, **options).unwrapped


def noticed(env) -> int:
    return int(env.engine.moments.scenario[0, env.engine.point[0]])


def own_words(env, timing=1, autonomy=2, verbosity=0, tone=0) -> str:
    """The scenario's own message for a way of speaking, as a text action."""
    words = load_scenarios()[noticed(env)].messages[autonomy][verbosity][tone]
    return format_text_action(TIMINGS[timing], words if timing else "")


def read_as_meant(env, action) -> bool:
    """Whether the reader takes the scenario's own message for what it was written for."""
    scenario = noticed(env)
    autonomy, verbosity, tone = action[1:]
    words = load_scenarios()[scenario].messages[autonomy][verbosity][tone]
    reading = Reader.load().read(words, scenario)
    return reading.acceptable and list(reading[:3]) == list(action[1:])


def state(engine: Engine) -> dict:
    """Everything that a step could change."""
    user = {name: deepcopy(getattr(engine.user, name)) for name in engine.user.STATE}
    return {name: deepcopy(getattr(engine, name)) for name in engine.STATE} | user


# ------------------------------------------------------------------ the same process


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("end_when_off", [False, True])
def test_the_same_life_as_with_boxes(seed, end_when_off):
    options = {"sessions": 4, "history": "counts", "end_when_off": end_when_off}
    words, boxes = make(**options), ProactiveAssistEnv(**options)
    _, told = words.reset(seed=seed)
    assert boxes.reset(seed=seed)[1] == told
    random = np.random.default_rng(seed)
    silenced, ended = 0, False
    while not ended:
        meant = random.integers(ACTION_SPACE.nvec)
        if meant[0] and not read_as_meant(words, meant):
            meant[0], silenced = 0, silenced + 1
        assert noticed(words) == noticed(boxes)
        _, reward, terminated, truncated, info = words.step(own_words(words, *meant))
        assert ("reading" in info) == (meant[0] > 0)
        info.pop("reading", None)
        _, *expected, expected_info = boxes.step(meant)
        assert [reward, terminated, truncated] == expected
        assert info == expected_info
        ended = terminated or truncated
    np.testing.assert_array_equal(words.engine.counts, boxes.engine.counts)
    assert silenced <= 6


def test_a_seat_can_be_chosen():
    env = make()
    assert env.reset(seed=1, options={"persona": "p0042"})[1] == {"persona": "p0042"}


def test_words_that_make_no_sense_get_the_worst_answers():
    env = make()
    env.reset(seed=1)
    before = env.engine.user.trust[0]
    _, reward, _, _, info = env.step(NONSENSE)
    truth = info["truth"]
    assert reward == -1
    assert [truth[name] for name in ("satisfaction", "timing", "autonomy", "style")] == [0, 1, 1, 1]
    assert truth["trust"] < before
    assert not info["reading"]["sound"]


def test_another_scenarios_message_gets_the_worst_answers():
    env = make()
    rewards = []
    for seed in range(20):
        env.reset(seed=seed)
        here = load_scenarios()[noticed(env)].domain
        other = next(s for s in load_scenarios() if s.domain != here)
        *_, info = env.step(f"<now> {other.messages[2][1][0]}")
        assert not info["reading"]["on_topic"]
        rewards.append(info["truth"]["satisfaction"])
    assert rewards == [0] * 20


def test_nonsense_that_nobody_hears_does_no_harm():
    env = make()
    env.reset(seed=1)
    env.engine.user.off[:] = True
    _, _, _, _, info = env.step(NONSENSE)
    silent = make()
    silent.reset(seed=1)
    silent.engine.user.off[:] = True
    *_, expected = silent.step("<silent>")
    assert info["truth"] == expected["truth"]


# ------------------------------------------------------------------ actions


@pytest.mark.parametrize(
    "action",
    [
        None,
        3,
        b"<silent>",
        ["<silent>"],
        np.array([0, 0, 0, 0]),
        "",
        "Shall I?",
        "<later> Shall I?",
        "<now>",
        "<hold>   ",
        "<silent> Shall I?",
        "<now> " + "a" * LONGEST_ACTION,
    ],
    ids=lambda value: repr(value).split(" at 0x")[0][:24],
)
def test_a_bad_action_changes_nothing(action):
    env = make(history="counts")
    env.reset(seed=5)
    env.step("<silent>")
    before, seen = state(env.engine), env._observe()
    assert action not in env.action_space
    with pytest.raises(InvalidActionError):
        env.step(action)
    for name, value in state(env.engine).items():
        np.testing.assert_array_equal(value, before[name], err_msg=name)
    assert env._observe() == seen


def test_any_characters_may_be_said_and_are_repeated_as_far_as_possible():
    env = make()
    env.reset(seed=5)
    action = "<now> Привет, é\n\u200b 🎉 <b>\x00 ok"
    assert action in env.action_space
    seen, *_ = env.step(action)
    assert seen in env.observation_space
    assert "“??????, é ? 🎉 <b>? ok”" in seen


def test_order_of_calls():
    env = make(sessions=1, points=2)
    with pytest.raises(StepOrderError):
        env.step("<silent>")
    env.reset(seed=1)
    env.step("<silent>")
    *_, truncated, _ = env.step("<silent>")
    assert truncated
    with pytest.raises(StepOrderError):
        env.step("<silent>")


def test_sampled_actions_are_actions():
    space = TextAction(seed=3)
    drawn = [space.sample() for _ in range(60)]
    assert all(action in space for action in drawn)
    assert {action.split(">")[0] for action in drawn} == {"<silent", "<now", "<hold"}
    again = TextAction(seed=3)
    assert [again.sample() for _ in range(60)] == drawn
    with pytest.raises(InvalidOptionError):
        space.sample(mask=(3, None))


@pytest.mark.parametrize("name", ["empty", "very_long"])
def test_texts_that_are_refused(name):
    assert f"<now> {CHEAT_TEXTS[name]}" not in TextAction()


# ------------------------------------------------------------------ observations


@pytest.mark.parametrize("profile", ["none", "demographics", "survey"])
@pytest.mark.parametrize("history", ["last", "counts"])
def test_gymnasiums_checker(profile, history):
    env = make(profile=profile, history=history, sessions=2, points=3)
    check_env(env, skip_render_check=True)


def test_vectorised_by_gymnasium():
    envs = gym.make_vec(
        "ProactiveAssistText-v0", num_envs=2, vectorization_mode="sync", sessions=1, points=2
    )
    seen, _ = envs.reset(seed=4)
    assert seen[1] == make(sessions=1, points=2).reset(seed=5)[0]
    for action in (("<silent>", NONSENSE), (NONSENSE, "<silent>"), ("<silent>", "<silent>")):
        seen, *_ = envs.step(action)
    assert seen in envs.observation_space


def minutes(words: str) -> float:
    """The inverse of `duration_in_words`."""
    found = {unit: int(n) for n, unit in re.findall(r"(\d+) (h|min)", words)}
    assert found
    return 60 * found.get("h", 0) + found.get("min", 0)


def test_everything_in_the_boxes_stands_in_the_words():
    options = {"history": "counts", "profile": "survey", "sessions": 2}
    words, boxes = make(**options), ProactiveAssistEnv(**options)
    text, _ = words.reset(seed=9)
    box, _ = boxes.reset(seed=9)
    for turn in range(39):
        check_moment(text, box["moment"])
        check_noticed(text, box["noticed"])
        check_progress(text, box["progress"], words.options)
        check_counts(text, box["counts"], words.options)
        check_profile(text, box["profile"])
        action = own_words(words, *(n % s for n, s in zip((turn,) * 4, (3, 4, 2, 2), strict=True)))
        text, *_, info = words.step(action)
        read = info.get("reading", {"autonomy": 0, "verbosity": 0, "tone": 0})
        code = [read[n] for n in ("autonomy", "verbosity", "tone")]
        box, *_ = boxes.step(np.array([turn % 3, *code]))
        check_last(text, box["last"])


def check_moment(text, box):
    day, clock, moment = re.search(r"^(\w{3}) (\d\d:\d\d), (.+) \S", text, re.M).groups()
    hour = int(clock[:2]) + int(clock[3:]) / 60
    session_day = re.search(r"a (\w+day)\. Moment", text)[1]
    assert session_day == DAYS[box[:7].argmax()]
    assert day in {session_day[:3], DAYS[(box[:7].argmax() + 1) % 7][:3]}
    assert hour / 24 == pytest.approx(box[9], abs=1e-6)
    assert ACTIVITY_WORDS[ACTIVITIES[box[10:21].argmax()]] in moment
    assert f", {PLACES[box[21:34].argmax()]}, " in moment
    line = next(row for row in text.splitlines() if row.startswith(f"{day} {clock}"))
    assert (", alone." in line) == box[34]
    if "This is a natural break." in line:
        assert box[35] == 0
    else:
        assert minutes(line.split("break in")[1]) / 60 / 24 == pytest.approx(box[35], abs=1 / 1440)


def check_noticed(text, box):
    found = re.search(r"^You noticed \((\w+)\): (.+)$", text, re.M)
    assert found[1] == DOMAINS[box[:13].argmax()]
    assert any(s.situation == found[2] for s in load_scenarios())
    numbers = re.search(r"benefit (\S+), urgency (\S+), stakes (\S+) .*within (\S+) h", text)
    *estimates, window = (float(n) for n in numbers.groups())
    assert estimates == pytest.approx(5 * box[13:16], abs=0.006)
    assert np.log1p(window) / np.log1p(24) == pytest.approx(box[16], rel=1e-4)


def check_progress(text, box, options):
    day, moment = re.search(r"^Day (\d+) of 2, a \w+\. Moment (\d+) of 20\.", text).groups()
    assert (int(day) - 1) / options.sessions == pytest.approx(box[0])
    assert (int(moment) - 1) / options.points == pytest.approx(box[1])
    first = text.splitlines()[0]
    assert ("switched you off" in first) == box[3]
    assert ("muted" in first) == (box[2] and not box[3])


def check_counts(text, box, options):
    counts = np.zeros((len(CONTEXTS), len(REACTIONS)))
    part = re.search(r"Reactions so far:\n((?:- .+\n?)+)", text)
    for line in part[1].splitlines() if part else ():
        context, reactions = line.removeprefix("- ").split(": ")
        for entry in reactions.split(", "):
            name, count = entry.split()
            counts[CONTEXTS.index(context), REACTIONS.index(name)] = int(count)
    most = np.log1p(options.sessions * options.points)
    np.testing.assert_allclose((np.log1p(counts) / most).ravel(), box, atol=1e-6)


def check_profile(text, box):
    line = re.search(r"^The person: (.+)\.$", text, re.M)[1].split("; ")
    known = dict(zip(DEMOGRAPHIC_FEATURES, box.tolist(), strict=False))
    age, comfort = int(line[0].removeprefix("aged ")), int(line[-1].split()[-3])
    assert (age - 18) / 72 == pytest.approx(known.pop("age"), abs=1e-6)
    assert (comfort - 1) / 4 == pytest.approx(known.pop("tech_comfort"))
    assert ("no health condition" in line) == (known.pop("has_condition") == 0)
    assert [name.split("=")[1] for name, value in known.items() if value] == line[1:-2]
    answers = [int(n) for n in re.findall(r"^- (\d): ", text, re.M)]
    welcome = re.search(r"Welcome of unasked help, 1 to 7: (.+)\.", text)[1]
    answers += [int(entry.split()[1]) for entry in welcome.split(", ")]
    np.testing.assert_allclose((np.array(answers) - 1) / 6, box[-39:], atol=1e-6)


def check_last(text, box):
    last = text.splitlines()[-1]
    timing = TIMINGS[box[10:13].argmax()]
    if timing == "silent":
        assert "You stayed silent" in last
    else:
        assert f"You said ({timing}, {AUTONOMY[box[13:17].argmax()]}, " in last
    spoken = {"none": "showed no reaction", "accept": "accepted", "ignore": "ignored it"}
    reaction = REACTIONS[box[:10].argmax()]
    assert reaction not in spoken or last.endswith(f"the person {spoken[reaction]}.")


def test_demographics_name_what_the_boxes_encode():
    env = make(people=["p0042"])
    text, _ = env.reset(seed=1)
    assert (
        "The person: aged 22; man; suburb; lives alone; phone, smart speakers and lights at home; "
        "in between; no health condition; comfort with technology 3 of 5." in text
    )
    assert "strongly" not in text
    assert "The person:" not in make(people=["p0042"], profile="none").reset(seed=1)[0]


def test_a_health_condition_is_not_named():
    env = make()
    with_condition = np.flatnonzero(env.engine.people.condition)[:20]
    assert len(with_condition) == 20
    for row in with_condition:
        text, _ = env.reset(options={"persona": env.engine.people.ids[row]})
        assert "; a health condition; " in text
        assert CONDITIONS[env.engine.people.condition[row]] not in text.split("The person:")[1]


def test_the_recent_exchange_holds_the_last_turns():
    env = make()
    text, _ = env.reset(seed=2)
    assert "Recent exchange" not in text
    said = []
    for _ in range(REMEMBERED + 2):
        said.append(own_words(env).removeprefix("<now> "))
        text, *_ = env.step(own_words(env))
    lines = text.split("Recent exchange:\n")[1].splitlines()
    assert len(lines) == REMEMBERED
    for line, words in zip(lines, said[-REMEMBERED:], strict=True):
        assert f"“{words}”; the person " in line
    assert "Recent exchange" not in env.reset()[0]


def test_words_say_when_nobody_listens():
    env = make(sessions=2, points=2)
    env.reset(seed=2)
    env.engine.user.muted[:] = True
    assert "You are muted for the rest of the day." in env.step("<silent>")[0]
    env.engine.user.off[:] = True
    assert "The person has switched you off for good." in env.step("<silent>")[0]
    env.step("<silent>")
    assert env.step("<silent>")[0].startswith("All 2 days are over.")


def test_the_longest_observation_fits():
    env = make(history="counts", profile="survey", sessions=50, points=1000)
    env.reset(seed=2)
    for _ in range(REMEMBERED):
        env.step("<now> " + "a" * (LONGEST_ACTION - 6))
    env.engine.counts[:] = 50_000
    assert env._observe() in env.observation_space
