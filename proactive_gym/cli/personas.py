"""`proactive-gym personas`: look at the people, and sample more of them."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer
from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from proactive_gym.cli.terminal import console

if TYPE_CHECKING:
    from proactive_gym.personas import People, Persona

personas = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Look at the thousand people, and sample more of them.",
)
_MOST = 7
_CHUNK = 4096


@personas.command("list")
def list_people(
    split: Annotated[
        str | None,
        typer.Option(metavar="SPLIT", help="Only population, validation or test people."),
    ] = None,
    limit: Annotated[int, typer.Option(min=0, metavar="N", help="At most so many; 0: all.")] = 20,
    search: Annotated[
        str | None,
        typer.Option(metavar="TEXT", help="Only people whose card holds this text, in any case."),
    ] = None,
) -> None:
    """List people: id, name, age, country, occupation and split."""
    from proactive_gym.data.records import load_splits
    from proactive_gym.personas import Population
    from proactive_gym.vocabulary import SPLITS

    everyone = Population.load() if split is None else Population.load().split(split)
    found = [p for p in everyone if search is None or search.casefold() in _texts(p)]
    if not found:
        console().print(Text(f"Nobody's card holds {search!r}."))
        return
    splits = load_splits()
    of = {person: name for name in SPLITS for person in getattr(splits, name)}
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), show_edge=False)
    table.add_column("id", style="bold", no_wrap=True)
    table.add_column("name")
    table.add_column("age", justify="right", no_wrap=True)
    for name in ("country", "occupation", "split"):
        table.add_column(name, no_wrap=name == "split")
    shown = found[:limit] if limit else found
    for p in shown:
        words = (p.id, p.name, str(p.age), p.country, p.occupation, of[p.id])
        table.add_row(*(Text(word) for word in words))
    console().print(table)
    rest = "" if len(shown) == len(found) else "; --limit 0 shows all"
    console().print(f"{len(shown)} of {len(found)} people{rest}.")


def _texts(person: "Persona") -> str:
    """Everything on a card that is in words, for a search."""
    facts = " ".join(person.facts).replace("_", " ")
    words = (
        person.id,
        person.name,
        person.gender,
        person.country,
        person.settlement,
        person.occupation,
        person.household,
        person.condition,
        person.devices,
        person.chronotype,
        person.bio,
        person.routine,
        person.quote,
        facts,
    )
    return "\n".join(words).casefold()


@personas.command(short_help="Show a person's card.")
def show(
    person: Annotated[str, typer.Argument(metavar="ID", help="An id, such as p0042.")],
) -> None:
    """Show a person's card: life, answers to the survey, welcome domains, facts."""
    from proactive_gym.language.words import SURVEY_STATEMENTS
    from proactive_gym.personas import Population
    from proactive_gym.vocabulary import DOMAINS

    p = Population.load()[person]
    out = console()
    for line in _head(p):
        out.print(line)
    out.print(Text("\nSurvey: 1 strongly disagree, 7 strongly agree", "bold cyan"))
    for item, answer in p.answers.items():
        if item in SURVEY_STATEMENTS:
            out.print(_answer(f"{item:<4}", answer, SURVEY_STATEMENTS[item]))
    out.print(Text("\nWelcome of unasked help by domain, 1 to 7", "bold cyan"))
    grid = Table.grid(padding=(0, 4, 0, 0))
    bars = [_bar(f"{domain:<14}", p.answers[domain]) for domain in DOMAINS]
    half = (len(bars) + 1) // 2
    for i in range(half):
        grid.add_row(*bars[i::half])
    out.print(grid)


def _head(p: "Persona") -> list[Any]:
    """Who it is, in words."""
    from proactive_gym.vocabulary import BIG5

    about = (p.occupation, p.country, p.settlement, p.household, p.devices, p.chronotype)
    condition = () if p.condition == "none" else (p.condition,)
    big5 = ", ".join(f"{name} {value:.1f}" for name, value in zip(BIG5, p.big5, strict=True))
    facts = ", ".join(p.facts).replace("_", " ")
    return [
        Text.assemble((p.id, "bold cyan"), "  ", (f"{p.name}, {p.age}, {p.gender}", "bold")),
        Text("; ".join((*about, *condition))),
        Padding(Text(f"“{p.quote}”", "italic"), (1, 0)),
        Text(p.bio),
        Padding(Text(p.routine), (1, 0)),
        Text.assemble(("Facts: ", "bold"), facts or "none"),
        Text.assemble(("Big Five (1-5): ", "bold"), f"{big5}; tech comfort {p.tech_comfort} of 5"),
    ]


def _bar(name: str, answer: int) -> Text:
    return Text.assemble(
        (name, "bold"), ("━" * answer, "green"), ("·" * (_MOST - answer), "dim"), f" {answer}"
    )


def _answer(item: str, answer: int, statement: str) -> Table:
    row = Table.grid(padding=(0, 2, 0, 0))
    row.add_row(_bar(item, answer), Text(statement))
    return row


@personas.command(short_help="Draw further people, as JSON Lines.")
def sample(
    n: Annotated[int, typer.Option("--n", min=1, metavar="N", help="How many.")] = 5,
    seed: Annotated[
        int, typer.Option(min=0, metavar="N", help="The same seed draws the same people.")
    ] = 0,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="File to write. [default: standard output]"),
    ] = None,
) -> None:
    """Draw further people like those of the population split, as JSON Lines.

    Each line has the fields of personas.jsonl that are numbers or closed vocabularies; names,
    texts, countries and occupations are not sampled. People are written as they are drawn, so
    that memory does not grow with their number.
    """
    from proactive_gym.personas.sampling import PersonSampler

    with _lines_to(out) as file:
        for people in PersonSampler.fit().stream(n, seed, _CHUNK):
            file.writelines(f"{json.dumps(row, ensure_ascii=False)}\n" for row in _rows(people))
    if out is not None:
        console().print(Text(f"{n:,} people: {out}"), soft_wrap=True)


@contextmanager
def _lines_to(out: Path | None) -> Iterator[IO[str]]:
    """Standard output, or a file that is written whole or not at all."""
    from proactive_gym.files import whole_file

    if out is None:
        yield console().file
        return
    with whole_file(out) as part, part.open("w", encoding="utf-8") as file:
        yield file


def _rows(people: "People") -> Iterable[dict[str, Any]]:
    """People as `personas.jsonl` writes them, as far as they are sampled."""
    from proactive_gym.personas.people import CATEGORIES
    from proactive_gym.vocabulary import BIG5, DOMAINS, FACTS, SURVEY_ITEMS

    arrays = {name: array.tolist() for name, array in people.arrays().items()}
    for i, person in enumerate(people.ids):
        values = {name: column[i] for name, column in arrays.items()}
        yield {
            "id": person,
            "age": values["age"],
            **{name: words[values[name]] for name, words in CATEGORIES.items()},
            "tech_comfort": values["tech_comfort"],
            "big5": {k: round(v, 2) for k, v in zip(BIG5, values["big5"], strict=True)},
            "survey": dict(zip(SURVEY_ITEMS, values["survey"], strict=True)),
            "domains": dict(zip(DOMAINS, values["domains"], strict=True)),
            "facts": [fact for fact, holds in zip(FACTS, values["facts"], strict=True) if holds],
        }
