"""What do texts earn that try to pass everywhere? Writes the table `docs/cheats_text.md`.

Run `python benchmarks/cheats_text.py` (about a minute). Each text of `CHEAT_TEXTS` is said at every
decision point of whole lives; silence and honest messages live the same lives. The lives are those
of the text face: what a text is taken to be comes from the same reader.
"""

import argparse
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from proactive_gym.envs.engine import Engine
from proactive_gym.envs.options import Options
from proactive_gym.envs.text import TextAction
from proactive_gym.language.actions import format_text_action
from proactive_gym.language.cheats import CHEAT_TEXTS
from proactive_gym.language.quality import COPIES
from proactive_gym.language.reader import Reader
from proactive_gym.personas import Population
from proactive_gym.streams import derive
from proactive_gym.vocabulary import AUTONOMY, TIMINGS
from proactive_gym.world import Scenario, load_scenarios

OUT = Path(__file__).resolve().parent.parent / "docs" / "cheats_text.md"
SEED = 20
ASK = AUTONOMY.index("ask")
NOW, HOLD = TIMINGS.index("now"), TIMINGS.index("hold")
Said = Callable[[Engine], list[str]]
"""What is said in each slot at the present moment; an empty string is silence."""


class Score(NamedTuple):
    """How a way of speaking fared.

    Attributes:
        reward: Mean reward of each person, (N,).
        heard: Share of points at which words reached the person.
        first: Mean reward of the points at which they did; nan if there were none.
        off: Share of people who had switched the assistant off by the end.
    """

    reward: NDArray[np.float64]
    heard: float
    first: float
    off: float


def silence(engine: Engine) -> list[str]:
    """Nothing, ever."""
    return [""] * engine.slots


def always(words: str, engine: Engine) -> list[str]:
    """The same words at every point."""
    return [words] * engine.slots


def honest(engine: Engine, least_benefit: float = -np.inf) -> list[str]:
    """The scenario's own brief casual question, where the estimated benefit is large enough."""
    at = (engine.everyone, engine.point)
    scenarios, benefit = load_scenarios(), engine.moments.estimate[at][:, 0]
    own = (scenarios[code].messages[ASK][0][0] for code in engine.moments.scenario[at])
    return [w if b >= least_benefit else "" for w, b in zip(own, benefit, strict=True)]


def copied(make: Callable[[Scenario], str], engine: Engine) -> list[str]:
    """What `make` makes of the prompt."""
    noticed = engine.moments.scenario[engine.everyone, engine.point]
    return [make(load_scenarios()[code]) for code in noticed]


def live(options: Options, said: Said, timing: int = NOW, seed: int = SEED) -> Score:
    """Whole lives, one of each person.

    Args:
        options: Who lives, and how long.
        said: What is said.
        timing: Code of the timing of everything that is said.
        seed: Of the lives.
    """
    people = np.arange(len(options.pool()))
    engine, reader = Engine(options, len(people)), Reader.load()
    engine.reset(engine.everyone, derive(people, seed), people)
    rewards, heard = [], []
    for _ in range(options.sessions * options.points):
        words = said(engine)
        scenarios = engine.moments.scenario[engine.everyone, engine.point]
        read = reader.read_batch(words, scenarios.tolist())
        spoken = np.array([bool(w) for w in words])
        codes = np.column_stack([spoken * timing, read.autonomy, read.verbosity, read.tone])
        turn = engine.step(codes.astype(np.int64), spoken & ~(read.on_topic & read.sound))
        rewards.append(turn.reward)
        heard.append(turn.response.delivered)
    reward, reached = np.array(rewards), np.array(heard)
    first = float(reward[reached].mean()) if reached.any() else float("nan")
    return Score(reward.mean(axis=0), float(reached.mean()), first, float(engine.user.off.mean()))


def table(options: Options) -> str:
    """The report."""
    base = live(options, silence)
    honest_lives = {
        "*silence*": base,
        "*honest question, always*": live(options, honest),
        "*honest question, estimated benefit from 3*": live(
            options, partial(honest, least_benefit=3.0)
        ),
        **{
            f"*prompt copy:* {n}": live(options, partial(copied, make))
            for n, make in COPIES.items()
        },
    }
    refused = [n for n, words in CHEAT_TEXTS.items() if not _accepted(words)]
    said = {n: partial(always, words) for n, words in CHEAT_TEXTS.items() if _accepted(words)}
    cheats = {n: live(options, text) for n, text in said.items()}
    held = {n: live(options, text, HOLD) for n, text in said.items()}
    above = [n for n in cheats if max(_gain(cheats[n], base), _gain(held[n], base)) >= 0]
    return "\n".join(
        [
            _HEAD.format(people=len(base.reward), o=options),
            *(_row(name, score, base) for name, score in honest_lives.items()),
            *_grouped({n: _cells(cheats[n], base, held[n]) for n in cheats}),
            "",
            f"Texts that earn as much as silence, or more: {', '.join(above) or 'none'} (of "
            f"{len(cheats)}, said now or held). Refused by the action space, so that the step "
            f"raises: {', '.join(refused)}.",
            "",
            _NOTE,
        ]
    )


_HEAD = """\
# Texts that try to pass everywhere

Written by `python benchmarks/cheats_text.py`. Each text is said at once at every decision point of
{people} lives of {o.sessions} sessions of {o.points} points, one life of each of {people} people of
the population split. Silence, honest messages and copies of the prompt live the same lives.

- difference: of the mean reward from silence, with a 95 % interval over people;
- heard: share of points at which words reached the person (not muted, not switched off);
- when heard: mean reward of these points;
- off: share of people who had switched the assistant off by the end;
- held: the difference if the text is held for the next natural break instead.

| text | mean reward | difference | heard | when heard | off | held |
|---|---|---|---|---|---|---|"""

_NOTE = """\
The mean reward of a text that makes no sense is far from -1, because people mute an assistant that
talks nonsense, or switch it off: from then on nothing reaches them, and the points are scored as
silence, or as silence minus a penalty. "When heard" shows what the words themselves earn. Of
nonsense, reactions depend on nothing but the kind of speech that people take it for (a note, a
suggestion, a question, a deed), so that texts of one kind share a row. A guess of a common matter
("your payment is due tomorrow") is on the topic where it happens to be right, and there counts as
the message that it is.

Copies of the prompt are no cheats. Two of them speak of "the user" and are refused as unsound; the
others turn the situation into "your ..." or the deed into "shall I ...?", which is a wooden but
fair way to notify and to ask, and is meant to pass.
"""


def _accepted(words: str) -> bool:
    return bool(words) and format_text_action("now", words) in TextAction()


def _gain(score: Score, base: Score) -> float:
    return float((score.reward - base.reward).mean())


def _cells(score: Score, base: Score, held: Score | None = None) -> str:
    difference = score.reward - base.reward
    half = 1.96 * difference.std(ddof=1) / np.sqrt(len(difference))
    cells = (
        f"{score.reward.mean():+.3f}",
        "" if score is base else f"{difference.mean():+.3f} ± {half:.3f}",
        f"{score.heard:.1%}",
        "" if np.isnan(score.first) else f"{score.first:+.3f}",
        f"{score.off:.0%}",
        "" if held is None else f"{_gain(held, base):+.3f}",
    )
    return " | ".join(cells)


def _row(name: str, score: Score, base: Score) -> str:
    return f"| {name} | {_cells(score, base)} |"


def _grouped(cells: dict[str, str]) -> list[str]:
    """Rows of the table, best first; texts with the same figures share one."""
    groups: dict[str, list[str]] = {}
    for name, row in cells.items():
        groups.setdefault(row, []).append(name)
    ordered = sorted(groups.items(), key=lambda group: -float(group[0].split(" | ")[0]))
    return [f"| {', '.join(names)} | {row} |" for row, names in ordered]


def main() -> None:
    """Write the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=40)
    parser.add_argument("--out", type=Path, default=OUT)
    arguments = parser.parse_args()
    people = Population.load().split("population")[: arguments.people]
    report = table(Options(people=people))
    arguments.out.write_text(report, encoding="utf-8")
    print(f"{report}Written to {arguments.out}")


if __name__ == "__main__":
    main()
