"""Trajectories: what happened at every decision point of many lives, as a Parquet file.

`COLUMNS` is the schema: one row a decision point, in the order of lives, sessions and points. The
file's metadata holds the schema's version (`proactive_gym.schema`) and how the file was made
(`proactive_gym.run`, JSON); each column's metadata holds its `meaning`. Vocabulary words, persona
ids and scenario ids are dictionary columns (categories in pandas).

Life i is that of person i modulo the number of people; with frozen deviations the lives of a seed
are those that the ladder plays with it. They are played and written part by part, so that memory
does not grow with their number. Writing needs pyarrow, from the extra `proactive-gym[calibrate]`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_agents.protocol import Agent
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.errors import InvalidOptionError, MissingExtraError
from proactive_gym.evaluation.playing import Step, play
from proactive_gym.files import whole_file
from proactive_gym.streams import derive
from proactive_gym.vocabulary import (
    ACTIVITIES,
    AUTONOMY,
    DAYS,
    DOMAINS,
    PLACES,
    REACTIONS,
    TIMINGS,
    TONES,
    VERBOSITY,
)
from proactive_gym.world import load_scenarios

SCHEMA_VERSION = 1
"""Changes with any change of a column's name, type or meaning."""
_ROWS = 65_536
"""Decision points that are held in memory, and written as one row group."""
_SILENT = TIMINGS.index("silent")
_ABSENT = -1
"""The code of a word that is not there."""

Values = dict[str, NDArray[Any]]


class Column(NamedTuple):
    """One column of the file.

    Attributes:
        name: Its name.
        type: Its Arrow type; "words" for a dictionary of strings.
        meaning: What it holds.
        words: What the codes of "words" stand for, if it is a closed vocabulary.
        absent: The value that stands for a missing one, which the file holds as null.
    """

    name: str
    type: str
    meaning: str
    words: tuple[str, ...] = ()
    absent: float | None = None


COLUMNS = (
    Column("persona", "words", "id of the person"),
    Column("life", "int32", "number of the life, from 0"),
    Column("session", "int16", "session of the life, from 0"),
    Column("point", "int16", "decision point of the session, from 0"),
    Column("weekday", "words", "day on whose morning the session began", DAYS),
    Column("hour", "float32", "clock time in [0, 24); a session may pass midnight"),
    Column("activity", "words", "what the person is doing", ACTIVITIES),
    Column("place", "words", "where the person is", PLACES),
    Column("alone", "bool", "nobody else is there"),
    Column("break_delay", "float32", "hours until the next natural break, 0 at one"),
    Column("scenario", "words", "id of what was noticed"),
    Column("domain", "words", "its domain", DOMAINS),
    Column("window", "float32", "hours in which speaking up can help"),
    Column("benefit", "float32", "the assistant's noisy estimate, on the scale 0-5, not clipped"),
    Column("urgency", "float32", "the assistant's noisy estimate, on the scale 1-5, not clipped"),
    Column("stakes", "float32", "the assistant's noisy estimate, on the scale 1-5, not clipped"),
    Column("concerns", "bool", "whether it concerns the person (the assistant cannot see this)"),
    Column("timing", "words", "action: when", TIMINGS),
    Column("autonomy", "words", "action: how; null when silent", AUTONOMY, _ABSENT),
    Column("verbosity", "words", "action: how long; null when silent", VERBOSITY, _ABSENT),
    Column("tone", "words", "action: in which tone; null when silent", TONES, _ABSENT),
    Column("delivered", "bool", "words reached the person"),
    Column("reaction", "words", "what a device sees", REACTIONS),
    Column("wish", "bool", "a missed need, voiced or not"),
    Column("reward", "float64", "in [-1, 1]"),
    Column("satisfaction", "int8", "0-10"),
    Column("timing_rating", "int8", "1-5, of silence as well"),
    Column("autonomy_rating", "int8", "1-5; null where silence leaves none", absent=0),
    Column("style_rating", "int8", "1-5; null where silence leaves none", absent=0),
    Column("trust", "float32", "1-7, when the moment came"),
    Column("muted", "bool", "muted for the session, when the moment came"),
    Column("off", "bool", "switched off for good, when the moment came"),
    Column("trust_after", "float32", "1-7, after the point (and after the session, at its end)"),
    Column("off_after", "bool", "switched off, after the point (and after the session)"),
    Column("session_satisfaction", "float32", "questionnaire, 1-7; at a session's end", (), np.nan),
    Column("session_trust", "float32", "questionnaire, 1-7; at a session's end", (), np.nan),
    Column("session_comfort", "float32", "questionnaire, 1-7; at a session's end", (), np.nan),
)


def write_trajectories(
    path: Path,
    agent: Agent,
    options: Options,
    lives: int,
    seed: int = 0,
    about: Mapping[str, Any] | None = None,
    tick: Callable[[int], None] = lambda lives: None,
) -> int:
    """Play lives and write every decision point; the same arguments give the same bytes.

    Args:
        path: The Parquet file; whole or not at all.
        agent: Who acts.
        options: The environment's.
        lives: How many, spread evenly over the people.
        seed: Of the lives.
        about: How the file is made, for its metadata.
        tick: Called with the number of lives done so far.

    Returns:
        The number of rows.

    Raises:
        InvalidOptionError: Fewer than one life.
        MissingExtraError: pyarrow is not installed.
        OSError: The file cannot be written.
    """
    arrow, parquet = _pyarrow()
    if lives < 1:
        raise InvalidOptionError(f"lives must be 1 or more, not {lives}")
    schema = _schema(arrow, about or {})
    words = _words(options)
    count = 0
    with (
        whole_file(path) as part,
        part.open("wb") as file,
        parquet.ParquetWriter(file, schema, compression="zstd") as writer,
    ):
        for values in _parts(agent, options, lives, seed):
            table = _table(arrow, schema, words, values)
            writer.write_table(table, row_group_size=len(table))
            count += len(table)
            tick(count // (options.sessions * options.points))
    return count


def _pyarrow() -> tuple[Any, Any]:
    try:
        import pyarrow
        from pyarrow import parquet
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            "writing trajectories needs pyarrow: pip install 'proactive-gym[calibrate]'"
        ) from error
    return pyarrow, parquet


# ------------------------------------------------------------------------------ playing


def _parts(agent: Agent, options: Options, lives: int, seed: int) -> Iterator[Values]:
    """All decision points, some lives at a time."""
    size = max(1, _ROWS // (options.sessions * options.points))
    for first in range(0, lives, size):
        yield _play(agent, options, np.arange(first, min(first + size, lives)), seed)


def _play(agent: Agent, options: Options, life: NDArray[np.int64], seed: int) -> Values:
    """Every decision point of these lives by column, each (lives * sessions * points,)."""
    engine = Engine(options, len(life))
    engine.reset(engine.everyone, derive(seed, life), life % len(engine.people))
    steps = [_row(engine, step) | {"life": life} for step in play(agent, engine, _moment)]
    return {column.name: _by_life([step[column.name] for step in steps]) for column in COLUMNS}


def _by_life(steps: list[NDArray[Any]]) -> NDArray[Any]:
    return np.stack(steps, axis=1).ravel()


def _row(engine: Engine, step: Step[Values]) -> Values:
    """One decision point of every life, each (lives,)."""
    turn = step.turn
    response, user = turn.response, engine.user
    timing, autonomy, style = response.ratings.T
    after = {
        "delivered": response.delivered,
        "reaction": response.reaction,
        "wish": response.wish,
        "reward": turn.reward,
        "satisfaction": response.satisfaction,
        "timing_rating": timing,
        "autonomy_rating": autonomy,
        "style_rating": style,
        "trust_after": user.trust.copy(),
        "off_after": user.off.copy(),
    }
    for name in ("satisfaction", "trust", "comfort"):
        answers = np.full(engine.slots, np.nan)
        if turn.questionnaire is not None:
            answers[turn.asked] = getattr(turn.questionnaire, name)
        after[f"session_{name}"] = answers
    return step.noted | _action(step.action) | after


def _moment(engine: Engine) -> Values:
    """What the life has come to: copies, since the step changes the engine."""
    moments, table, user = engine.moments, engine.routines.table, engine.user
    at = (engine.everyone, engine.point)
    scenario = moments.scenario[at]
    benefit, urgency, stakes = moments.estimate[at].T
    return {
        "persona": engine.person.copy(),
        "session": engine.session.copy(),
        "point": engine.point.copy(),
        "weekday": moments.weekday.copy(),
        "hour": moments.hour[at],
        "activity": moments.activity[at],
        "place": moments.place[at],
        "alone": moments.alone[at],
        "break_delay": moments.break_delay[at],
        "scenario": scenario,
        "domain": table.domain[scenario],
        "window": table.window_h[scenario],
        "benefit": benefit,
        "urgency": urgency,
        "stakes": stakes,
        "concerns": moments.concerns[at],
        "trust": user.trust.copy(),
        "muted": user.muted.copy(),
        "off": user.off.copy(),
    }


def _action(action: NDArray[np.int64]) -> Values:
    timing, *parts = action.T
    names = ("autonomy", "verbosity", "tone")
    heard = timing != _SILENT
    return {"timing": timing} | {
        name: np.where(heard, part, _ABSENT) for name, part in zip(names, parts, strict=True)
    }


# ------------------------------------------------------------------------------ writing


def _schema(arrow: Any, about: Mapping[str, Any]) -> Any:
    """The Arrow schema with its metadata."""
    kinds = {"words": arrow.dictionary(arrow.int32(), arrow.string()), "bool": arrow.bool_()}
    fields = [
        arrow.field(
            column.name,
            kinds.get(column.type) or getattr(arrow, column.type)(),
            nullable=column.absent is not None,
            metadata={"meaning": column.meaning},
        )
        for column in COLUMNS
    ]
    run = json.dumps(dict(about), ensure_ascii=False, sort_keys=True)
    metadata = {"proactive_gym.schema": str(SCHEMA_VERSION), "proactive_gym.run": run}
    return arrow.schema(fields, metadata=metadata)


def _words(options: Options) -> dict[str, tuple[str, ...]]:
    """What the codes of each dictionary column stand for."""
    closed = {column.name: column.words for column in COLUMNS if column.words}
    scenarios = tuple(scenario.id for scenario in load_scenarios())
    return closed | {"persona": options.pool().ids, "scenario": scenarios}


def _table(arrow: Any, schema: Any, words: Mapping[str, tuple[str, ...]], values: Values) -> Any:
    arrays = []
    for column, field in zip(COLUMNS, schema, strict=True):
        value, absent = values[column.name], None
        if column.absent is not None:
            absent = np.isnan(value) if np.isnan(column.absent) else value == column.absent
        if column.type == "words":
            codes = arrow.array(value, arrow.int32(), mask=absent)
            names = arrow.array(words[column.name], arrow.string())
            arrays.append(arrow.DictionaryArray.from_arrays(codes, names))
        else:
            arrays.append(arrow.array(value.astype(column.type), field.type, mask=absent))
    return arrow.Table.from_arrays(arrays, schema=schema)
