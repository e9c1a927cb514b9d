"""`proactive-gym explain`: what the steering agent comes to believe of a person, in words."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from proactive_gym.cli.belief import Belief, known_in_words, show
from proactive_gym.cli.options import (
    Basis,
    Device,
    Dtype,
    ModelName,
    model_option,
    warn_of_test_people,
)
from proactive_gym.cli.terminal import console, messages, note

if TYPE_CHECKING:
    from proactive_agents.language import Model
    from proactive_gym.evaluation.acquaintance import Days

_VIEW = "demographics"


def explain(
    person: Annotated[
        str | None, typer.Argument(metavar="ID", help="Whom to meet, such as p0042.")
    ] = None,
    sessions: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Days.")] = 10,
    points: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Moments of a day.")
    ] = 20,
    seed: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="N",
            help="Of the days. [default: 0; after --from, one that was not lived yet]",
        ),
    ] = None,
    view: Annotated[
        str | None,
        typer.Option(
            metavar="WHAT",
            help="What the device is told at first: none, demographics, survey. "
            "[default: demographics]",
        ),
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write what is believed as JSON."),
    ] = None,
    start: Annotated[
        Path | None,
        typer.Option(
            "--from", metavar="FILE", help="Go on from such a file; without ID only look at it."
        ),
    ] = None,
    reset: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND",
            help="In the end take back what was learnt of timing, timing by activity, domains, "
            "autonomy or style; repeat for several.",
        ),
    ] = None,
    erase: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Delete such a file, after saying what is in it."),
    ] = None,
    model: ModelName = None,
    basis: Basis = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
) -> None:
    """Live some days with a person, and see what the assistant believes of them.

    The steering agent learns from reactions alone. What it believes is shown in words, with how
    sure it is, what a stranger like this would be taken for, and what changed most over the days.
    All that it keeps of a person can be written to a file, looked at, taken back and erased.
    """
    if erase is not None:
        if person or start or export or reset:
            raise typer.BadParameter("it stands alone", param_hint="--erase")
        _erase(erase)
        return
    from proactive_agents.steering import export as files
    from proactive_agents.steering.dimensions import of_kinds

    kinds = reset or []
    of_kinds(kinds)
    known = None if start is None else files.Belief.load(start)
    days: Days | None = None
    if person is None:
        if known is None:
            raise typer.BadParameter("name a person, such as p0042", param_hint="ID")
        belief = known
    else:
        other = model_option(model, basis, device, dtype)
        belief, days = _live(person, sessions, points, seed, view, known, other)
    belief = belief.without(kinds) if kinds else belief
    show(belief, days, kinds)
    if export is not None:
        belief.save(export)
        console().print(Text(f"\nWritten: {export}"), soft_wrap=True)


def _live(
    person: str,
    sessions: int,
    points: int,
    seed: int | None,
    view: str | None,
    known: Belief | None,
    model: "Model | None",
) -> "tuple[Belief, Days]":
    """Some days with a person, and what is believed afterwards."""
    from proactive_agents.registry import load
    from proactive_agents.steering import export as files
    from proactive_gym.evaluation.acquaintance import get_acquainted
    from proactive_gym.personas import Population

    Population.load()[person]
    warn_of_test_people((person,))
    before = _told_before(known, person, view)
    chosen = before["seed"] if seed is None else seed
    given = {} if model is None else model.arguments
    agent = load("proactive_agents.steering.agent").SteeringAgent(view=before["view"], **given)
    _check_same(known, agent.basis.digest)
    err = messages()
    with err.status(f"0 of {sessions} days") as status:

        def tick(day: int) -> None:
            status.update(Text(f"{day} of {sessions} days"))

        state = None if known is None else known.state
        days = get_acquainted(agent, person, sessions, points, chosen, state, tick)
    belief = files.Belief.of(
        agent.beliefs,
        0,
        person=person,
        days=before["days"] + sessions,
        seeds=(*before["seeds"], chosen),
        view=before["view"],
        basis=agent.basis.digest,
    )
    return belief, days


def _told_before(known: Belief | None, person: str, view: str | None) -> dict[str, Any]:
    """Where these days begin: what was lived, under which view, and the next seed."""
    from proactive_gym.errors import InvalidOptionError

    if known is None:
        return {"seed": 0, "days": 0, "seeds": (), "view": view or _VIEW}
    if view not in (None, known.view):
        raise InvalidOptionError(
            f"this belief began with the view {known.view}: leave --view out, or begin without it"
        )
    if known.person != person:
        note(f"this belief was learnt of {known.person}; {person} begins with it.")
    seed = max(known.seeds, default=-1) + 1
    return {"seed": seed, "days": known.days, "seeds": known.seeds, "view": known.view}


def _check_same(known: Belief | None, basis: str) -> None:
    """Refuse a belief that is told in other directions."""
    from proactive_gym.errors import CheckpointError

    if known is not None and known.basis != basis:
        raise CheckpointError(
            "this belief is told in other directions: name theirs with --basis, or begin anew"
        )


def _erase(path: Path) -> None:
    from proactive_agents.steering import export as files

    belief = files.Belief.load(path)
    told = f"{belief.person} after {belief.days} days: {known_in_words(belief)}."
    # A link goes with what it points to: nothing of it may be left.
    path.resolve().unlink()
    path.unlink(missing_ok=True)
    console().print(Text(told))
    console().print(Text(f"Erased: {path}"), soft_wrap=True)
