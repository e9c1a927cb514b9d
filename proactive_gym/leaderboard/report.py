"""report.html: a suite's records as one page that needs nothing else.

Plots are inline SVG, style and script stand in the page, and nothing is fetched. The same records
give the same bytes under the same versions of the libraries. It needs the extra
`proactive-gym[report]`.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from proactive_gym.errors import MissingExtraError
from proactive_gym.evaluation.metrics import METRICS
from proactive_gym.leaderboard import heatmaps, tables, wording
from proactive_gym.leaderboard.compose import LAST
from proactive_gym.leaderboard.record import Estimate
from proactive_gym.leaderboard.standings import ORACLE, POPULATION, SILENT, Standing

try:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    from proactive_gym.leaderboard import curves, multiples, plots
    from proactive_gym.leaderboard.drawing import MUTED, colour_of, colours
except ModuleNotFoundError as error:
    if (error.name or "").startswith("proactive_gym"):
        raise
    raise MissingExtraError(
        f"the report needs {error.name}: pip install 'proactive-gym[report]'"
    ) from error

_TEMPLATE = "report.html.j2"


class Figure(NamedTuple):
    """A plot and what to see in it."""

    svg: str
    caption: str


def to_html(standings: Sequence[Standing]) -> str:
    """The report as a page.

    Args:
        standings: Of one suite's records, as `standings.standings` gives them.

    Raises:
        RecordError: There are none.
    """
    record = wording.one_suite(standings)
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
        finalize=_unbroken,
    )
    chosen = colours(standings)
    return environment.get_template(_TEMPLATE).render(
        suite=record.suite,
        people=len(record.people),
        agents=len(standings),
        runs=sum(len(s.record.runs) for s in standings),
        whom=wording.whom(standings),
        headline=wording.headline(standings),
        methods=wording.METHODS,
        colours={s.name: colour_of(chosen.get(s.name, MUTED)) for s in standings},
        references={s.name for s in standings if s.rank is None},
        bars=_bars(standings),
        inside=_inside(standings, chosen),
        **_tables(standings),
        **_figures(standings, chosen),
    )


def _unbroken(value: object) -> object:
    """Words in which a number keeps its per cent sign on its line."""
    return value.replace(" %", "\u00a0%") if type(value) is str else value


def _tables(standings: Sequence[Standing]) -> dict[str, Any]:
    main = tables.main_tables(standings)
    return {
        "main": main,
        "seen": tables.seen_table(standings),
        "judged": tables.judged_table(standings),
        "stability": tables.stability_table(standings),
        "training": tables.training_table(standings),
        "sources": tables.source_table(standings),
        "mark": tables.SHAKY,
        "shaky": wording.shaky_note(standings),
        "stability_note": wording.stability_note(standings),
        "unseen_note": wording.UNSEEN_NOTE,
        "judged_note": wording.judged_note(standings),
        "legend": wording.legend(main),
        "versions": wording.versions(standings),
        "pairs": heatmaps.by_pair(standings),
        "places": heatmaps.by_place(standings),
        "kinds": heatmaps.by_kind(standings),
    }


class Shown(NamedTuple):
    """The agent whose inside is shown.

    Attributes:
        name: Of the agent.
        dimensions: How many it knows.
        figures: Its belief about one person, and its sweeps.
        maps: What moves with each dimension.
        least: Change below which a cell of these is blank.
    """

    name: str
    dimensions: int
    figures: list[Figure]
    maps: list[heatmaps.Heatmap]
    least: float


def _inside(standings: Sequence[Standing], chosen: Mapping[str, str]) -> Shown | None:
    """Of the best agent that shows its inside, references last; None if there is none."""
    ordered = sorted(standings, key=lambda s: s.rank is None)
    for s in ordered:
        found = s.record.inside
        if found is not None:
            posterior = multiples.posterior(found, chosen.get(s.name, MUTED))
            whom = f"{s.name} met {found.posterior.person}, the first person of the suite. "
            figures = [
                Figure(posterior, whom + _POSTERIOR),
                Figure(multiples.sweeps(found), _SWEEPS),
            ]
            maps, least = heatmaps.crosstalk(found), heatmaps.LEAST_TOLD
            return Shown(s.name, len(found.dimensions), figures, maps, least)
    return None


class Bar(NamedTuple):
    """Where a reward and its interval lie on the small axis beside it, in per cent."""

    low: float
    mean: float
    high: float
    zero: float | None


def _bars(standings: Sequence[Standing]) -> dict[str, Bar]:
    """Of each agent whose reward has an interval, on one axis for all."""
    found: dict[str, tuple[float, float, float]] = {}
    for s in standings:
        ends = s.record.results.get("reward", Estimate(mean=None, low=None, high=None))
        if ends.mean is not None and ends.low is not None and ends.high is not None:
            found[s.name] = (ends.low, ends.mean, ends.high)
    if not found:
        return {}
    low, high = min(v[0] for v in found.values()), max(v[2] for v in found.values())

    def at(value: float) -> float:
        return round(4 + 92 * (value - low) / ((high - low) or 1), 1)

    zero = at(0) if low < 0 < high else None
    return {n: Bar(at(ends[0]), at(ends[1]), at(ends[2]), zero) for n, ends in found.items()}


def _figures(standings: Sequence[Standing], chosen: Mapping[str, str]) -> dict[str, Any]:
    silent = next((s.record for s in standings if s.name == SILENT), None)
    return {
        "reward_figures": _drawn(
            (plots.reward(standings, chosen), _REWARD),
            (plots.lead(standings, chosen), _LEAD),
        ),
        "session_figures": _captioned(curves.sessions(standings, chosen)),
        "grey": [s.name for s in standings if s.name not in chosen],
        "gain_figures": _captioned(
            curves.gains(standings, chosen), " minus that of the frozen copy"
        ),
        "training_figures": _training(standings, chosen),
        "people_figures": _drawn(
            (plots.people(standings, chosen), _PEOPLE),
            (plots.against_silence(standings, chosen, silent), _SILENCE),
        ),
        "seen_figures": _drawn((plots.seen(standings, chosen), _SEEN)),
        "judged_figures": _drawn((plots.judged(standings, chosen), _JUDGED)),
        "stability_figures": _drawn((plots.simulators(standings, chosen), _SIMULATORS)),
        "cost_figures": _drawn((plots.cost(standings, chosen), _COST)),
        "population": POPULATION,
        "oracle": ORACLE,
        "late": LAST,
    }


_REWARD = (
    "Filled: over whole lives, with its 95 % interval. Hollow: over the last "
    f"{LAST} sessions of a life. A hollow dot to the right means that people fare better late."
)
_LEAD = (
    "Paired over the same people, with 95 % intervals. An interval that crosses zero leaves open "
    "which of the two is better."
)
_PEOPLE = (
    "One dot for each person. Long tick: the median person; short tick: the 10th percentile. "
    "A long left tail is a group of people whom the agent fails."
)
_SILENCE = (
    "The same, minus what that person got from an assistant that never speaks. Dots left of "
    "zero, in red, are people who would have been better off without it."
)
_SEEN = (
    "Filled: scenarios that assistants may have trained on. Hollow: scenarios that none has seen. "
    "Compare the length of the lines between agents."
)
_JUDGED = (
    "Filled: the choice among behaviours that one person judged side by side. Hollow: singly "
    "judged behaviours that the agent would have chosen as well. With 95 % intervals."
)
_RUNS = "One ring for each run, on the suite. How far they lie apart is the luck of the seed."
_SIMULATORS = "One dot for each simulator that was fitted on a resample; the tick is their mean."
_COST = "Filled: to act. Hollow: to take in a reaction. Medians for one person, on one machine."

_POSTERIOR = (
    "These are the dimensions of which it learnt most; in per cent, how much of a stranger's "
    "variance was gone at the end. Line: the mean; bands: one and two standard deviations. A band "
    "that narrows is learning; one that no longer holds the line at zero tells the person from the "
    "average one."
)
_SWEEPS = (
    "All other numbers stay at zero. “speaks” is a share of all moments, the rest are shares of "
    "what is said; moments are those of validation people. Thick: outcomes of the part of the "
    "reply on which the dimension acts. Thick lines should rise or fall, thin ones stay level."
)


def _drawn(*pairs: tuple[str | None, str]) -> list[Figure]:
    return [Figure(svg, caption) for svg, caption in pairs if svg is not None]


def _captioned(svgs: Mapping[str, str], more: str = "") -> list[Figure]:
    return [Figure(svg, _sentence(metric, more)) for metric, svg in svgs.items()]


def _sentence(metric: str, more: str) -> str:
    found = METRICS[metric]
    return f"{found.title.capitalize()}{more}: {found.meaning}."


def _training(standings: Sequence[Standing], chosen: Mapping[str, str]) -> list[Figure]:
    figures = _drawn((plots.runs(standings, chosen), _RUNS))
    for s in standings:
        svg = curves.training(s.record, chosen.get(s.name, MUTED)) if s.record.training else None
        if svg is not None:
            count = len(s.record.training)
            runs = "one run" if count == 1 else f"{count} runs, their range and their mean"
            figures.append(Figure(svg, f"{s.name}: {runs}."))
    return figures
