"""Options that several commands share."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from proactive_gym.cli.terminal import note

if TYPE_CHECKING:
    from proactive_agents.language import Model

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

ModelName = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="NAME",
        help="Another language model for an agent with one: a folder, or a name on Hugging Face.",
    ),
]
Basis = Annotated[
    Path | None,
    typer.Option(
        "--basis",
        metavar="FILE",
        help="Directions for that model, from `train steering --set model=NAME`.",
    ),
]
Device = Annotated[str, typer.Option(metavar="NAME", help="Where the model runs: cpu or cuda.")]
Dtype = Annotated[
    str, typer.Option(metavar="NAME", help="Of its weights: auto, float32, bfloat16, float16.")
]


def model_option(name: str | None, basis: Path | None, device: str, dtype: str) -> "Model | None":
    """The language model that these options name; None for an agent's own."""
    from proactive_agents.language import Model

    model = Model(name, device, dtype, basis)
    return model if model.options else None


def people_option(text: str) -> str | tuple[str, ...]:
    """A split or ids, as `Options` takes them: "validation", "p0042" or "p0042,p0043"."""
    parts = tuple(part.strip() for part in text.split(","))
    return parts if len(parts) > 1 else parts[0]


def warn_of_test_people(ids: tuple[str, ...]) -> None:
    """Say so if any of these people are kept for final evaluations."""
    from proactive_gym.data.records import load_splits

    if not set(ids).isdisjoint(load_splits().test):
        note("test people are for final evaluations. Compare and choose on validation people.")
