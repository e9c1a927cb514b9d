"""The sentences around the leaderboard's tables, computed from the records.

Names of agents and commands come from records, so whoever shows a sentence escapes it.
"""

from collections.abc import Iterable, Sequence

from proactive_gym.errors import RecordError
from proactive_gym.leaderboard.columns import COLUMNS
from proactive_gym.leaderboard.record import Record
from proactive_gym.leaderboard.standings import ORACLE, POPULATION, SURVIVES, Standing
from proactive_gym.leaderboard.tables import Table, cell, next_below, share, signed, two

METHODS = (
    "The test people are simulated held-out people: simulated users fitted to other people's "
    "answers, whom no agent met in training. They are no people of flesh and blood.",
    "Intervals are 95 %, from a bootstrap over people: a drawn person brings all its lives "
    "(clustered by person) and every training run (stratified by run).",
    f"References have no rank. Those that read the simulator (`{ORACLE}`: the true preferences, "
    "with an assistant's noisy estimates of the moment) choose what is best now, so they are "
    "greedy yardsticks and no strict bounds: an agent that looks ahead may pass them. They "
    "maximise reward and no other score: in balanced accuracy, for one, others may stand above "
    "them. The other references are agents that were told more of the person than the suite tells.",
    "A person's wish is the timing of the highest expected reward, within a band of indifference, "
    "at neutral trust; having lost a person's trust excuses nothing.",
    "Every metric covers all decision points, also those after an assistant was switched off.",
    "Cost figures are of the machine that ran the agent and differ on another one.",
)
"""What one must know to read the figures, in sentences."""
UNSEEN_NOTE = (
    "Assistants train on the seen scenarios only. The two sets differ in difficulty, so the "
    "difference means something between agents rather than by itself."
)


def one_suite(standings: Sequence[Standing]) -> Record:
    """A record that stands for all in what concerns the suite.

    Raises:
        RecordError: There are no standings.
    """
    if not standings:
        raise RecordError("there are no records to show")
    return standings[0].record


def whom(standings: Sequence[Standing]) -> str:
    """Whom the agents met, in a sentence."""
    record = one_suite(standings)
    suite = record.suite
    lives = _counted(len(suite.seeds), "life", "lives")
    alike = all(s.record.profile == suite.profile for s in standings)
    return (
        f"{_counted(len(standings), 'agent', 'agents')} met {len(record.people)} simulated "
        f"held-out people of the {suite.people} split: {lives} with each, of "
        f"{_counted(suite.sessions, 'session', 'sessions')} x "
        f"{_counted(suite.points, 'decision point', 'decision points')}; "
        f"the device knows of a person: {suite.profile}"
        f"{'' if alike else ', unless an agent is said to be told something else'}."
    )


def _counted(count: int, one: str, more: str) -> str:
    return f"{count} {one if count == 1 else more}"


def references_note(standings: Sequence[Standing]) -> str:
    """Why some agents have no rank, in a sentence; empty if all have one."""
    without = [s.record for s in standings if s.rank is None]
    told = {r.agent: r.profile for r in without if not r.insider}
    why = ["read the simulator"] if len(told) < len(without) else []
    if told:
        names = ", ".join(f"{name} (the {profile})" for name, profile in told.items())
        why.append(f"were told more of the person than the suite tells: {names}")
    return f"Agents without a rank {', or '.join(why)}." if why else ""


def headline(standings: Sequence[Standing]) -> str:
    """Who leads, and how surely, in a sentence."""
    ranked = [s for s in standings if s.rank is not None]
    if not ranked:
        return "Only references were played, which have no rank."
    best = ranked[0]
    result = best.record.results.get("reward")
    said = f"{best.name} leads" if len(ranked) > 1 else f"{best.name} stands alone"
    found = cell(result, signed)
    if found.interval:
        said += f" with a mean reward of {found.text} (95 % interval {found.interval})"
    if best.improvement is not None:
        said += (
            f"; a person fares better with it than with {ranked[1].name}, the next, with "
            f"probability {two(best.improvement.mean)}"
        )
    if best.gap_closed is not None and best.gap_closed.mean > 0:
        said += (
            f"; late in a life it closes {share(best.gap_closed.mean)} of the gap from "
            f"{POPULATION} to {ORACLE}"
        )
    if best.lead is not None and best.lead.low <= 0:
        said += f"; its lead over {ranked[1].name} may be chance"
    if best.shaky:
        said += "; its rank does not survive other simulators"
    return f"{said}."


def shaky_note(standings: Sequence[Standing]) -> str:
    """What the mark on ranks means, with the shares; empty if none has it."""
    below = next_below(standings)
    found = [
        f"{s.name} stays ahead of {below[s.name]} in {share(s.survives)}"
        for s in standings
        if s.shaky and s.survives is not None
    ]
    if not found:
        return ""
    return (
        f"Not firm: to hold, a rank must stay ahead of the next in {share(SURVIVES)} of the "
        f"simulators fitted on resamples. {'; '.join(found)}."
    )


def stability_note(standings: Sequence[Standing]) -> str:
    """Whether ranks were checked under other simulators, in a sentence."""
    seeds = [s.record.simulators.seeds for s in standings if s.record.simulators is not None]
    if not seeds:
        return "No agent was played under simulators fitted on resamples, so no rank was checked."
    count = max(len(found) for found in seeds)
    return (
        f"{len(seeds)} of {len(standings)} agents were also played under "
        f"{_counted(count, 'simulator that was', 'simulators that were each')} fitted on a "
        "resample of the judged people."
    )


def judged_note(standings: Sequence[Standing]) -> str:
    """What the off-policy check is, and whether it names the same best agent, in sentences."""
    note = (
        "Here no simulator is involved: an agent's choice, before anything is learnt of the "
        "person, in moments that people of the validation split judged, valued by their own "
        "answers. Who reads the simulator cannot be checked so, and agents that explore do it most "
        "in their first choices, which are all that is valued here."
    )
    found = {
        s: s.record.judged.alternatives.mean
        for s in standings
        if s.rank is not None
        and s.record.judged is not None
        and s.record.judged.alternatives.mean is not None
    }
    if not found:
        return f"{note} No ranked agent was checked."
    best = max(found, key=lambda s: found[s] or 0.0)
    return f"{note} Best side by side: {best.name}, of rank {best.rank} on the suite."


def legend(tables: Iterable[Table]) -> dict[str, str]:
    """What the columns of some tables mean, by title, each once."""
    fields = dict.fromkeys(field for table in tables for field in table.kind._fields)
    return {COLUMNS[field].title: COLUMNS[field].meaning for field in fields}


def versions(standings: Sequence[Standing]) -> list[str]:
    """The versions that computed the records, one sentence for each set of them."""
    users: dict[str, list[str]] = {}
    for s in standings:
        told = ", ".join(f"{name} {version}" for name, version in s.record.versions.items())
        users.setdefault(told, []).append(s.name)
    if len(users) == 1:
        return [f"All records: {next(iter(users))}."]
    return [f"{', '.join(names)}: {told}." for told, names in users.items()]
