"""What the assistant sees, as flat boxes.

- `moment`: weekday, clock, activity, place, company, hours to the next natural break.
- `noticed`: domain, estimates of benefit, urgency and stakes, the window, the situation's words as
  a fixed embedding.
- `last`: the last visible reaction and what it answered (all zero at first).
- `progress`: session, point, muted, switched off.
- `counts` (with `history="counts"`): reactions so far by activity, domain, autonomy and silence.
- `profile` (unless `profile="none"`): what the device knows of the person.

Nothing here reads ratings, preferences, trust or whether the scenario concerns the person.
"""

from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from proactive_gym.envs.engine import COUNTED, FEW, Engine
from proactive_gym.envs.options import Options
from proactive_gym.language.embedding import situation_embeddings
from proactive_gym.personas.people import (
    DEMOGRAPHIC_FEATURES,
    People,
    encode_demographics,
    encode_survey,
)
from proactive_gym.users.features import ACTIONS, PLACE_VALUES
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
from proactive_gym.world import Moments, ScenarioTable

Floats = NDArray[np.float32]

_DAY_H = 24.0
_EMBEDDING = 16
MOMENT = len(DAYS) + 3 + len(ACTIVITIES) + len(PLACES) + 2
NOTICED = len(DOMAINS) + 4 + _EMBEDDING
LAST = len(REACTIONS) + len(TIMINGS) + len(AUTONOMY) + len(VERBOSITY) + len(TONES)
PROGRESS = 4
PROFILE_SIZES = {
    "demographics": len(DEMOGRAPHIC_FEATURES),
    "survey": len(DEMOGRAPHIC_FEATURES) + len(SURVEY_ITEMS) + len(DOMAINS),
}
ACTION_SPACE = spaces.MultiDiscrete([len(TIMINGS), len(AUTONOMY), len(VERBOSITY), len(TONES)])


def observation_space(options: Options) -> spaces.Dict:
    """The space of one slot's observation."""
    boxes: dict[str, spaces.Space[Any]] = {
        "moment": spaces.Box(-1.0, 1.0, (MOMENT,), np.float32),
        "noticed": spaces.Box(-10.0, 10.0, (NOTICED,), np.float32),
        "last": spaces.Box(0.0, 1.0, (LAST,), np.float32),
        "progress": spaces.Box(0.0, 1.0, (PROGRESS,), np.float32),
    }
    if options.history == "counts":
        boxes["counts"] = spaces.Box(0.0, 1.0, (COUNTED * len(REACTIONS),), np.float32)
    if options.profile != "none":
        boxes["profile"] = spaces.Box(0.0, 1.0, (PROFILE_SIZES[options.profile],), np.float32)
    return spaces.Dict(boxes)


def encode_profile(people: People, view: str) -> Floats:
    """What a device knows of `people` under a profile view, (N, features) in [0, 1]."""
    if view == "none":
        return np.zeros((len(people), 0), np.float32)
    known = encode_demographics(people)
    return known if view == "demographics" else np.hstack([known, encode_survey(people)])


def _one_hots(*sizes: int) -> list[Floats]:
    """For each size, a table of its one-hot rows."""
    return [np.eye(size, dtype=np.float32) for size in sizes]


def _scenario_columns(table: ScenarioTable) -> Floats:
    """Of each scenario: domain, room for three estimates, window, embedding."""
    columns = np.zeros((len(table), NOTICED), np.float32)
    columns[np.arange(len(table)), table.domain] = 1.0
    columns[:, len(DOMAINS) + 3] = np.log1p(table.window_h) / np.log1p(_DAY_H)
    columns[:, len(DOMAINS) + 4 :] = situation_embeddings()
    return columns


class Observer:
    """Builds observations of an engine.

    It holds lookup tables and, for few slots, today's moments already encoded.
    """

    def __init__(self, engine: Engine) -> None:
        self.options = engine.options
        self.scenarios = _scenario_columns(engine.routines.table)
        self.profiles = encode_profile(engine.people, engine.options.profile)
        self.days, self.activities, self.places = _one_hots(len(DAYS), len(ACTIVITIES), len(PLACES))
        self.lasts = _last_table()
        self.clock = _clock_table()
        self._today: dict[str, Floats] = {}
        self._day = -1

    def __call__(self, engine: Engine, points: NDArray[np.integer]) -> dict[str, Floats]:
        """Observations of all slots, fresh arrays of shape (N, features).

        Args:
            engine: The engine, after a reset.
            points: (N,), which decision point of the day each slot is at; past the day's end the
                last one is shown.
        """
        at = (engine.everyone, points)
        small = engine.slots <= FEW
        seen = self._remembered(engine, at) if small else self.static(engine.moments, at)
        seen["last"] = self._last(engine)
        seen["progress"] = self._progress(engine)
        if self.options.history == "counts":
            most = np.log1p(np.float32(self.options.sessions * self.options.points))
            seen["counts"] = np.minimum(np.log1p(engine.counts, dtype=np.float32) / most, 1)
        if self.options.profile != "none":
            seen["profile"] = self.profiles[engine.person]
        return seen

    def _remembered(self, engine: Engine, at: tuple) -> dict[str, Floats]:
        """The static parts, from a day that is encoded once."""
        if self._day != engine.days_begun:
            day = np.indices((engine.slots, self.options.points))
            self._today, self._day = self.static(engine.moments, tuple(day)), engine.days_begun
        return {name: rows[at] for name, rows in self._today.items()}

    def static(self, moments: Moments, at: tuple) -> dict[str, Floats]:
        """The boxes that do not depend on what the assistant did.

        Args:
            moments: Of R rows.
            at: Rows and points, arrays of one shape.
        """
        return {"moment": self._moment(moments, at), "noticed": self._noticed(moments, at)}

    def _moment(self, moments: Moments, at: tuple) -> Floats:
        hour = moments.hour[at]
        out = np.empty((*hour.shape, MOMENT), np.float32)
        out[..., :7] = self.days[moments.weekday[at[0]]]
        out[..., 7:10] = self.clock[(hour * 60).astype(np.int64)]
        out[..., 10:21] = self.activities[moments.activity[at]]
        out[..., 21:34] = self.places[moments.place[at]]
        out[..., 34] = moments.alone[at]
        delay = np.minimum(moments.break_delay[at], np.float32(_DAY_H))
        out[..., 35] = delay / np.float32(_DAY_H)
        return out

    def _noticed(self, moments: Moments, at: tuple) -> Floats:
        out = self.scenarios[moments.scenario[at]]
        out[..., 13:16] = moments.estimate[at] / np.float32(5)
        return out

    def _last(self, engine: Engine) -> Floats:
        reaction = engine.last_reaction.astype(np.int64) + 1
        return self.lasts.take(reaction * len(ACTIONS) + engine.last_action @ PLACE_VALUES, axis=0)

    def _progress(self, engine: Engine) -> Floats:
        out = np.empty((engine.slots, PROGRESS), np.float32)
        out[:, 0] = engine.session / self.options.sessions
        out[:, 1] = engine.point / self.options.points
        out[:, 2] = engine.user.muted
        out[:, 3] = engine.user.off
        return out


def _clock_table() -> Floats:
    """Sine, cosine and share of the day for each minute, (1440, 3)."""
    share = np.arange(1440) / 1440
    angle = 2 * np.pi * share
    return np.column_stack([np.sin(angle), np.cos(angle), share]).astype(np.float32)


def _last_table() -> Floats:
    """A row for each (reaction or none yet, action): one-hots, all zero before the first."""
    sizes = (len(TIMINGS), len(AUTONOMY), len(VERBOSITY), len(TONES))
    rows = np.zeros((len(REACTIONS) + 1, len(ACTIONS), LAST), np.float32)
    for code, parts in enumerate(ACTIONS):
        blocks = [np.eye(size)[part] for size, part in zip(sizes, parts, strict=True)]
        said = np.concatenate(blocks) * (parts[0] > 0)
        said[0] = parts[0] == 0
        rows[1:, code, len(REACTIONS) :] = said
    for reaction in range(len(REACTIONS)):
        rows[reaction + 1, :, reaction] = 1.0
    return rows.reshape(-1, LAST)
