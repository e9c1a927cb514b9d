"""`proactive-gym play`: a day with an assistant at the keyboard."""

from typing import Annotated, Any

import typer

from proactive_gym.cli.terminal import console


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
        typer.Option(metavar="NAME", help="Whom to watch: considerate, eager or silent."),
    ] = "considerate",
) -> None:
    """Watch a day in somebody's life with an assistant, or be the assistant.

    The assistant notices things; you see the moment, what it says and how the person reacts. At the
    end you learn what the person really felt. With --you, press Enter to stay silent, choose one of
    the messages by its number, or type your own words; q stops.
    """
    from proactive_gym.envs import play as keyboard

    out = console()

    def say(line: Any) -> None:
        out.print(line, soft_wrap=True)

    def ask(prompt: str) -> str:
        return out.input(prompt, markup=False)

    keyboard.play(
        say,
        ask,
        persona=persona,
        seed=seed,
        sessions=sessions,
        points=points,
        you=you,
        policy=policy,
    )
