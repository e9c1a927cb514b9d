"""Options that several commands share."""

from typing import Annotated

import typer

from proactive_gym.cli.terminal import note

People = Annotated[
    str,
    typer.Option(metavar="WHOM", help="validation, test, population, or ids such as p0042,p0043."),
]
Lives = Annotated[int, typer.Option(min=1, metavar="N", help="Lives of each person.")]
Seed = Annotated[int, typer.Option(min=0, metavar="N", help="Of the lives and of the intervals.")]
Sessions = Annotated[
    int, typer.Option(min=1, max=1000, metavar="N", help="Sessions (days) of a life.")
]
Points = Annotated[
    int, typer.Option(min=1, max=1000, metavar="N", help="Decision points of a session.")
]
Heterogeneity = Annotated[
    float,
    typer.Option(
        metavar="X", help="Scale of how people deviate from their answers; 1 is as fitted."
    ),
]
Drift = Annotated[
    float,
    typer.Option(metavar="X", help="Share of a person that is new in each session, 0-1."),
]


def people_option(text: str) -> str | tuple[str, ...]:
    """A split or ids, as `Options` takes them: "validation", "p0042" or "p0042,p0043"."""
    parts = tuple(part.strip() for part in text.split(","))
    return parts if len(parts) > 1 else parts[0]


def warn_of_test_people(ids: tuple[str, ...]) -> None:
    """Say so if any of these people are kept for final evaluations."""
    from proactive_gym.data.records import load_splits

    if not set(ids).isdisjoint(load_splits().test):
        note("test people are for final evaluations. Compare and choose on validation people.")
