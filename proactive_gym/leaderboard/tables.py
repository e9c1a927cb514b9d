"""The tables of a leaderboard as cells of words, for Markdown, HTML and the terminal alike.

Everything follows from the records. How cells are laid out is up to who shows them.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from proactive_gym.evaluation.statistics import Interval
from proactive_gym.leaderboard.columns import COLUMNS, Column
from proactive_gym.leaderboard.record import Estimate, Record, Training
from proactive_gym.leaderboard.standings import Standing
from proactive_gym.leaderboard.views import run_rewards

NONE = "-"
REFERENCE = "ref."
SHAKY = "†"
_TOLD = {
    "none": "told nothing of the person",
    "demographics": "told demographics",
    "survey": "told the survey",
}
_HASH = 12
"""Characters of a commit's or a file's hash that are shown."""


class Cell(NamedTuple):
    """What one cell holds.

    Attributes:
        text: The value in words, `NONE` where it is undefined.
        interval: Its 95 % interval, empty where there is none.
        value: The number behind it, to sort by.
    """

    text: str
    interval: str = ""
    value: float | None = None


class RewardRow(NamedTuple):
    """How people fare; fields are explained in `COLUMNS`, here as in the other rows."""

    rank: Cell
    agent: Cell
    about: Cell
    reward: Cell
    improvement: Cell
    regret: Cell
    gap_closed: Cell
    gain_late: Cell
    sessions_to_most: Cell


class TimingRow(NamedTuple):
    """When an agent speaks, and how."""

    rank: Cell
    agent: Cell
    balanced_accuracy: Cell
    timing_right: Cell
    temporal_appropriateness: Cell
    intervention_rate: Cell
    autonomy_match: Cell
    style_match: Cell


class PeopleRow(NamedTuple):
    """What people say of it, who loses by it, and what it costs."""

    rank: Cell
    agent: Cell
    satisfaction: Cell
    trust: Cell
    comfort: Cell
    retention: Cell
    iqm: Cell
    p10: Cell
    harmed: Cell
    act_us: Cell
    observe_us: Cell
    state_bytes: Cell


class SeenRow(NamedTuple):
    """Scenarios that could be trained on, against the others."""

    agent: Cell
    reward_seen: Cell
    reward_unseen: Cell
    unseen_minus_seen: Cell


class JudgedRow(NamedTuple):
    """The off-policy check."""

    agent: Cell
    alternatives: Cell
    alternatives_count: Cell
    judgments: Cell
    judgments_count: Cell


class StabilityRow(NamedTuple):
    """What other simulators say of a rank."""

    rank: Cell
    agent: Cell
    survives: Cell
    next_below: Cell
    reward_elsewhere: Cell


class TrainingRow(NamedTuple):
    """The runs of an agent with weights."""

    agent: Cell
    training_seeds: Cell
    run_rewards: Cell
    last_told: Cell
    seconds: Cell


class SourceRow(NamedTuple):
    """What repeats a record."""

    agent: Cell
    command: Cell
    commit: Cell
    weights: Cell


Row = (
    RewardRow | TimingRow | PeopleRow | SeenRow | JudgedRow | StabilityRow | TrainingRow | SourceRow
)


class Table(NamedTuple):
    """Rows of one kind, from the best agent to the worst; there may be none."""

    title: str
    kind: type[Row]
    rows: Sequence[Row]

    @property
    def columns(self) -> list[Column]:
        """What the cells of a row are, in their order."""
        return [COLUMNS[field] for field in self.kind._fields]


def signed(value: float) -> str:
    """Three decimals and a sign; zero has a plus however it came about."""
    return f"{round(value, 3) + 0.0:+.3f}"


def share(value: float) -> str:
    """As a percentage."""
    return f"{round(100 * value, 0) + 0.0:.0f} %"  # never -0


def two(value: float) -> str:
    """Two decimals."""
    return f"{value:.2f}"


def cell(value: Estimate | Interval | None, form: Callable[[float], str]) -> Cell:
    """A value with its interval, in words."""
    if value is None or value.mean is None or not np.isfinite(value.mean):
        return Cell(NONE)
    ends = ""
    if value.low is not None and value.high is not None:
        ends = f"{form(value.low).removesuffix(' %')} to {form(value.high)}"
    return Cell(form(value.mean), ends, value.mean)


def main_tables(standings: Sequence[Standing]) -> list[Table]:
    """The leaderboard proper, in three tables."""
    return [
        Table("Reward", RewardRow, [_reward(s) for s in standings]),
        Table("Timing and manner", TimingRow, [_timing(s) for s in standings]),
        Table("Relationship, people and cost", PeopleRow, [_people(s) for s in standings]),
    ]


def _rank(standing: Standing) -> Cell:
    if standing.rank is None:
        return Cell(REFERENCE)
    return Cell(f"{standing.rank}{SHAKY if standing.shaky else ''}", value=standing.rank)


def _agent(standing: Standing) -> Cell:
    return Cell(standing.name)


def _about(record: Record) -> str:
    """What it does, and what it was told of people where that is not what the suite tells."""
    if record.profile == record.suite.profile:
        return record.about
    return f"{record.about}; {_TOLD[record.profile]}"


def _reward(standing: Standing) -> RewardRow:
    results = standing.record.results
    return RewardRow(
        _rank(standing),
        _agent(standing),
        Cell(_about(standing.record)),
        cell(results.get("reward"), signed),
        cell(standing.improvement, two),
        cell(standing.regret, signed),
        cell(standing.gap_closed, share),
        cell(results.get("gain_late"), signed),
        _count(standing.sessions_to_most),
    )


def _count(value: int | None) -> Cell:
    return Cell(NONE) if value is None else Cell(str(value), value=value)


_FORMS: dict[str, Callable[[float], str]] = {
    "balanced_accuracy": two,
    "timing_right": share,
    "temporal_appropriateness": lambda value: f"{round(value, 2) + 0.0:+.2f}",
    "intervention_rate": share,
    "autonomy_match": share,
    "style_match": share,
    "satisfaction": two,
    "trust": two,
    "comfort": two,
    "retention": share,
    "iqm": signed,
    "p10": signed,
    "reward_seen": signed,
    "reward_unseen": signed,
}


def _results(record: Record, *names: str) -> list[Cell]:
    return [cell(record.results.get(name), _FORMS[name]) for name in names]


def _timing(standing: Standing) -> TimingRow:
    names = TimingRow._fields[2:]
    return TimingRow(_rank(standing), _agent(standing), *_results(standing.record, *names))


def _people(standing: Standing) -> PeopleRow:
    spent = standing.record.cost
    answers = ("satisfaction", "trust", "comfort", "retention", "iqm", "p10")
    return PeopleRow._make(
        [
            _rank(standing),
            _agent(standing),
            *_results(standing.record, *answers),
            cell(standing.harmed, share),
            Cell(_three_digits(spent.act_us), value=spent.act_us),
            Cell(_three_digits(spent.observe_us), value=spent.observe_us),
            Cell(f"{spent.state_bytes:,}", value=spent.state_bytes),
        ]
    )


def _three_digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def seen_table(standings: Sequence[Standing]) -> Table:
    """Reward at scenarios that could be trained on, and at the others."""
    rows = []
    for s in standings:
        seen, unseen = _results(s.record, "reward_seen", "reward_unseen")
        apart = Cell(NONE)
        if seen.value is not None and unseen.value is not None:
            apart = Cell(signed(unseen.value - seen.value), value=unseen.value - seen.value)
        rows.append(SeenRow(_agent(s), seen, unseen, apart))
    return Table("Other scenarios: seen against unseen", SeenRow, rows)


def judged_table(standings: Sequence[Standing]) -> Table:
    """First choices, valued by what people answered; without agents that were not checked."""
    rows = []
    for s in standings:
        judged = s.record.judged
        if judged is not None:
            rows.append(
                JudgedRow(
                    _agent(s),
                    cell(judged.alternatives, signed),
                    Cell(f"{judged.alternatives_count:,}", value=judged.alternatives_count),
                    cell(judged.judgments, signed),
                    Cell(f"{judged.judgments_count:,}", value=judged.judgments_count),
                )
            )
    return Table("Off-policy check", JudgedRow, rows)


def stability_table(standings: Sequence[Standing]) -> Table:
    """Agents that were played under simulators fitted on resamples."""
    below = next_below(standings)
    rows = []
    for s in standings:
        if s.record.simulators is not None:
            means = np.mean(s.record.simulators.reward, axis=1)
            survives = Cell(NONE) if s.survives is None else Cell(share(s.survives), "", s.survives)
            rows.append(
                StabilityRow(
                    _rank(s),
                    _agent(s),
                    survives,
                    Cell(below.get(s.name, NONE)),
                    Cell(f"{signed(means.min())} to {signed(means.max())}", "", means.mean()),
                )
            )
    return Table("Stability under other simulators", StabilityRow, rows)


def next_below(standings: Sequence[Standing]) -> dict[str, str]:
    """The agent ranked just below each ranked one."""
    names = [s.name for s in standings if s.rank is not None]
    return dict(pairwise(names))


def training_table(standings: Sequence[Standing]) -> Table:
    """Every training run's own reward on the suite."""
    rows = []
    for s in standings:
        if s.record.training:
            rewards, told = run_rewards(s.record), s.record.training
            rows.append(
                TrainingRow(
                    _agent(s),
                    Cell(", ".join(str(t.seed) for t in told)),
                    Cell(", ".join(signed(r) for r in rewards), value=float(np.mean(rewards))),
                    Cell(_last_reports(told)),
                    _seconds([t.seconds for t in told]),
                )
            )
    return Table("Training runs", TrainingRow, rows)


def _last_reports(trainings: Sequence[Training]) -> str:
    """One for each run, or one for all if none has anything to tell."""
    told = [_last_told(t) for t in trainings]
    return NONE if set(told) == {NONE} else "; ".join(told)


def _last_told(training: Training) -> str:
    last = training.curve[-1] if training.curve else {}
    told = [f"{k.replace('_', ' ')} {_figure(v)}" for k, v in last.items() if k != "progress"]
    return ", ".join(told) or NONE


def _figure(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _seconds(seconds: Sequence[float]) -> Cell:
    return Cell(", ".join(_three_digits(s) for s in seconds), value=float(np.mean(seconds)))


def source_table(standings: Sequence[Standing]) -> Table:
    """What repeats each record."""
    rows = []
    for s in standings:
        made, commit = s.record.made_of, s.record.commit
        checkout = "none"
        if commit is not None:
            checkout = commit.id[:_HASH] + (", with changes" if commit.modified else "")
        weights = ", ".join(w[:_HASH] for w in made.weights) or NONE
        rows.append(SourceRow(_agent(s), Cell(s.record.command), Cell(checkout), Cell(weights)))
    return Table("Reproduce", SourceRow, rows)
