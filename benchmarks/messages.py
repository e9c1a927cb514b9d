"""How often a language model's message fits its situation, with samples.

Run `python benchmarks/messages.py --markdown docs/messages.md`. The model speaks of every scenario
in all sixteen manners, greedily, and the environment's reader judges the words: whether they speak
of this scenario, whether they are sound English, and which speech act, length and tone they are.
The reader was trained on scenarios' messages and is the judge of the text face; it has seen the
kept-back scenarios' situations, the model has not. It is lenient: what names the scenario's things
in sentences of a sound form passes, even if it makes little sense, as the samples show. Situations
that are trained on are shown beside.
"""

import argparse
from pathlib import Path
from typing import NamedTuple

import numpy as np

from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.prompt import Moments
from proactive_agents.lm.situations import training_situations
from proactive_agents.lm.worth import SPOKEN
from proactive_gym.data.records import load_splits
from proactive_gym.language.reader import Reader
from proactive_gym.vocabulary import ACTIVITIES, AUTONOMY, DOMAINS, PLACES, TONES, VERBOSITY
from proactive_gym.world import Scenario, load_scenarios

MANNERS = SPOKEN[:16, 1:]


class Said(NamedTuple):
    """One message and what the reader made of it."""

    scenario: Scenario
    manner: tuple[int, ...]
    words: str
    reading: object


def moment_of(scenario: Scenario) -> Moments:
    """A typical moment: the first activity, the middle of the hours, exact estimates."""
    activity = ACTIVITIES.index(scenario.activities[0])
    numbers = [scenario.benefit, scenario.urgency, scenario.stakes]
    return Moments(
        weekday=np.array([1]),
        hour=np.array([sum(scenario.hours) / 2 % 24]),
        activity=np.array([activity]),
        place=np.array([PLACES.index("at home")]),
        alone=np.array([True]),
        break_delay=np.array([0.5]),
        estimate=np.array([numbers], float),
        window_h=np.array([scenario.window_h]),
        domain=np.array([DOMAINS.index(scenario.domain)]),
    )


def speak(model: LanguageModel, scenarios: list[Scenario]) -> list[Said]:
    """All manners of every scenario."""
    reader, codes = Reader.load(), {s.id: i for i, s in enumerate(load_scenarios())}
    found = []
    for scenario in scenarios:
        line = moment_of(scenario).words()[0]
        prompts = [model.prompt(scenario.domain, scenario.situation, line)] * len(MANNERS)
        actions = [(1, *manner) for manner in MANNERS.tolist()]
        for action, words in zip(actions, model.speak(prompts, actions), strict=True):
            reading = reader.read(words, codes[scenario.id])
            found.append(Said(scenario, action[1:], words, reading))
    return found


def rates(said: list[Said]) -> dict[str, float]:
    """Shares of messages."""
    learnt = {m for s in training_situations() for a in s.messages for v in a for m in v}
    r = [s.reading for s in said]
    return {
        "fits (of this scenario, and sound)": np.mean([x.acceptable for x in r]),
        "of this scenario": np.mean([x.on_topic for x in r]),
        "sound English": np.mean([x.sound for x in r]),
        "autonomy read as meant": np.mean([x.reading.autonomy == x.manner[0] for x in said]),
        "length read as meant": np.mean([x.reading.verbosity == x.manner[1] for x in said]),
        "tone read as meant": np.mean([x.reading.tone == x.manner[2] for x in said]),
        "word for word from training": np.mean([x.words in learnt for x in said]),
    }


def sample(said: list[Said], count: int, seed: int = 0) -> list[str]:
    """Some messages, drawn at random, as Markdown."""
    rows = np.random.default_rng(seed).choice(len(said), count, replace=False)
    lines = []
    for s in (said[i] for i in rows):
        verdict = "fits" if s.reading.acceptable else "does not fit"
        a, v, t = s.manner
        lines.append(
            f"- *{s.scenario.situation}*\n  {AUTONOMY[a]}, {VERBOSITY[v]}, {TONES[t]}: "
            f"“{s.words}” ({verdict})"
        )
    return lines


def main() -> None:
    """Print rates and samples; write them as Markdown with --markdown."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--model", default="population")
    parser.add_argument("--samples", type=int, default=24)
    parser.add_argument("--markdown", type=Path)
    given = parser.parse_args()
    model, splits = LanguageModel.load(given.model), load_splits()
    by_id = {s.id: s for s in load_scenarios()}
    unseen = speak(model, [by_id[i] for i in splits.scenarios_unseen])
    seen = speak(model, [by_id[i] for i in splits.scenarios_seen[:40]])
    lines = ["| | kept back (40) | trained on (40) |", "|---|---:|---:|"]
    ours, theirs = rates(unseen), rates(seen)
    lines += [f"| {name} | {ours[name]:.1%} | {theirs[name]:.1%} |" for name in ours]
    good = [s for s in unseen if s.reading.acceptable]
    bad = [s for s in unseen if not s.reading.acceptable]
    half = given.samples // 2
    lines += ["", "## Of kept-back scenarios, at random among those that fit", ""]
    lines += sample(good, min(half, len(good)))
    lines += ["", "## At random among those that do not", "", *sample(bad, min(half, len(bad)))]
    print("\n".join(lines))
    if given.markdown:
        head = (
            "# Messages of the embedded language model\n\nWritten by `python "
            f"benchmarks/messages.py` for the model `{given.model}`. "
            + __doc__.split("`. ", 1)[1].strip()
            + "\n\n"
        )
        given.markdown.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
