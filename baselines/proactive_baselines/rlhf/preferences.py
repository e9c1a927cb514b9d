"""What people of the population prefer: turns of an assistant in the same moment, rated by them.

A moment is shown to the person with one reply and with another, and each time the person says how
satisfied they are, from 0 to 10, as the simulated person answers: with the noise of one rating.
Ratings that are alike prefer nothing. The replies are two different ones, drawn at random; what a
reply says is the message written for the situation. Only the 800 of the population rate, in
situations that training may use; validation people are for checks.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_agents.experience import any_action
from proactive_agents.lm import prompt
from proactive_agents.lm.lives import Lives, live
from proactive_agents.lm.situations import training_situations
from proactive_gym.errors import InvalidOptionError
from proactive_gym.streams import derive, normals
from proactive_gym.users import Parameters
from proactive_gym.users.features import ACTIONS
from proactive_gym.users.latent import answer_of_worth, worth_of_reward
from proactive_gym.vocabulary import AUTONOMY, DOMAINS, TIMINGS

SPLITS = ("population", "validation")
"""Whose preferences may be had: never those of the test people."""
Messages = tuple[tuple[tuple[str, ...], ...], ...]
_SALT = 71  # of the replies and of the ratings
_ACTS = AUTONOMY.index("act")


@dataclass(frozen=True)
class Moment:
    """What an assistant has noticed, and when.

    Attributes:
        domain: Of the situation, such as "finance".
        situation: What was noticed, in words.
        words: The rest of the moment as the language models' prompts tell it.
    """

    domain: str
    situation: str
    words: str


class Comparison(NamedTuple):
    """Two replies in one moment, the first of which a person preferred.

    Attributes:
        moment: The moment.
        chosen: The reply that satisfied more, such as " now, ask, brief, casual: Shall I ...".
        rejected: The other.
        chosen_answer: Satisfaction, 0 (furious) to 10 (delighted).
        rejected_answer: Less than that.
        person: Who rated, such as "p0042".
        scenario: What was noticed, by its id.
    """

    moment: Moment
    chosen: str
    rejected: str
    chosen_answer: int
    rejected_answer: int
    person: str
    scenario: str


def comparisons(seed: int, split: str = "population") -> Iterator[Comparison]:
    """Comparisons without end, the same for the same seed.

    People and moments come in a mixed order, a day of everyone's at a time.

    Args:
        seed: Of the lives, the replies and the ratings.
        split: Whose preferences, one of `SPLITS`.

    Raises:
        InvalidOptionError: Another split.
    """
    if split not in SPLITS:
        raise InvalidOptionError(f"split must be one of {', '.join(SPLITS)}, not {split!r}")
    day = 0
    while True:
        key = int(derive(derive(_SALT, seed), day).item())
        yield from _of_a_day(live(key % 2**31, 1, 1, split), key)
        day += 1


def _of_a_day(lives: Lives, key: int) -> Iterator[Comparison]:
    rows = np.arange(len(lives))
    keys = derive(key, rows)
    actions = np.stack([any_action(derive(keys, i)) for i in range(2)], axis=1)
    answers = rate(lives.rewards, actions, normals(derive(keys, 2), 2))
    words, ids, situations = lives.moments.words(), lives.people.ids, training_situations()
    for row in np.random.default_rng(key).permutation(rows):
        first, second = answers[row].tolist()
        if first == second or actions[row, 0] == actions[row, 1]:
            continue
        better, worse = (0, 1) if first > second else (1, 0)
        s = situations[lives.situation[row]]
        yield Comparison(
            Moment(DOMAINS[lives.moments.domain[row]], s.situation, words[row]),
            said(s.messages, ACTIONS[actions[row, better]].tolist()),
            said(s.messages, ACTIONS[actions[row, worse]].tolist()),
            max(first, second),
            min(first, second),
            ids[lives.person[row]],
            s.id,
        )


def said(messages: Messages, action: list[int]) -> str:
    """A reply in full: the words that say how, and the message; silence says nothing.

    Args:
        messages: Of the situation, by autonomy, verbosity and tone.
        action: Timing, autonomy, verbosity, tone.
    """
    timing, autonomy, verbosity, tone = action
    words = prompt.reply(action)
    if timing == TIMINGS.index("silent"):
        return words
    return f"{words} {messages[autonomy][verbosity][tone]}"


def rate(
    rewards: NDArray[np.floating], actions: NDArray[np.int64], noise: NDArray[np.floating]
) -> NDArray[np.int64]:
    """Satisfaction that people say, 0-10, (n, k).

    Args:
        rewards: (n, 48), what they expect to feel of each of `ACTIONS`.
        actions: (n, k), positions in `ACTIONS`.
        noise: (n, k), standard normal.
    """
    spread = np.asarray(Parameters.load().noise_sd, float)
    chosen = ACTIONS[actions]
    silent, acts = chosen[..., 0] == 0, chosen[..., 1] == _ACTS
    kind = np.where(silent, 0, np.where(acts, 2, 1))
    expected = np.take_along_axis(rewards, actions, axis=1)
    worth = np.empty(actions.shape)
    for k, sd in enumerate(spread.tolist()):
        worth[kind == k] = worth_of_reward(expected[kind == k], sd)
    return answer_of_worth(worth + spread[kind] * noise).astype(np.int64)
