"""The card of the embedded language models: what they are, what made them, what they cannot do."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from math import isfinite
from textwrap import fill
from typing import Any

from proactive_agents.lm.situations import training_situations

_WIDTH = 100


def card(arguments: Any, figures: Mapping[str, float], parameters: int) -> str:
    """The card as Markdown.

    Args:
        arguments: Of training, a dataclass with defaults.
        figures: What training came to; see `lm.train.Trained`.
        parameters: Of each model.
    """
    situations = training_situations()
    messages = sum(len(length) for s in situations for act in s.messages for length in act)
    told = {
        f"loss of a message's token, in {arguments.held} situations kept out": _number(
            figures, "held_message_loss"
        ),
        "squared error of expected rewards": _number(figures, "reward_error"),
        "seconds to train `untuned`": _number(figures, "untuned_s", 0),
        "seconds to train `population` from it": _number(figures, "population_s", 0),
    }
    about = (
        f"Two Llama models of {parameters / 1e6:.2f} million parameters each, trained from nothing "
        "by this project, in Hugging Face's format (bfloat16). `untuned` speaks of situations in "
        "all degrees of autonomy and styles, and knows nothing of who wants what. `population` is "
        "the same after it has learnt what the 800 people of the population liked."
    )
    data = (
        f"{len(situations):,} situations with {messages:,} messages, all written by a language "
        "model. Expected rewards come from the simulated people of the population split; no "
        "validation or test person is in it, and none of the scenarios that are kept back "
        "(`scenarios_unseen`)."
    )
    limits = (
        "They are tiny: they speak of what they have seen, and of little else.",
        "English only.",
        "They invent details: names, numbers and times in a message may be made up.",
        "They were trained on simulated people. No real person's words or wishes are in them, and "
        "what they take people to like was never checked with any.",
    )
    lines = [
        "# The embedded language models",
        fill(about, _WIDTH),
        "## Data",
        fill(data, _WIDTH),
        "## Training",
        f"    {command(arguments)}",
        "\n".join(f"- {name}: {value}" for name, value in asdict(arguments).items()),
        "\n".join(["| | |", "|---|---:|", *(f"| {k} | {v} |" for k, v in told.items())]),
        "`about.json` has the curve, the versions and the commit.",
        "## Limits",
        "\n".join(fill(f"- {words}", _WIDTH, subsequent_indent="  ") for words in limits),
    ]
    return "\n\n".join(lines) + "\n"


def command(arguments: Any) -> str:
    """The command that trains with these arguments."""
    words = ["proactive-gym train lm"]
    for field in fields(arguments):
        value = getattr(arguments, field.name)
        if value != field.default:
            words.append(
                f"--seed {value}" if field.name == "seed" else f"--set {field.name}={value}"
            )
    return " ".join(words)


def _number(figures: Mapping[str, float], name: str, decimals: int = 3) -> str:
    value = figures.get(name, float("nan"))
    return f"{value:.{decimals}f}" if isfinite(value) else "-"
