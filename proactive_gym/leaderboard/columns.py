"""What the columns of the leaderboard's tables are, in plain words."""

from collections.abc import Mapping
from typing import NamedTuple

from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.leaderboard.compose import LAST
from proactive_gym.leaderboard.standings import ORACLE, POPULATION, SURVIVES


class Column(NamedTuple):
    """One column.

    Attributes:
        title: Its head.
        meaning: In a sentence.
        words: Whether it holds words rather than numbers.
    """

    title: str
    meaning: str
    words: bool = False


def _metric(name: str) -> Column:
    return Column(METRICS[name].title, METRICS[name].meaning)


_LATE = f"the last {LAST} sessions of a life"

COLUMNS: Mapping[str, Column] = {
    "rank": Column(
        "rank",
        "by mean reward; `ref.` marks references, which have no rank: they read the simulator, or "
        "were told more of the person than the suite tells",
    ),
    "agent": Column("agent", "its name, or the class that was measured", words=True),
    "about": Column(
        "what it does",
        "in its own words; what it was told of people, if the suite tells something else",
        words=True,
    ),
    "reward": _metric("reward"),
    "improvement": Column(
        "better than next",
        "probability that a person fares better with it than with the next ranked agent below; "
        "ties count half",
    ),
    "regret": Column("regret", f"mean reward of `{ORACLE}` minus its own, paired"),
    "gap_closed": Column(
        "gap closed",
        f"share of the way from `{POPULATION}` to `{ORACLE}` that it goes, over {_LATE}",
    ),
    "gain_late": Column(
        "gain over frozen copy",
        f"reward minus that of its own copy that is told no reaction, over {_LATE}; only agents "
        "that adapt have one",
    ),
    "sessions_to_most": Column(
        "sessions to 90 %",
        "the session by which nine tenths of that gain are there; only agents that gain for "
        "certain have one",
    ),
    **{
        name: _metric(name)
        for name in (
            "balanced_accuracy",
            "timing_right",
            "temporal_appropriateness",
            "intervention_rate",
            "autonomy_match",
            "style_match",
            "satisfaction",
            "trust",
            "comfort",
            "retention",
        )
    },
    "iqm": Column("IQM", "interquartile mean: mean reward of the middle half of the people"),
    "p10": Column("p10", "10th percentile: the reward that nine of ten people exceed"),
    "harmed": Column("worse off", "share of people worse off than with silence"),
    "act_us": Column("act, µs", "microseconds a decision and person, the median"),
    "observe_us": Column("observe, µs", "microseconds a reaction and person, the median"),
    "state_bytes": Column("bytes", "bytes kept of each person"),
    "reward_seen": Column("seen", METRICS["reward_seen"].meaning),
    "reward_unseen": Column("unseen", METRICS["reward_unseen"].meaning),
    "unseen_minus_seen": Column(
        "unseen - seen",
        "their difference; the two sets differ in difficulty too, so compare it between agents",
    ),
    "alternatives": Column(
        "side by side",
        "mean reward of its first choice among behaviours that one person judged side by side",
    ),
    "alternatives_count": Column("moments", "moments in which behaviours were judged side by side"),
    "judgments": Column(
        "singly judged",
        "mean reward of the singly judged behaviours that it would have chosen as well, weighted "
        "by how seldom their kind was judged; these are few, so it is the weaker figure",
    ),
    "judgments_count": Column("agreed", "how many singly judged behaviours these are"),
    "survives": Column(
        "stays ahead",
        "share of the other simulators in which it stays ahead of the next ranked agent below; a "
        f"rank needs {SURVIVES:.0%} to be firm",
    ),
    "next_below": Column("next below", "the next ranked agent below", words=True),
    "reward_elsewhere": Column("reward, range", "the least and greatest mean reward among them"),
    "training_seeds": Column("training seeds", "one for each run", words=True),
    "run_rewards": Column("reward by run", "mean reward on the suite of each run's weights"),
    "last_told": Column("last report", "what training told at its end, by run", words=True),
    "seconds": Column("seconds", "of training, by run, on the machine that ran it"),
    "command": Column("command", "what repeats it", words=True),
    "commit": Column("commit", "the checkout that was run", words=True),
    "weights": Column("weights", "the first digits of each run's SHA-256", words=True),
}
"""By the fields of the rows in `tables`."""
