"""One person's decision points in plain numbers.

For one person, calling NumPy costs more than the arithmetic. So the day is laid out once by the
same array code as for many (all 48 actions at all points), and a decision point only adds up and
compares what lies there. Tests hold lives equal to those in larger batches.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.streams import gumbel_of, normal_of, uniform_of
from proactive_gym.users.feeling import NORMALS, Deed
from proactive_gym.users.latent import REWARDS
from proactive_gym.users.protocol import Response
from proactive_gym.users.reacting import ACTS, FIRST_SPOKEN, GUMBELS
from proactive_gym.vocabulary import REACTIONS, TIMINGS

if TYPE_CHECKING:
    from proactive_gym.users.simulated import SimulatedUser

_CODES = np.arange(len(ACTS))
_REWARDS: list[float] = REWARDS.tolist()
_ACTS: list[int] = ACTS.tolist()
_HELD, _MUTE = TIMINGS.index("hold"), REACTIONS.index("mute")
_WISH, _NONE = REACTIONS.index("wish"), REACTIONS.index("none")
_FIRST_SPOKEN_CODE = 16


class Day(NamedTuple):
    """A day of one person, by point.

    Attributes:
        before: Latent ratings before trust and fatigue, by action: [point][code] -> 4 numbers.
        logits: Of the reactions to words, what is not felt: [point] -> 8 numbers.
        wish: Log-odds of a missed need, what is not felt: [point].
        voiced: Whether a missed need would be voiced: [point].
        expired: Whether a held message comes too late: [point].
        relation: What trust moves, by action: [code] -> 4 numbers.
        by_satisfaction: `Reacting.by_satisfaction`, by column; so are the next three.
        by_manner: By column.
        by_trust: One number a reaction.
        wish_by_felt: By column.
        forgiving: R1, scaled.
        tolerance: Messages that do not tire.
    """

    before: list[list[list[float]]]
    logits: list[list[float]]
    wish: list[float]
    voiced: list[bool]
    expired: list[bool]
    relation: list[list[float]]
    by_satisfaction: list[list[float]]
    by_manner: list[list[float]]
    by_trust: list[float]
    wish_by_felt: list[float]
    forgiving: float
    tolerance: float


def lay_out(user: SimulatedUser) -> Day:
    """The day that lies before a user with one slot."""
    points = user.worth.shape[1]
    code = np.tile(_CODES, points)
    each = np.repeat(np.arange(points), len(_CODES))
    noise = user.noise[0].T
    deed = Deed(code, code >= _FIRST_SPOKEN_CODE)
    normals = normal_of(noise[:NORMALS])[:, each]
    before = user.feeling.before(user.worth[0, each].T, deed, normals)
    steady, wish = user.chances(user.scenario[0], gumbel_of(noise[NORMALS:-1]), user.temper)
    forgiving, _, delegating, voice, tolerance = user.temper[:5, 0].tolist()
    relation = user.feeling.relation
    return Day(
        before.T.reshape(points, len(_CODES), -1).tolist(),
        steady.T.tolist(),
        wish.tolist(),
        (uniform_of(noise[NORMALS + GUMBELS]) < voice).tolist(),
        user.expired[0].tolist(),
        (relation[:4] + delegating * relation[4:]).T.tolist(),
        *user.reacting.lists,
        forgiving,
        tolerance,
    )


def respond(
    user: SimulatedUser,
    day: Day,
    point: int,
    action: list[int],
    nonsense: NDArray[np.bool_] | None,
) -> Response:
    """As `SimulatedUser.respond`, for one slot."""
    timing, autonomy, verbosity, tone = action
    off, muted, trust = user.off.item(), user.muted.item(), user.trust.item()
    unheard = off or muted or (timing == _HELD and day.expired[point])
    code = 0 if unheard else ((timing * 4 + autonomy) * 2 + verbosity) * 2 + tone
    spoken = code >= _FIRST_SPOKEN_CODE
    felt_trust = user.worst_trust if off else (trust - 4) / 2
    answers = _answers(user, day, point, code, felt_trust)
    if spoken and nonsense is not None and nonsense[0]:
        answers = [0, 1, 1, 1]
    reward, wish = _REWARDS[answers[0]], False
    if spoken:
        reaction = _reaction(day, point, code, answers, (trust - 4) / 2)
    else:
        wish = day.wish[point] + day.wish_by_felt[answers[0] * 5 + answers[1] - 1] > 0
        reaction = _WISH if wish and not off and day.voiced[point] else _NONE
    if spoken or (wish and not off and not muted):
        steady, forgiven = user.trust_by_answer[:, answers[0]].tolist()
        change = steady + forgiven * day.forgiving + user.trust_pull * (trust - 4)
        user.trust[0] = min(7.0, max(1.0, trust + change))
    user.spoken[0] += spoken
    penalty = min(user.assumptions.off_penalty, reward + 1) if off else 0.0
    reward -= penalty
    user.felt_sum[0, 0] += reward
    user.felt_sum[0, 1] += answers[1]
    if reaction == _MUTE:
        user.mute(np.ones(1, np.bool_), np.array([point]))
    return Response(
        np.array([reaction], np.int8),
        np.array(answers[:1]),
        np.array([answers[1:]]),
        np.array([reward]),
        np.array([-penalty]),
        np.array([spoken]),
        np.array([wish]),
    )


def _answers(user: SimulatedUser, day: Day, point: int, code: int, trust: float) -> list[int]:
    """Satisfaction 0-10, then the ratings 1-5, 0 where not rated."""
    spoken = code >= _FIRST_SPOKEN_CODE
    tired = 0.0
    if spoken:
        tired = user.assumptions.fatigue * max(0.0, user.spoken.item() - day.tolerance)
    answers = []
    rows = zip(
        day.before[point][code], day.relation[code], user.feeling.readers.scales, strict=True
    )
    for i, (before, relation, thresholds) in enumerate(rows):
        latent = before + trust * relation - (tired if i < 2 else 0.0)
        answers.append(bisect_left(thresholds, latent) + (i > 0))
    return answers if spoken else [answers[0], answers[1], 0, 0]


def _reaction(day: Day, point: int, code: int, answers: list[int], trust: float) -> int:
    """The reaction to words."""
    satisfaction, timing, autonomy, style = answers
    felt = day.by_satisfaction[(satisfaction * 5 + timing - 1) * 2 + _ACTS[code]]
    manner = day.by_manner[(autonomy * 5 + style - 6) * len(_ACTS) + code]
    parts = zip(felt, manner, day.logits[point], day.by_trust, strict=True)
    logits = [f + m + steady + by * trust for f, m, steady, by in parts]
    return FIRST_SPOKEN + logits.index(max(logits))
