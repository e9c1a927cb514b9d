"""`proactive-gym ...`: the command line.

Each command imports what it needs when it runs, so that `--help` is quick and a command works
where libraries that only others need are missing.
"""

from typing import Annotated

import typer

from proactive_gym import __version__
from proactive_gym.cli.calibrate import calibrate
from proactive_gym.cli.evaluate import benchmark, evaluate
from proactive_gym.cli.explain import explain
from proactive_gym.cli.export import export
from proactive_gym.cli.ladder import ladder
from proactive_gym.cli.leaderboard import leaderboard, submit
from proactive_gym.cli.personas import personas
from proactive_gym.cli.play import play
from proactive_gym.cli.simulate import simulate
from proactive_gym.cli.terminal import Commands
from proactive_gym.cli.train import train

app = typer.Typer(
    name="proactive-gym",
    cls=Commands,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_show_locals=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"proactive-gym {__version__}")
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_show_version, is_eager=True, help="Show the version and exit."
        ),
    ] = False,
) -> None:
    """Assistants that speak up unasked, and simulated people who judge them."""


app.command(short_help="Measure every agent; the leaderboard.")(benchmark)
app.command(short_help="Train an agent, or what agents share.")(train)
app.command(short_help="Measure one agent, or your own.")(evaluate)
app.command(short_help="Render the leaderboard of a folder of records.")(leaderboard)
app.command(short_help="Check a record for the leaderboard.")(submit)
app.command(short_help="What it is worth to know the moment and the person.")(ladder)
app.command(short_help="What an assistant comes to believe of a person.")(explain)
app.command(short_help="Watch an assistant for a day, or be one.")(play)
app.command(short_help="Write the decision points of many lives to a file.")(simulate)
app.command(short_help="Preference data in TRL's formats.")(export)
app.command(short_help="Fit the simulated people anew.")(calibrate)
app.add_typer(personas, name="personas")
