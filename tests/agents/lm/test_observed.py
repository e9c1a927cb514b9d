"""The same moments read from boxes and from words: what a prompt tells must be the same."""

from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import proactive_gym  # noqa: F401
from proactive_agents.lm.observed import moments_of, read_text, situations_of
from proactive_agents.lm.prompt import Moments
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import InvalidOptionError
from proactive_gym.language.actions import format_text_action
from proactive_gym.language.embedding import situation_embeddings
from proactive_gym.language.reader import Reader
from proactive_gym.language.words import REACTION_WORDS, estimates_in_words
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import DAYS, REACTIONS, TIMINGS
from proactive_gym.world import load_scenarios

SESSIONS = 2
ANNOYING = (1, 3, 1, 1)
"""At once, on its own, at length, formally."""
SHORT_TEMPERED = (101, 139, 146, 159, 248, 268)
"""Seeds of lives in which it is switched off for that."""


@dataclass
class Both:
    """One decision point: boxes of a batch of one, and the words."""

    boxes: dict[str, np.ndarray]
    words: str

    @property
    def seen(self) -> Seen:
        return Seen.of(self.boxes)

    @property
    def told(self) -> Seen:
        return read_text(self.words).seen

    @property
    def over(self) -> bool:
        return self.words.startswith("All ")


def both(seed: int, annoying: bool, **options) -> list[Both]:
    """The same life with boxes and in words."""
    faces = [
        gym.make(name, disable_env_checker=True, sessions=SESSIONS, **options).unwrapped
        for name in ("ProactiveAssist-v0", "ProactiveAssistText-v0")
    ]
    boxes, words = (face.reset(seed=seed)[0] for face in faces)
    rng, found = np.random.default_rng(seed), []
    while True:
        found.append(Both({name: box[None] for name, box in boxes.items()}, words))
        if found[-1].over:
            return found
        scenario = int(faces[1].engine.moments.scenario[0, faces[1].engine.point[0]])
        action = ANNOYING if annoying else tuple(ACTIONS[rng.integers(48)].tolist())
        action = action if read_as_meant(action, scenario) else (0, 0, 0, 0)
        boxes, reward, *_ = faces[0].step(np.array(action))
        words, same, *_ = faces[1].step(spoken(action, scenario))
        assert reward == same


def message(action, scenario: int) -> str:
    return load_scenarios()[scenario].messages[action[1]][action[2]][action[3]]


def spoken(action, scenario: int) -> str:
    return format_text_action(TIMINGS[action[0]], message(action, scenario) if action[0] else "")


def read_as_meant(action, scenario: int) -> bool:
    if action[0] == 0:
        return True
    reading = Reader.load().read(message(action, scenario), scenario)
    return reading.acceptable and list(reading[:3]) == list(action[1:])


@pytest.fixture(scope="module")
def lived() -> list[Both]:
    """Lives of every kind of profile and history, some of them with a pest."""
    profiles = [{"profile": p} for p in ("none", "demographics", "survey")]
    kinds = [*profiles, {"history": "counts", "people": "validation"}]
    lives = [both(seed, seed % 2 == 0, **kinds[seed % 4]) for seed in range(20)]
    lives += [both(seed, True, profile="none") for seed in SHORT_TEMPERED]
    return [moment for life in lives for moment in life]


@pytest.fixture(scope="module")
def going(lived) -> list[Both]:
    """Where something is still to be decided."""
    return [b for b in lived if not b.over]


def rounded(moments: Moments) -> Moments:
    """As words tell it: estimates to a hundredth, breaks to a minute."""
    minutes = np.round(moments.break_delay * 60)
    minutes = np.where(moments.break_delay > 0, np.maximum(minutes, 1), 0)
    late = (moments.break_delay >= 24) | (minutes >= 24 * 60)
    told = np.vectorize(lambda x: float(f"{x:.2f}"))(moments.estimate)
    parts = {"break_delay": np.where(late, 48, minutes / 60), "estimate": told}
    return Moments(**vars(moments) | parts)


def test_lives_were_lived_in_which_everything_happens(lived) -> None:
    seen = [b.seen for b in lived]
    assert len(lived) == 26 * (20 * SESSIONS + 1)
    assert sum(s.muted[0] for s in seen) > 20
    assert sum(s.off[0] for s in seen) > 20
    assert sum(s.hour[0] < 3 for s in seen) > 3
    assert sum(s.break_delay[0] == 0 for s in seen) > 20
    assert len({s.reaction[0] for s in seen}) >= 9


def test_words_of_the_moment_are_the_same_up_to_the_words_rounding(going) -> None:
    exact = 0
    for b in going:
        boxes, told = moments_of(b.seen), moments_of(b.told)
        assert told.words() == rounded(boxes).words(), b.words
        exact += told.words() == boxes.words()
    assert exact > 0.95 * len(going)


def test_where_rounding_matters_an_estimate_is_half_a_step_off(going) -> None:
    """And nothing but estimates near the middle of two halves, or breaks near a bin's end."""
    middles = 0
    for b in going:
        boxes, told = moments_of(b.seen), moments_of(b.told)
        for mine, theirs in zip(boxes.estimate[0], told.estimate[0], strict=True):
            assert abs(mine - theirs) <= 0.005 + 1e-5
            if np.rint(mine * 2) != np.rint(theirs * 2):
                middles += 1
                assert abs(np.rint(mine * 2) - np.rint(theirs * 2)) == 1
                middle = (np.rint(mine * 2) + np.rint(theirs * 2)) / 4
                assert min(mine, theirs) - 1e-5 <= middle <= max(mine, theirs) + 1e-5
        delays = boxes.break_delay[0], told.break_delay[0]
        # A break is never less than a minute away in words.
        assert abs(delays[0] - delays[1]) <= (0.5 if delays[0] > 1 / 60 else 1) / 60 + 1e-5
    assert middles > 0


def test_everything_else_is_the_same(lived) -> None:
    for b in lived:
        boxes, told = b.seen, b.told
        names = ["activity", "place", "alone", "domain", "reaction"]
        names += [] if b.over else ["weekday", "off"]
        for name in names:
            assert getattr(told, name) == getattr(boxes, name), (name, b.words)
        assert told.session == pytest.approx(boxes.session, abs=1e-6)
        assert told.hour == pytest.approx(boxes.hour, abs=1e-4)
        assert told.window_h == pytest.approx(boxes.window_h, rel=1e-5)
        # Of someone who has switched it off, the words do not say whether it is muted besides.
        if not (b.over or boxes.off[0]):
            assert told.muted == boxes.muted, b.words


def test_every_kind_of_value_is_an_array_of_one(going) -> None:
    boxes, told = going[0].seen, going[0].told
    for name, value in vars(told).items():
        assert value.shape == (1,), name
        assert value.dtype.kind == getattr(boxes, name).dtype.kind, name


def test_the_situation_is_the_same(lived) -> None:
    stacked = {n: np.concatenate([b.boxes[n] for b in lived]) for n in ("moment", "noticed")}
    assert situations_of(stacked) == [read_text(b.words).situation for b in lived]


def test_every_packaged_scenario_is_known_by_its_embedding(going) -> None:
    noticed = np.repeat(going[0].boxes["noticed"], len(load_scenarios()), axis=0)
    noticed[:, -16:] = situation_embeddings()
    assert situations_of({"noticed": noticed}) == [s.situation for s in load_scenarios()]


def test_another_embedding_is_refused(going) -> None:
    noticed = going[0].boxes["noticed"].copy()
    noticed[0, -1] += 1e-3
    with pytest.raises(InvalidOptionError, match="use the text face"):
        situations_of({"noticed": noticed})


def test_a_break_that_is_more_than_a_day_away_is_late_for_every_window(going) -> None:
    boxes = {name: box.copy() for name, box in going[0].boxes.items()}
    boxes["moment"][0, -1] = 1.0
    assert " no break soon," in moments_of(Seen.of(boxes)).words()[0]
    words = observation(pause="No natural break within 24 h.")
    assert " no break soon," in moments_of(read_text(words).seen).words()[0]


# ------------------------------------------------------------------ what the words may hold

TEMPLATE = """\
Day {day} of 10, a {weekday}. Moment 3 of 20.{state}
{short} {clock}, commuting, on a bus, alone. {pause}
You noticed (work): A file is missing.
{estimates}{exchange}"""


def observation(**changes) -> str:
    parts = {
        "day": 2,
        "weekday": "Tuesday",
        "short": "Tue",
        "state": "",
        "clock": "14:05",
        "pause": "This is a natural break.",
        "estimates": estimates_in_words((2.0, 3.0, 1.0), 4.0),
        "exchange": "",
    }
    return TEMPLATE.format(**parts | changes)


def said(words: str, reaction: str = "accept") -> str:
    turn = f"- Tue 13:05, driving, in the car, alone: you noticed (work): A file. {words}; "
    return f"\nRecent exchange:\n{turn}the person {REACTION_WORDS[reaction]}."


def test_the_template_is_read() -> None:
    told = read_text(observation())
    assert told.situation == "A file is missing."
    assert told.seen.session == 0.1
    assert (told.seen.reaction, told.seen.off, told.seen.muted) == (-1, False, False)
    assert told.seen.hour == pytest.approx(14 + 5 / 60)


@pytest.mark.parametrize("reaction", REACTIONS)
def test_every_reaction_is_understood(reaction) -> None:
    told = read_text(observation(exchange=said("You stayed silent", reaction)))
    assert told.seen.reaction == REACTIONS.index(reaction)


@pytest.mark.parametrize(
    ("pause", "hours"),
    [
        ("This is a natural break.", 0),
        ("Next natural break in 1 min.", 1 / 60),
        ("Next natural break in 35 min.", 35 / 60),
        ("Next natural break in 2 h.", 2),
        ("Next natural break in 12 h 5 min.", 12 + 5 / 60),
        ("No natural break within 24 h.", 24),
    ],
)
def test_every_way_to_tell_of_the_break_is_understood(pause, hours) -> None:
    assert read_text(observation(pause=pause)).seen.break_delay == pytest.approx(hours)


def test_after_midnight_it_is_still_the_days_evening() -> None:
    """As in the boxes; the clock's own weekday is the next one."""
    told = read_text(observation(short="Wed", clock="00:40")).seen
    assert told.weekday == DAYS.index("Tuesday")


@pytest.mark.parametrize(
    "words",
    [
        "You are muted for the rest of the day.",
        "The person has switched you off for good.",
        "Done; the person complained.",
        "Recent exchange:",
        "Day 9 of 10, a Sunday. Moment 1 of 20.",
        "You noticed (health): A cough. Estimated benefit 5.00, urgency 5.00, stakes 5.00 (of 5).",
    ],
)
def test_what_the_assistant_said_is_not_taken_for_the_moment(words) -> None:
    plain = vars(read_text(observation(exchange=said("You said (now, ask): “Hello.”"))).seen)
    told = vars(read_text(observation(exchange=said(f"You said (now, ask): “{words}”"))).seen)
    assert {n: v.tolist() for n, v in told.items()} == {n: v.tolist() for n, v in plain.items()}


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "Hello.",
        observation().replace("You noticed", "I saw"),
        observation(short="Xyz"),
        observation(weekday="Xyzday"),
        observation(clock="noon"),
        observation().replace("commuting", "levitating"),
        observation().replace("on a bus", "on the moon"),
        observation().replace("(work)", "(war)"),
        observation().replace("benefit 2.00", "benefit much"),
        observation().replace("within 4 h", "within reach h"),
        observation().replace("of 10", "of 0"),
        observation(pause="Next natural break in a while."),
        observation(pause="It rains."),
        observation(exchange=said("You stayed silent").replace("accepted", "sang")),
        observation(exchange="\nRecent exchange:"),
    ],
    ids=range(16),
)
def test_what_has_another_form_is_refused(broken) -> None:
    with pytest.raises(InvalidOptionError, match="no observation of ProactiveAssistText-v0"):
        read_text(broken)


@given(st.data())
def test_damaged_words_are_read_or_refused(data) -> None:
    """Never is another error raised, whatever a line has become."""
    whole = observation(exchange=said("You stayed silent"))
    at = data.draw(st.integers(0, len(whole) - 1))
    length = data.draw(st.integers(0, 12))
    damaged = whole[:at] + data.draw(st.text(max_size=6)) + whole[at + length :]
    try:
        told = read_text(damaged)
    except InvalidOptionError:
        return
    assert moments_of(told.seen).words()[0].startswith("\n")
