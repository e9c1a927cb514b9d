"""Every figure of the calibration report, as `report.json` holds it, and what to compare it with.

`wording` and `plots` show these figures and compute no others.
"""

from collections.abc import Callable
from typing import Any

from proactive_gym.calibration.assess import choice, deviations, ratings, reactions, stated, trust
from proactive_gym.calibration.assess.panel import INSIDE, OUTSIDE, Panel
from proactive_gym.calibration.fit import Fitted

Report = dict[str, Any]

PROBE = {
    "timing": {"situation": 0.77, "model": 0.82, "judges": 0.87},
    "autonomy": {"situation": 0.62, "model": 0.75, "judges": 0.83},
    "style": {"situation": 0.56, "model": 0.71, "judges": 0.74},
    "satisfaction": {"situation": 0.70, "model": 0.79, "judges": 0.87},
}
"""r of the data's authors: gradient boosting on the situation, with the answers; two judges."""
PROBE_CHOICE = {
    "always silent": -0.36,
    "best fixed": 0.11,
    "situation": 0.30,
    "demographics and Big Five": 0.36,
    "survey (the model)": 0.49,
    "own best (optimistic)": 0.61,
}
"""Their policies; the demographic one is set beside the rung whose value it has."""
CEILING_CHOICE = 0.53
"""What the best behaviour by one judge is worth by another judge."""
JUDGES_ALTERNATIVES, JUDGES_REACTIONS = 0.93, 0.72


def assess(panel: Panel, fitted: Fitted, progress: Callable[[str], None]) -> Report:
    """All figures.

    Args:
        panel: The people fitted on and the outside people.
        fitted: The models fitted on the former.
        progress: Told what is being computed.
    """
    spread = fitted.deviations
    progress("ratings")
    worth = ratings.out_of_sample_worth(panel)
    predictions = ratings.predict_ratings(panel)
    progress("choices")
    chosen = choice.choices(panel, worth)
    progress("reactions")
    drawn = reactions.draw_felt(panel, predictions, fitted.parameters)
    reacted = reactions.predict_reactions(panel, drawn)
    progress("trust and deviations")
    return {
        "people": _counts(panel),
        "ratings": ratings.assess_ratings(panel, predictions),
        "alternatives": ratings.assess_alternatives(panel, worth, spread),
        "choice": choice.assess_choice(panel, chosen),
        "silence_is_best": choice.silence_is_best(panel),
        "reactions": {
            **reactions.assess_reactions(panel, reacted),
            "confusion": {
                name: reactions.confusion(panel, reacted[name])
                for name in ("felt ratings", "predicted ratings")
            },
        },
        "trust": trust.assess_trust(panel, spread),
        "deviations": deviations.assess_components(spread, fitted.ratings),
        "other_moments": deviations.assess_other_moments(panel, worth, spread),
        "simulated": deviations.assess_ladder(panel, worth, spread, chosen),
        "stated": stated.assess_stated(panel, worth, spread),
    }


def _counts(panel: Panel) -> dict[str, dict[str, int]]:
    rows = {
        "judgments": panel.judged.rows.person,
        "moments judged side by side": panel.moment_person,
    }
    groups: dict[str, dict[str, int]] = {INSIDE: {}, OUTSIDE: {}}
    for name, person in rows.items():
        for group, at in panel.groups(person).items():
            groups[group]["people"] = len(set(person[at].tolist()))
            groups[group][name] = int(at.sum())
    return groups
