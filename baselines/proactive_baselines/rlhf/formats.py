"""Preference data as rows of TRL's dataset types, which its trainers take as they are.

Comparisons (`proactive_baselines.rlhf.preferences`) become rows of one of four types, named as in
TRL's "Dataset formats and types" (https://huggingface.co/docs/trl/dataset_formats), in one of its
two forms: "standard", strings as the embedded model reads and writes them, or "conversational",
messages for models with a chat template. What a chat model reads begins with the instructions that
`proactive_agents.lm.model` gives it, so that a model trained on these rows is asked the same later.

No end-of-text word is written: TRL's trainers add the tokenizer's own, or the template does.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from proactive_agents.lm import prompt
from proactive_baselines.rlhf.preferences import SPLITS, Comparison, Moment, comparisons
from proactive_gym.errors import InvalidOptionError, MissingExtraError

SATISFIED = 5
"""Above this answer, of 0 to 10, a reply is shown as an example to follow."""

Row = dict[str, Any]
Text = str | list[dict[str, str]]
"""A string, or messages of `role` and `content`."""


class Style(NamedTuple):
    """How a prompt and a reply are written.

    Attributes:
        prompt: What is read before the reply.
        reply: The reply.
    """

    prompt: Callable[[Moment], Text]
    reply: Callable[[str], Text]


class Kind(NamedTuple):
    """A type of dataset.

    Attributes:
        rows: The rows of one comparison; none where it has nothing to say.
        columns: Their columns, and the type of each: "text" or "bool".
        details: Further columns that tell where a row came from: "string" or "int64".
        trainers: Trainers of TRL that take it.
    """

    rows: Callable[[Comparison, Style], list[Row]]
    columns: Mapping[str, str]
    details: Mapping[str, str]
    trainers: tuple[str, ...]


# ------------------------------------------------------------------------------ styles


def _string(moment: Moment) -> str:
    """The prompt of the embedded model."""
    return prompt.noticed(moment.domain, moment.situation) + moment.words + prompt.MARKER


def _user(moment: Moment) -> list[dict[str, str]]:
    """The prompt of a chat model: a user's turn."""
    told = _instructions() + prompt.noticed(moment.domain, moment.situation) + moment.words
    return [{"role": "user", "content": told}]


def _assistant(reply: str) -> list[dict[str, str]]:
    """The reply of a chat model: a turn begins without a space."""
    return [{"role": "assistant", "content": reply.strip()}]


@cache
def _instructions() -> str:
    try:
        from proactive_agents.lm.model import INSTRUCTIONS
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"the conversational style needs {error.name}: pip install 'proactive-gym[rlhf]'"
        ) from error
    return INSTRUCTIONS


STYLES: dict[str, Style] = {
    "standard": Style(_string, str),
    "conversational": Style(_user, _assistant),
}
"""TRL's forms of text."""

# ------------------------------------------------------------------------------ kinds


def prompt_only(found: Comparison, style: Style) -> list[Row]:
    """One row: the moment."""
    return [{"prompt": style.prompt(found.moment), **_whose(found)}]


def preference(found: Comparison, style: Style) -> list[Row]:
    """One row: the moment, and both replies."""
    return [
        {
            "prompt": style.prompt(found.moment),
            "chosen": style.reply(found.chosen),
            "rejected": style.reply(found.rejected),
            **_whose(found),
            "chosen_answer": found.chosen_answer,
            "rejected_answer": found.rejected_answer,
        }
    ]


def unpaired_preference(found: Comparison, style: Style) -> list[Row]:
    """Two rows: the chosen reply, labelled True, and the rejected one, labelled False."""
    replies = (
        (found.chosen, True, found.chosen_answer),
        (found.rejected, False, found.rejected_answer),
    )
    return [
        {
            "prompt": style.prompt(found.moment),
            "completion": style.reply(reply),
            "label": label,
            **_whose(found),
            "answer": answer,
        }
        for reply, label, answer in replies
    ]


def prompt_completion(found: Comparison, style: Style) -> list[Row]:
    """One row where the chosen reply satisfied, with an answer above `SATISFIED`; else none."""
    if found.chosen_answer <= SATISFIED:
        return []
    return [
        {
            "prompt": style.prompt(found.moment),
            "completion": style.reply(found.chosen),
            **_whose(found),
            "answer": found.chosen_answer,
        }
    ]


def _whose(found: Comparison) -> Row:
    return {"person": found.person, "scenario": found.scenario}


_WHOSE = {"person": "string", "scenario": "string"}
_REPLY = {"prompt": "text", "completion": "text"}
_PAIR = {"prompt": "text", "chosen": "text", "rejected": "text"}
_ANSWERS = {"chosen_answer": "int64", "rejected_answer": "int64"}

KINDS: dict[str, Kind] = {
    "preference": Kind(preference, _PAIR, _WHOSE | _ANSWERS, ("DPOTrainer", "RewardTrainer")),
    "unpaired-preference": Kind(
        unpaired_preference,
        _REPLY | {"label": "bool"},
        _WHOSE | {"answer": "int64"},
        ("KTOTrainer",),
    ),
    "prompt-completion": Kind(
        prompt_completion, _REPLY, _WHOSE | {"answer": "int64"}, ("SFTTrainer",)
    ),
    "prompt-only": Kind(prompt_only, {"prompt": "text"}, _WHOSE, ("GRPOTrainer", "RLOOTrainer")),
}
"""TRL's types of dataset, by name."""


def columns_of(kind: str, details: bool) -> dict[str, str]:
    """The columns of a type in order, and what each holds: "text", "string", "int64" or "bool".

    Args:
        kind: Key of `KINDS`.
        details: Whether columns that tell where a row came from are among them.
    """
    found = KINDS[kind]
    return {**found.columns, **(found.details if details else {})}


def check(kind: str, style: str, split: str) -> None:
    """See that there are a type, a style and a split of these names.

    Raises:
        InvalidOptionError: One of them is unknown; it says what there is.
    """
    choices = (("format", kind, KINDS), ("style", style, STYLES), ("people", split, SPLITS))
    for name, given, known in choices:
        if given not in known:
            raise InvalidOptionError(f"{name} must be one of {', '.join(known)}, not {given!r}")


def rows(
    kind: str,
    style: str = "standard",
    seed: int = 0,
    split: str = "population",
    details: bool = False,
) -> Iterator[Row]:
    """Rows without end, the same for the same arguments.

    Args:
        kind: Key of `KINDS`.
        style: Key of `STYLES`.
        seed: Of the lives, the replies and the ratings.
        split: Whose preferences, one of `preferences.SPLITS`.
        details: Add who rated, what was noticed and the answers, 0-10.

    Raises:
        InvalidOptionError: No such type, style or split.
        MissingExtraError: The conversational style without the libraries of language models.
    """
    check(kind, style, split)
    made, written, kept = KINDS[kind].rows, STYLES[style], columns_of(kind, details)
    return (
        {name: row[name] for name in kept}
        for found in comparisons(seed, split)
        for row in made(found, written)
    )
