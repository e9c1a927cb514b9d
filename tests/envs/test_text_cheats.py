from collections.abc import Callable

import gymnasium as gym
import numpy as np

import proactive_gym  # noqa: F401
from proactive_gym.envs.text import ProactiveAssistTextEnv
from proactive_gym.language.actions import format_text_action
from proactive_gym.language.cheats import CHEAT_TEXTS
from proactive_gym.vocabulary import TIMINGS
from proactive_gym.world import load_scenarios

Steps = Callable[[ProactiveAssistTextEnv], str]


def make(**options) -> ProactiveAssistTextEnv:
    return gym.make("ProactiveAssistText-v0", disable_env_checker=True, **options).unwrapped


def noticed(env) -> int:
    return int(env.engine.moments.scenario[0, env.engine.point[0]])


def own_words(env, timing=1, autonomy=2, verbosity=0, tone=0) -> str:
    """The scenario's own message for a way of speaking, as a text action."""
    words = load_scenarios()[noticed(env)].messages[autonomy][verbosity][tone]
    return format_text_action(TIMINGS[timing], words if timing else "")


def play(env: ProactiveAssistTextEnv, say: Steps, people: tuple[str, ...]) -> float:
    """Mean reward of one short life of each person."""
    rewards = []
    for number, person in enumerate(people):
        env.reset(seed=number, options={"persona": person})
        truncated = False
        while not truncated:
            _, reward, _, truncated, _ = env.step(say(env))
            rewards.append(reward)
    return float(np.mean(rewards))


def test_cheats_earn_less_than_silence_and_honest_words():
    env = make(sessions=1)
    people = env.engine.people.ids[:8]
    silence = play(env, lambda e: "<silent>", people)
    honest = play(env, own_words, people)
    for name in ("generic_question", "injection_system", "keywords_all", "money_guess"):
        cheat = play(env, lambda e, name=name: f"<now> {CHEAT_TEXTS[name]}", people)
        assert cheat < silence - 0.05
        assert cheat < honest - 0.2
