"""The calibration report in words: the README beside `report.json`, a pure function of it."""

from collections.abc import Iterable, Mapping, Sequence

from proactive_gym.calibration.assess.panel import INSIDE, OUTSIDE
from proactive_gym.calibration.report import (
    CEILING_CHOICE,
    JUDGES_ALTERNATIVES,
    JUDGES_REACTIONS,
    PROBE,
    PROBE_CHOICE,
    Report,
)


def cell(figure: Mapping[str, float] | float | None, digits: int = 2) -> str:
    """A figure, with its interval if it has one."""
    if figure is None:
        return "-"
    if not isinstance(figure, Mapping):
        return _number(figure, digits)
    value, low, high = (_number(figure[k], digits) for k in ("value", "low", "high"))
    return f"{value} [{low}, {high}]"


def _number(value: float, digits: int) -> str:
    return f"{value + 0.0:.{digits}f}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(cells) + " |" for cells in (head, ["---"] * len(head), *rows)]
    return "\n".join(lines)


def to_markdown(report: Report) -> str:
    """The README of a report."""
    sections = (
        _head,
        _ratings,
        _choice,
        _reactions,
        _trust,
        _deviations,
        _stated,
        _unknown,
    )
    return "\n\n".join(section(report) for section in sections) + "\n"


def _head(report: Report) -> str:
    inside, outside = report["people"][INSIDE], report["people"][OUTSIDE]
    made = report["provenance"]
    return f"""# How the simulated people were fitted, and how well they fit

Written by `{made["command"]}`, together with `report.json` (every figure) and the parameters
that the simulator reads (SHA-256 `{made["parameters_sha256"][:16]}…`). Do not edit: run it again.

The people are fitted on the {inside["people"]} judged people of the population split
({inside["judgments"]} judgments, {inside["moments judged side by side"]} moments judged side by
side, ten days of diary each). Every figure says how well people are predicted who were **not**
fitted on. *Cross-validated*: each of them by models fitted on seven eighths of the others.
*Validation*: the {outside["people"]} judged people of the validation split, by the models that
ship; nothing was chosen by them. Brackets hold 95 % intervals by bootstrap over persons. All
evidence was written by a language model that played each person: the ceilings are agreement
between two such judges, not between people."""


def _ratings(report: Report) -> str:
    rows = []
    for rating, rungs in report["ratings"].items():
        for rung, groups in rungs.items():
            probe = PROBE[rating].get(rung)
            rows.append(
                [
                    rating,
                    rung,
                    cell(groups[INSIDE].get("r")),
                    cell(groups[OUTSIDE].get("r")),
                    cell(probe),
                    *(cell(groups[INSIDE][k]["value"]) for k in ("mae", "exact")),
                    *(cell(groups[INSIDE][k]["value"], 3) for k in ("rps", "log_loss")),
                    cell(groups[INSIDE].get("calibration", {}).get("error")),
                ]
            )
    head = ["rating", "known", "r", "r, validation", "r, probe", "MAE", "exact", "RPS", "log loss"]
    head.append("cal. error")
    judges = ", ".join(f"{name} {PROBE[name]['judges']}" for name in PROBE)
    side = report["alternatives"]
    spread = [
        [kind, *(cell(side[group]["spread"][kind]) for group in (INSIDE, OUTSIDE))]
        for kind in side[INSIDE]["spread"]
    ]
    return f"""## 1. Ratings

Judgments, 1-5. *Known* is what the predictor uses beside the behaviour: nothing (mean), the
person's answers but not the moment (survey only), the moment alone (situation), the moment with
what a device may know of its user (demographics), and all of the moment and the answers (model:
what ships, without the person's own deviations). *Exact* is the share of answers that were the
most probable one; RPS the ranked probability score; the calibration error is the mean absolute
difference of expected and observed answers over tenths of the judgments, in points. The *probe* is
gradient boosting by the data's authors. Two judges agree by r = {judges}.

{table(head, rows)}

![r by what is known](ratings.png)

![Expected and observed ratings](ratings_calibration.png)

The joint satisfaction model on the alternatives (0-10, drawn from as the simulator does, with
deviations and noise): r = {cell(side[INSIDE]["r"])}, validation {cell(side[OUTSIDE]["r"])} (two
judges: {JUDGES_ALTERNATIVES}); mean absolute error {cell(side[INSIDE]["mae"])} and
{cell(side[OUTSIDE]["mae"])} points of ten; ranked probability score
{cell(side[INSIDE]["rps"], 3)} and {cell(side[OUTSIDE]["rps"], 3)}. Observed over predicted spread
of new people's answers, 1 being right:

{table(["behaviour", "cross-validated", "validation"], spread)}"""


def _choice(report: Report) -> str:
    simulated = report["simulated"]["value"]
    rows = [
        [
            rung,
            cell(groups[INSIDE]["value"]),
            cell(groups[OUTSIDE]["value"]),
            cell(PROBE_CHOICE.get(rung)),
            cell(simulated[rung][INSIDE]),
            cell(groups[INSIDE]["regret"]["value"]),
            *(cell(groups[group]["best"]["value"]) for group in (INSIDE, OUTSIDE)),
            cell(groups[INSIDE].get("gain")),
        ]
        for rung, groups in report["choice"].items()
    ]
    head = ["known", "value", "value, validation", "probe", "value, simulated", "regret", "best"]
    head += ["best, validation", "gain"]
    known, rung = simulated["deviations known"], "survey (the model)"
    silent = report["silence_is_best"]
    return f"""## 2. Choosing among ten behaviours

Each rung picks the behaviour that it predicts to be best for a person it was not fitted on, and is
valued on that person's own answers, reward = (answer - 5) / 5. *Best* is how often the pick is
(jointly) the person's best; *gain* the paired difference to the rung above. The demographic rungs
are ridge regressions of the situation and of circumstances times components of the behaviour, the
penalty chosen within the people fitted on (gradient boosting was tried and is no better). *Value,
simulated* lets simulated people with the same answers judge the same picks.

{table(head, rows)}

![Value of the choice by what is known](choice.png)

- The best behaviour by one judge is worth {CEILING_CHOICE} by another: the honest ceiling.
- The probe's demographics (0.36) hold the Big Five. What a device may know is worth less.
- Silence is (jointly) best in {cell(silent[INSIDE])} of the moments, validation
  {cell(silent[OUTSIDE])}; among simulated people in
  {cell(report["simulated"]["silence_is_best"][INSIDE])}.
- Simulated people give the model's picks {cell(simulated[rung][INSIDE])}, the data's people
  {cell(report["choice"][rung][INSIDE]["value"]["value"])}, although every tenth of the ratings is
  met (section 1): words that suit in every respect are liked more than the sum of their parts, and
  the model is additive. Rewards of good assistants are therefore understated rather than flattered.
- Choosing with the simulated person's deviations known is worth {cell(known[INSIDE])}
  (validation's moments: {cell(known[OUTSIDE])}): the most that learning about a person beyond the
  survey can bring in one moment of the simulator."""


def _reactions(report: Report) -> str:
    found = report["reactions"]
    rows = []
    for kind in ("spoken", "silent"):
        for rung, groups in found[kind].items():
            scores = [
                cell(groups[group][score])
                for score in ("accuracy", "log_loss")
                for group in (INSIDE, OUTSIDE)
            ]
            areas = [cell(groups[group].get("auc")) for group in (INSIDE, OUTSIDE)]
            rows.append(
                [f"after {'words' if kind == 'spoken' else 'silence'}", rung, *scores, *areas]
            )
    head = ["when", "known"]
    head += [f"{s}{of}" for s in ("accuracy", "log loss", "AUC") for of in ("", ", validation")]
    confusion = found["confusion"]["predicted ratings"]
    shares = [
        [label, cell(seen), cell(given)]
        for label, seen, given in zip(
            confusion["labels"],
            confusion["shares"]["observed"],
            confusion["shares"]["model"],
            strict=True,
        )
    ]
    return f"""## 3. Reactions

Eight reactions to words; after silence, whether a need was missed (`wish`). *Felt ratings*: given
the ratings that the person gave. *Predicted ratings*: given ratings drawn from the model, as the
simulator does, so that its errors add up. Two judges agree on {JUDGES_REACTIONS:.0%} of the
reactions.

{table(head, rows)}

![Reactions observed and predicted](reactions.png)

How often each reaction occurs, and how often the model with its own ratings gives it:

{table(["reaction", "observed", "model"], shares)}"""


def _trust(report: Report) -> str:
    found = report["trust"]
    change = [
        [name, cell(groups[INSIDE]), cell(groups[OUTSIDE])]
        for name, groups in found["change"].items()
    ]
    events = [
        [name, str(e["days"]), cell(e["observed"]), cell(e["predicted"])]
        for name, e in found["events"].items()
    ]
    off = found["switch_off"]
    levels = [
        [level, str(e["days"]), cell(e["observed"]), cell(e["predicted"])]
        for level, e in off[INSIDE]["by_trust"].items()
    ]
    life = found["trajectory"]
    return f"""## 4. Trust

Share of the variance of a diary day's change of trust that is predicted (days after the assistant
was switched off are left out: nothing moves trust then). The model knows an event only by how
satisfying this person should find it; naming the twelve events is the ceiling of that idea.

{table(["known", "R², cross-validated", "R², validation"], change)}

![Trust by day](trust.png)

Mean change by event, all people. Where the two differ, our reading of the event's name
(`calibration.trust.EVENTS`) is coarser than what the diarists had in mind:

{table(["event", "days", "observed", "model"], events)}

Switching off after a day, given that day's trust: AUC {cell(off[INSIDE]["auc"])} (validation
{cell(off[OUTSIDE]["auc"])}), Brier score {cell(off[INSIDE]["brier"], 3)}
({cell(off[OUTSIDE]["brier"], 3)}) against {cell(off[INSIDE]["brier_of_the_rate"], 3)}
({cell(off[OUTSIDE]["brier_of_the_rate"], 3)}) for the mere rate. Living through the diaries,
{cell(life[INSIDE]["off_simulated"])} of the simulated people switch off, of the real ones
{cell(life[INSIDE]["off_observed"])}; validation {cell(life[OUTSIDE]["off_simulated"])} and
{cell(life[OUTSIDE]["off_observed"])}. By trust, cross-validated:

{table(["trust", "days", "observed", "model"], levels)}"""


def _deviations(report: Report) -> str:
    found, others = report["deviations"], report["other_moments"]
    rows = [
        [name, cell(c["sd"]), f"{cell(c['low'])} to {cell(c['high'])}", _zero(c["includes_zero"])]
        for name, c in found["components"].items()
    ]
    none = [name for name, c in found["components"].items() if c["includes_zero"]]
    said = f"The intervals of {_listed(none)} include zero" if none else "No interval includes zero"
    known = [
        [
            count,
            *(cell(groups[group]["r_of_the_rest"]) for group in (INSIDE, OUTSIDE)),
            cell(groups[INSIDE]["r"], 3),
            *(cell(groups[group]["gain"], 3) for group in (INSIDE, OUTSIDE)),
        ]
        for count, groups in others.items()
        if count != "0"
    ]
    noise = ", ".join(f"{name} {cell(v)}" for name, v in found["noise_sd"].items())
    loadings = ", ".join(
        f"{name} {cell(v['loading'])} (standard error {cell(v['error'])})"
        for name, v in found["loadings"].items()
    )
    base = others["0"][INSIDE]["r"]["value"]
    head = [
        "other moments known",
        "r of the rest",
        "r of the rest, validation",
        "r",
        "gain in value",
        "gain, validation",
    ]
    return f"""## 5. How people deviate from what they answered

Standard deviations on the worth's scale (0.36 is about one point of ten in the middle), by
restricted maximum likelihood on the alternatives, with 95 % Wald intervals of the variance.

{table(["facet", "sd", "95 % interval", "includes zero"], rows)}

{said}: there the data do not show that people differ beyond their answers. Noise of one rating:
{noise}. What one unit of a person's deviation adds to the other ratings, in units of their noise:
{loadings}.

![Deviations, and what other moments tell](deviations.png)

The honest check: does what a person did in other moments tell what they do in this one? Each of a
person's four moments is predicted from 1 to 3 of the others. *r of the rest*: with what the survey
leaves unexplained; *r* (without them {cell(base, 3)}): with the answer's worth; *gain*: in the
value of the choice, in reward.

{table(head, known)}"""


def _zero(includes: bool) -> str:
    return "**yes**" if includes else "no"


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _stated(report: Report) -> str:
    found = report["stated"]
    rows = [
        [
            says,
            f"{'+' if s['agrees'] > 0 else '-'} {s['contrast']}",
            str(s["moments"]),
            cell(s["r"]),
        ]
        for says, s in found["statements"].items()
    ]
    shares = [
        [name, *(cell(s[k]) for k in ("answers", "deviations", "noise", "lasting_predicted", "r"))]
        for name, s in found["shares"].items()
    ]
    head = ["contrast", "answers", "deviations", "noise", "lasting, predicted", "r of all answers"]
    return f"""## 6. What people say and what they do

Each statement against the contrast of behaviours that it speaks of, measured in moments judged
side by side, less what the situation alone predicts (all judged people). The judges saw the
survey, so saying and doing agree more than in life.

{table(["says", "does", "moments", "r"], rows)}

How each contrast varies beyond the situation: the share that all answers together predict, the
share of lasting deviations, and noise. *Lasting, predicted* is the answers' part of the lasting
differences between people.

{table(head, shares)}

![Shares of variance](stated.png)"""


def _unknown(report: Report) -> str:
    return """## 7. What these data cannot say

- **Change over time.** Speed of drift, fatigue within a day, how long a hold may last, life
  changes: nobody was judged twice. They are named assumptions with a sweep, in
  `proactive_gym/users/assumptions.py`.
- **Trust within a day.** Diaries have one event a day; a session has many. How one decision point
  moves trust is scaled by an assumption. That diarists switch off only at trust 1, and how often,
  follows an instruction that they were given.
- **Relationship and preference apart.** Each judged person has one stage of the relationship, so
  its effect is a difference between people, and the trust behind a stage's name is assumed.
- **Covariance of deviations.** They are taken as independent of each other given the answers.
- **Real people.** One language model wrote persons, survey, judgments and diaries. A second judge
  of the same kind bounds its noise, not its bias.
- **Held-out people.** Test people have no judgments here; the benchmark's are simulated."""
