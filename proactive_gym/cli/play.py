"""`proactive-gym play`: a day with an assistant at the keyboard."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from proactive_gym.cli.options import Basis, Device, Dtype, ModelName, model_option
from proactive_gym.cli.terminal import console

if TYPE_CHECKING:
    from proactive_agents.language import Model
    from proactive_gym.evaluation.watching import Watched


def play(
    persona: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Whom to meet, such as p0042. [default: anybody]"),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Of the life. [default: a new one, which is shown]"),
    ] = None,
    sessions: Annotated[int, typer.Option(min=1, max=1000, metavar="N", help="Days.")] = 1,
    points: Annotated[
        int, typer.Option(min=1, max=1000, metavar="N", help="Moments of a day.")
    ] = 20,
    you: Annotated[bool, typer.Option("--you", help="Be the assistant yourself.")] = False,
    policy: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="Whom to watch: considerate, eager, silent, or an agent."
        ),
    ] = "considerate",
    checkpoint: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The agent's weights, if it has any.")
    ] = None,
    model: ModelName = None,
    basis: Basis = None,
    device: Device = "cpu",
    dtype: Dtype = "auto",
) -> None:
    """Watch a day in somebody's life with an assistant, or be the assistant.

    The assistant notices things; you see the moment, what it says and how the person reacts. At the
    end you learn what the person really felt. With --you, press Enter to stay silent, choose one of
    the messages by its number, or type your own words; q stops. Agents that are language models,
    such as lm-population and steering, speak in words of their own.
    """
    from proactive_gym.envs import play as keyboard

    out = console()

    def say(line: Any) -> None:
        out.print(line, soft_wrap=True)

    def ask(prompt: str) -> str:
        return out.input(prompt, markup=False)

    other = model_option(model, basis, device, dtype)
    watched = None if you else _agent(policy, checkpoint, other)
    keyboard.play(
        say,
        ask,
        persona=persona,
        seed=seed,
        sessions=sessions,
        points=points,
        you=you,
        policy=policy,
        assistant=watched,
        options={} if watched is None else watched.options,
    )


def _agent(policy: str, checkpoint: Path | None, model: "Model | None") -> "Watched | None":
    """The agent of that name; None for the simple assistants of `envs.play`."""
    from proactive_agents.registry import make, spec_of
    from proactive_gym.envs.play import POLICIES
    from proactive_gym.errors import InvalidOptionError, UnknownAgentError
    from proactive_gym.evaluation.watching import Watched

    if policy in POLICIES:
        if checkpoint is not None or model is not None:
            raise InvalidOptionError(
                f"{policy} has neither weights nor a language model: name an agent with --policy"
            )
        return None
    try:
        spec_of(policy)
    except UnknownAgentError as error:
        raise InvalidOptionError(
            f"policy must be one of {', '.join(POLICIES)}, or an agent: {error}"
        ) from error
    return Watched(make(policy, checkpoint, model))
