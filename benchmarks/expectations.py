"""What was expected of steering, and what the records of a suite say.

Run `python benchmarks/expectations.py runs/standard-v0 --markdown docs/expectations.md`. Everything
is computed from the records: differences are paired over the same people in the same lives, with
95 % bootstrap intervals over people. The gain of a session is steering's reward minus that of its
frozen copy, which is never told a reaction. The gap is the distance from the language model after
the population phase to an oracle that knows the person's true preferences and sees the assistant's
noisy estimates.
"""

import argparse
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.evaluation.statistics import Interval, clustered_mean, interval
from proactive_gym.leaderboard.compose import gains
from proactive_gym.leaderboard.record import Record
from proactive_gym.leaderboard.standings import read_all

STEERING, BASE, ORACLE = "steering", "lm-population", "oracle-observed"
CLEARLY = ("lm-untuned", "lm-direct", BASE)
"""Arms that it was to beat clearly."""
ABOVE = ("linucb", "thompson", "population")
"""Arms that it was to stand above."""
SHOWN = ("reward", "balanced_accuracy", "timing_right", "style_match", "satisfaction")
RISING = ("satisfaction", "trust", "comfort")
LATE, SHARE = 3, 0.9


def sums(record: Record, sessions: slice = slice(None)) -> Mapping[str, NDArray[np.float64]]:
    """Raw scores over runs and some sessions, one number a person."""
    return {n: table[..., sessions].sum(axis=(0, 2)) for n, table in record.raw().items()}


def difference(one: Record, other: Record, metric: str, when: slice = slice(None)) -> Interval:
    """Of a metric, paired over people."""
    of = METRICS[metric].of
    tables = {
        f"{side} {n}": t for side, r in enumerate((one, other)) for n, t in sums(r, when).items()
    }

    def between(s: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        sides = ({n[2:]: t for n, t in s.items() if n.startswith(f"{side} ")} for side in (0, 1))
        first, second = sides
        return np.asarray(of(first) - of(second))

    return interval(between, tables)


def told(found: Interval) -> str:
    """A difference with its interval, bold if that leaves out zero; a dash where undefined."""
    if not np.isfinite(found.mean):
        return "-"
    text = f"{found.mean:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    return f"**{text}**" if found.low > 0 or found.high < 0 else text


def against(records: Mapping[str, Record]) -> list[str]:
    """Steering minus every other agent."""
    heads = [METRICS[name].title for name in SHOWN]
    lines = [f"| steering minus | {' | '.join(heads)} | reward, last {LATE} sessions |"]
    lines.append("|---|" + "---:|" * (len(heads) + 1))
    for name, record in records.items():
        if name != STEERING:
            cells = [told(difference(records[STEERING], record, m)) for m in SHOWN]
            late = difference(records[STEERING], record, "reward", slice(-LATE, None))
            lines.append(f"| {name} | {' | '.join(cells)} | {told(late)} |")
    return lines


def by_session(records: Mapping[str, Record]) -> list[str]:
    """Rewards of the arms, and steering's gain, session by session."""
    count = len(records[STEERING].raw()["reward"][0][0])
    lines = ["| session | " + " | ".join(str(i + 1) for i in range(count)) + " |"]
    lines.append("|---|" + "---:|" * count)
    for name in (*CLEARLY, STEERING, *ABOVE[:1], ORACLE):
        if name in records:
            raw = {n: t.sum(axis=(0, 1)) for n, t in records[name].raw().items()}
            cells = [f"{v:+.3f}" for v in METRICS["reward"].of(raw)]
            lines.append(f"| {name} | {' | '.join(cells)} |")
    lines.append("| gain of steering | " + " | ".join(f"{g:+.3f}" for g in gain(records)) + " |")
    for metric in RISING:
        raw = {n: t.sum(axis=(0, 1)) for n, t in records[STEERING].raw().items()}
        cells = [f"{v:.2f}" for v in METRICS[metric].of(raw)]
        lines.append(f"| {metric}, steering | {' | '.join(cells)} |")
    return lines


def gain(records: Mapping[str, Record]) -> NDArray[np.float64]:
    """Steering's reward minus its frozen copy's, by session."""
    return gains(records[STEERING]).mean(axis=0)


def verdicts(records: Mapping[str, Record]) -> list[str]:
    """Each expectation, and what was found."""
    steering = records[STEERING]
    lines = []
    for name in (n for n in CLEARLY if n in records):
        found = {m: difference(steering, records[name], m) for m in SHOWN if m != "timing_right"}
        # Whoever never speaks has no style.
        defined = [m for m, d in found.items() if np.isfinite(d.mean)]
        held = [m for m in defined if found[m].low > 0]
        lines.append(f"- Clearly above {name}: {_said(held == defined)}; {_in(held)}.")
    for name in (n for n in ABOVE if n in records):
        found_reward = difference(steering, records[name], "reward")
        lines.append(
            f"- Above {name} in reward: {_said(found_reward.low > 0)}, {told(found_reward)}."
        )
    risen = gain(records)
    final = risen[-LATE:].mean()
    first = int(np.argmax(risen >= SHARE * final)) + 1
    reached = risen[3] / final
    lines.append(
        f"- {SHARE:.0%} of the final gain by session 4: {_said(first <= 4)}; session 4 has "
        f"{reached:.0%} of the mean gain of the last {LATE} sessions ({final:+.3f}), and session "
        f"{first} is the first with {SHARE:.0%}."
    )
    if BASE in records and ORACLE in records:
        closed = gap(records)
        lines.append(
            f"- At least half of the gap to {ORACLE} closed by session 10: "
            f"{_said(closed.mean >= 0.5)}; {closed.mean:.0%} "
            f"({closed.low:.0%} to {closed.high:.0%}) in the last {LATE} sessions."
        )
    for metric in RISING:
        rise = change(steering, metric)
        lines.append(f"- {metric.capitalize()} rises: {_said(rise.low > 0)}, {told(rise)}.")
    return lines


def gap(records: Mapping[str, Record]) -> Interval:
    """Share of the gap that is closed at the end of a life."""
    when = slice(-LATE, None)
    names = (STEERING, BASE, ORACLE)
    tables = {
        f"{i} {n}": sums(records[name], when)[n]
        for i, name in enumerate(names)
        for n in ("reward", "points")
    }

    def closed(s: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        steered, base, oracle = (s[f"{i} reward"] / s[f"{i} points"] for i in range(3))
        return np.asarray((steered - base) / (oracle - base))

    return interval(closed, tables)


def change(record: Record, metric: str) -> Interval:
    """From the first session to the last ones, paired over people."""
    raw = record.raw(names=(metric, "lives"))
    each = raw[metric].sum(axis=0) / raw["lives"].sum(axis=0)
    return clustered_mean(each[:, -LATE:].mean(axis=1) - each[:, 0])


def _said(holds: bool) -> str:
    return "confirmed" if holds else "refuted"


def _in(names: list[str]) -> str:
    return f"its interval is above zero in {', '.join(names)}" if names else "in nothing"


def main() -> None:
    """Print what was found; write it as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("records", type=Path)
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    records = {record.name: record for record in read_all(given.records)}
    lines = ["## Expectations", "", *verdicts(records), "", "## Session by session", ""]
    lines += [*by_session(records), "", "## Steering against each agent", "", *against(records)]
    print("\n".join(lines))
    if given.markdown:
        head = "# What was expected of steering\n\n" + __doc__.split("\n\n", 1)[1] + "\n"
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
