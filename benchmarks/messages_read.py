"""Messages read blind: does a person who reads the situation understand and accept the message?

    python benchmarks/messages_read.py sheet docs/messages_read
    python benchmarks/messages_read.py table docs/messages_read

`sheet` lets the population model speak of kept-back scenarios and of scenarios that it was trained
on, in manners drawn at random, mixes in messages that were written for kept-back scenarios, and
writes them shuffled, without saying which is which, to sheet.jsonl; key.json keeps that. A reader
who sees the sheet alone writes ratings.json, from each number on the sheet to 2, 1 or 0:

- 2: fits. Sound English that says something sensible of this situation, as asked for.
- 1: understandable and of this situation, but odd, or wrong in a detail or in what was asked for.
- 0: nonsense, or of something else.

`table` counts them and writes README.md.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
from messages import MANNERS, moment_of

from proactive_agents.lm import embedded
from proactive_agents.lm.model import LanguageModel
from proactive_gym.data.records import load_splits
from proactive_gym.vocabulary import AUTONOMY, TONES, VERBOSITY
from proactive_gym.world import Scenario, load_scenarios

KINDS = {
    "the model, kept-back scenarios": 80,
    "the model, scenarios it was trained on": 40,
    "written, kept-back scenarios": 40,
}
RATINGS = {2: "fits", 1: "understandable, but odd or wrong in a detail", 0: "does not fit"}


def rows(seed: int = 0) -> list[dict[str, Any]]:
    """All messages, in the order of `KINDS`."""
    rng, splits = np.random.default_rng(seed), load_splits()
    by_id = {s.id: s for s in load_scenarios()}
    model = LanguageModel.load(embedded.POPULATION)
    found = []
    for kind, count in KINDS.items():
        ids = splits.scenarios_seen if "trained" in kind else splits.scenarios_unseen
        order = rng.permutation(len(ids))
        for i in range(count):
            scenario = by_id[ids[order[i % len(ids)]]]
            manner = tuple(int(w) for w in rng.choice(MANNERS))
            words = said(model, scenario, manner) if "model" in kind else written(scenario, manner)
            found.append(
                {
                    "kind": kind,
                    "situation": scenario.situation,
                    "asked": f"{AUTONOMY[manner[0]]}, {VERBOSITY[manner[1]]}, {TONES[manner[2]]}",
                    "message": words,
                }
            )
    return found


def said(model: LanguageModel, scenario: Scenario, manner: tuple[int, ...]) -> str:
    """By the model."""
    line = moment_of(scenario).words()[0]
    shown = model.prompt(scenario.domain, scenario.situation, line)
    return model.speak([shown], [(1, *manner)])[0]


def written(scenario: Scenario, manner: tuple[int, ...]) -> str:
    """By whoever wrote the scenario."""
    return str(scenario.messages[manner[0]][manner[1]][manner[2]])


def sheet(folder: Path) -> None:
    """Write the sheet and its key."""
    folder.mkdir(parents=True, exist_ok=True)
    made = rows()
    order = np.random.default_rng(1).permutation(len(made)).tolist()
    lines = []
    for number, at in enumerate(order):
        shown = {k: v for k, v in made[at].items() if k != "kind"}
        lines.append(json.dumps({"number": number, **shown}, ensure_ascii=False))
    (folder / "sheet.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    key = [made[at]["kind"] for at in order]
    (folder / "key.json").write_text(json.dumps(key, indent=0) + "\n", encoding="utf-8")


def table(folder: Path) -> None:
    """Count ratings by kind; write README.md."""
    key = json.loads((folder / "key.json").read_text(encoding="utf-8"))
    rated = json.loads((folder / "ratings.json").read_text(encoding="utf-8"))
    ratings = np.array([rated[str(number)] for number in range(len(key))])
    lines = [f"| | messages | {' | '.join(RATINGS.values())} |", "|---|---:|---:|---:|---:|"]
    for kind in KINDS:
        mine = ratings[[k == kind for k in key]]
        shares = " | ".join(f"{np.mean(mine == value):.0%}" for value in RATINGS)
        lines.append(f"| {kind} | {len(mine)} | {shares} |")
    shown = [json.loads(line) for line in (folder / "sheet.jsonl").open(encoding="utf-8")]
    for value, words in RATINGS.items():
        lines += ["", f"## Of kept-back scenarios, at random: {words}", ""]
        kept = [r for r in shown if key[r["number"]] == next(iter(KINDS))]
        mine = [r for r in kept if ratings[r["number"]] == value]
        for i in np.random.default_rng(2).permutation(len(mine))[:6]:
            r = mine[i]
            lines.append(f"- *{r['situation']}*\n  {r['asked']}: “{r['message']}”")
    print("\n".join(lines))
    head = "# Messages read blind\n\nThe reader was a language model that saw the sheet alone.\n"
    about = __doc__.split("\n\n", 1)[1]
    (folder / "README.md").write_text(
        f"{head}\n{about}\n" + "\n".join(lines) + "\n", encoding="utf-8"
    )


def main() -> None:
    """Write the sheet, or count what was read."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("sheet", "table"))
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    {"sheet": sheet, "table": table}[given.what](given.folder)


if __name__ == "__main__":
    main()
