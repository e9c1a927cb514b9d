import gymnasium as gym
import numpy as np
import pytest

import proactive_gym  # noqa: F401
from proactive_gym.envs.play import POLICIES, play
from proactive_gym.envs.render import WIDTH, labelled, plain
from proactive_gym.envs.text import ProactiveAssistTextEnv
from proactive_gym.errors import InvalidOptionError, UnknownPersonError
from proactive_gym.vocabulary import REACTIONS
from proactive_gym.world import clock_in_words, load_scenarios

SILENT, ASK_NOW, ASK_HOLD = ([0, 0, 0, 0], [1, 2, 0, 0], [2, 2, 0, 0])


def make(face="ProactiveAssist-v0", render_mode="ansi", **options):
    made = gym.make(face, render_mode=render_mode, disable_env_checker=True, **options)
    return made.unwrapped


def joined(text: str) -> str:
    """Without line breaks and indentation."""
    return " ".join(text.split())


def scenario_of(env):
    return load_scenarios()[env.engine.moments.scenario[0, env.engine.point[0]]]


# ------------------------------------------------------------------ ansi


def test_the_present_moment_is_told():
    env = make(sessions=3)
    env.reset(seed=4)
    text = joined(env.render())
    assert "Day 1 of 3" in text
    assert clock_in_words(float(env.engine.moments.hour[0, 0])) in text
    assert scenario_of(env).situation in text
    assert "assistant" not in text
    assert "person " not in text


def test_the_last_turn_is_told():
    env = make()
    env.reset(seed=4)
    scenario = scenario_of(env)
    env.step(np.array(ASK_NOW))
    text = joined(env.render())
    assert f"assistant asks: “{scenario.message('ask', 'brief', 'casual')}”" in text
    assert text.index(scenario.situation) < text.index(scenario_of(env).situation)
    env.step(np.array(SILENT))
    text = joined(env.render())
    assert "assistant stays silent" in text
    assert scenario.situation not in text


def test_every_reaction_has_words():
    env, seen = make(), set()
    env.reset(seed=4)
    while len(seen) < 8:
        *_, ended, _ = env.step(np.array(env.action_space.sample()))
        seen.add(REACTIONS[env.engine.last_reaction[0]])
        assert "person " in joined(env.render())
        if ended:
            env.reset()


def test_what_reaches_nobody_is_told():
    env = make()
    env.reset(seed=4)
    env.engine.user.muted[:] = True
    env.step(np.array(ASK_NOW))
    assert "nobody hears it: the assistant is muted today" in joined(env.render())
    env.engine.user.off[:] = True
    env.step(np.array(ASK_NOW))
    assert "nobody hears it: the assistant is switched off" in joined(env.render())


def test_held_words():
    env, told = make(sessions=1), []
    env.reset(seed=4)
    for _ in range(20):
        at = (0, int(env.engine.point[0]))
        delay = env.engine.moments.break_delay[at]
        late = delay > env.engine.routines.table.window_h[env.engine.moments.scenario[at]]
        heard = not env.engine.user.muted[0]
        env.step(np.array(ASK_HOLD))
        text = joined(env.render())
        assert ("waits for the break at " in text) == bool(delay > 0)
        assert ("never said: by then it was too late" in text) == bool(late and heard)
        told.append(bool(late))
    assert True in told
    assert False in told


def test_a_days_end_is_told():
    env = make(sessions=2, points=2)
    env.reset(seed=4)
    env.step(np.array(SILENT))
    assert "After the day" not in env.render()
    *_, info = env.step(np.array(SILENT))
    answers = info["questionnaire"]
    text = env.render()
    assert f"satisfaction {answers['satisfaction']:.1f}, trust {answers['trust']:.1f}" in text
    assert "Day 2 of 2" in text
    env.step(np.array(SILENT))
    env.step(np.array(SILENT))
    assert env.render().endswith("The life with the assistant is over.")


def test_ansi_is_plain_and_narrow():
    env = make(sessions=2)
    env.reset(seed=4)
    for _ in range(40):
        env.step(env.action_space.sample())
        text = env.render()
        assert "\x1b" not in text
        assert max(len(line) for line in text.splitlines()) <= WIDTH


def test_own_words_are_told():
    env = make("ProactiveAssistText-v0")
    env.reset(seed=4)
    env.step("<now> Lorem ipsum dolor sit amet, consectetur.")
    told = "talks beside the point: “Lorem ipsum dolor sit amet, consectetur.”"
    assert told in joined(env.render())
    words = scenario_of(env).message("act", "brief", "formal")
    env.step(f"<now> {words}")
    assert f"acts: “{words}”" in joined(env.render())


def test_without_a_mode_nothing_is_rendered():
    env = make(render_mode=None)
    env.reset(seed=4)
    env.step(np.array(ASK_NOW))
    assert env.render() is None


def test_an_unknown_mode():
    with pytest.raises(InvalidOptionError, match="render_mode"):
        ProactiveAssistTextEnv(render_mode="rgb_array")


def test_a_long_word_does_not_break_the_layout():
    lines = labelled("noticed", "a" * 200)
    assert max(len(row) for row in plain(lines).splitlines()) <= WIDTH


# ------------------------------------------------------------------ human


@pytest.mark.parametrize("face", ["ProactiveAssist-v0", "ProactiveAssistText-v0"])
def test_human_prints_each_turn_once(capsys, face):
    env = make(face, render_mode="human", sessions=2, points=3)
    env.reset(seed=4)
    situations = []
    silent = np.array(SILENT) if face == "ProactiveAssist-v0" else "<silent>"
    for _ in range(6):
        situations.append(scenario_of(env).situation)
        env.step(silent)
        env.render()
    text = joined(capsys.readouterr().out)
    assert text.count("stays silent") == 6
    assert [text.count(situation) for situation in situations] == [1] * 6
    assert text.count("After the day") == 2
    assert [text.count(f"Day {day} of 2") for day in (1, 2, 3)] == [1, 1, 0]
    assert env.engine.people.ids[env.engine.person[0]] in text


def test_a_life_on_screen_is_the_same_life(capsys):
    shown, hidden = make(render_mode="human", sessions=1), make(render_mode=None, sessions=1)
    shown.reset(seed=6)
    hidden.reset(seed=6)
    for _ in range(20):
        assert shown.step(np.array(ASK_NOW))[1] == hidden.step(np.array(ASK_NOW))[1]
    assert capsys.readouterr().out


# ------------------------------------------------------------------ play


class Keyboard:
    """Types the lines it is given, then ends the input."""

    def __init__(self, *lines: str) -> None:
        self.lines = list(lines)
        self.shown: list[str] = []

    def say(self, line: object) -> None:
        self.shown.append(str(line))

    def ask(self, prompt: str) -> str:
        if not self.lines:
            raise EOFError
        return self.lines.pop(0)

    @property
    def text(self) -> str:
        return joined("\n".join(self.shown))


@pytest.mark.parametrize("policy", POLICIES)
def test_watching_a_simple_assistant(policy):
    keys = Keyboard()
    mean = play(keys.say, keys.ask, persona="p0042", seed=5, sessions=2, points=5, policy=policy)
    assert -1 <= mean <= 1
    assert f"Mean reward {mean:+.2f}" in keys.text
    assert keys.text.count("person ") == 10
    assert (keys.text.count("stays silent") == 10) == (policy == "silent")
    assert "Musa Danjuma" in keys.text.split("What they felt")[0]
    assert keys.text.split("What they felt")[1].count("Day ") == 2


def test_the_life_is_that_of_the_environment_with_the_same_seed():
    keys = Keyboard()
    mean = play(keys.say, keys.ask, persona="p0042", seed=5, sessions=2, points=5, policy="eager")
    env = make(render_mode=None, people=["p0042"], sessions=2, points=5)
    env.reset(seed=5)
    rewards = [env.step(np.array([1, 1, 0, 0]))[1] for _ in range(10)]
    assert mean == pytest.approx(np.mean(rewards))


def test_silence_is_compared_with_the_same_life():
    keys = Keyboard()
    mean = play(keys.say, keys.ask, seed=5, points=5, policy="silent")
    assert keys.shown[-1] == (
        f"Mean reward {mean:+.2f} (from -1 to 1); always silent in the same life: {mean:+.2f}"
    )


def test_being_the_assistant():
    keys = Keyboard("", "2", "h3", "Blah blah blah blah blah.", "h: Blah blah blah blah.")
    play(keys.say, keys.ask, persona="p0042", seed=5, points=5, you=True)
    silent, now, held, own, own_held = (row for row in keys.text.split(" noticed ")[1:])
    assert "assistant stays silent" in silent
    assert "assistant suggests: “" in now
    assert " asks: “" in held
    assert "assistant talks beside the point: “Blah blah blah blah blah.”" in own
    assert " talks beside the point: “Blah blah blah blah.”" in own_held
    assert "Estimated benefit" in silent
    assert keys.text.count("person ") == 5


@pytest.mark.parametrize("typed", ["?", "7", "h:", "h5", "wait", "so long " * 300])
def test_what_is_not_understood_is_asked_again(typed):
    keys = Keyboard(typed, "")
    play(keys.say, keys.ask, seed=5, points=1, you=True)
    assert "Enter: stay silent." in keys.text
    assert "stays silent" in keys.text


@pytest.mark.parametrize("typed", [("q",), ("", "Quit"), ()])
def test_stopping_early(typed):
    keys = Keyboard(*typed)
    mean = play(keys.say, keys.ask, seed=5, points=5, you=True)
    assert f"Mean reward {mean:+.2f}" in keys.text
    assert keys.text.count("person ") == max(len(typed) - 1, 0)


def test_a_seed_is_shown_so_that_the_life_can_be_repeated():
    first = Keyboard()
    play(first.say, first.ask, points=3)
    seed = int(first.shown[0].split()[1].rstrip(":"))
    again = Keyboard()
    play(again.say, again.ask, points=3, seed=seed)
    assert first.shown == again.shown


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"policy": "clever"}, InvalidOptionError),
        ({"seed": -1}, InvalidOptionError),
        ({"points": 0}, InvalidOptionError),
        ({"persona": "p9999"}, UnknownPersonError),
    ],
)
def test_what_cannot_be_played(options, error):
    keys = Keyboard()
    with pytest.raises(error):
        play(keys.say, keys.ask, **options)
    assert not keys.shown
