"""The card of an exported dataset: what it holds, how it was made, what it cannot tell."""

import json
from typing import Any

from proactive_baselines.rlhf.formats import KINDS, SATISFIED, columns_of
from proactive_gym.provenance import commit, versions

TAG = "proactive-gym"
"""The tag by which an exported dataset is known again."""
_SIZES = ((10**3, "1K"), (10**4, "10K"), (10**5, "100K"), (10**6, "1M"), (10**7, "10M"))
"""Bounds of the Hub's size categories that data of a simulator may reach, and their names."""
_PEOPLE = {
    "population": "the 800 simulated people of the population",
    "validation": "the 80 simulated validation people; for checks, not for training",
}
_MEANINGS = {
    "prompt": "what the assistant noticed, and the moment",
    "chosen": "the reply that satisfied the person more",
    "rejected": "the reply that satisfied the person less",
    "completion": "a reply",
    "label": "true: the person preferred this reply to the moment's other; false: they did not",
    "person": "who rated",
    "scenario": "what was noticed, by its id",
    "answer": "satisfaction that the person stated, 0 (furious) to 10 (delighted)",
    "chosen_answer": "what the person stated of `chosen`, 0 (furious) to 10 (delighted)",
    "rejected_answer": "what the person stated of `rejected`, lower",
}
_KINDS = {
    "preference": "One row is one moment with two replies, of which the person preferred one.",
    "unpaired-preference": (
        "Two rows are one moment: the reply that the person preferred, and the other."
    ),
    "prompt-completion": (
        f"One row is one moment and a reply of which the person said more than {SATISFIED}."
    ),
    "prompt-only": "One row is one moment; replies are left to the model in training.",
}
_STYLES = {
    "standard": (
        "Text is strings, as the project's embedded language model reads and writes them; "
        "a reply begins with a space."
    ),
    "conversational": (
        "Text is messages of `role` and `content`, for models with a chat template: a user's turn "
        "with instructions and the moment, and an assistant's turn."
    ),
}
_WHAT = """\
An assistant on a phone has noticed something and stays silent or speaks up, in one of 48 ways.
**The people are simulated**: the ratings are drawn from the simulator of proactive-gym, which was
fitted on personas that a language model wrote and judged. No person was asked, and no real event
is described."""
_LIMITS = """\
- Messages were written for the situation by a language model, in sixteen ways each; they know
  nothing of the person, and of the moment only the situation.
- The replies are drawn at random out of the 48: no policy chose them, and many are poor.
- Each answer carries the noise of one rating, so that close replies are often in the wrong order.
  Of replies with equal answers nothing is said.
- People rate as rested people at the trust of a first day: what repetition does to them is not in
  these data.
- Situations are those that training may use. Test people are never among the raters."""


def card(
    *,
    kind: str,
    style: str,
    count: int,
    seed: int,
    split: str,
    name: str,
    details: bool,
    command: str,
    digest: str,
    first: dict[str, Any],
) -> str:
    """The card in Markdown, with the front matter that the Hugging Face Hub reads.

    Args:
        kind: Key of `formats.KINDS`.
        style: Key of `formats.STYLES`.
        count: Number of rows.
        seed: Of the lives, the replies and the ratings.
        split: Whose preferences.
        name: The dataset's split, by which its file is named.
        details: Whether columns tell where a row came from.
        command: The command line that makes the rows again.
        digest: SHA-256 of the Parquet file.
        first: The first row, as an example.
    """
    columns = [f"| `{c}` | {_MEANINGS[c]} |" for c in columns_of(kind, details)]
    origin = {
        "command": f"`{command}`",
        "rows": f"{count:,}",
        "type and form": f"{kind}, {style}",
        "people": _PEOPLE[split],
        "seed": str(seed),
        "version": _version(),
        "commit": _commit(),
        f"SHA-256 of `{name}.parquet`": f"`{digest}`",
    }
    return "\n".join(
        [
            *_front(kind, style, count, name),
            "",
            "# What simulated people prefer of an assistant that speaks up unasked",
            "",
            _WHAT,
            "",
            f"{_KINDS[kind]} {_STYLES[style]}",
            f"TRL names this type {kind}; for {' and '.join(KINDS[kind].trainers)}.",
            "",
            "```python",
            "from datasets import load_dataset",
            "",
            f'dataset = load_dataset("FOLDER", split="{name}")',
            "```",
            "",
            "## Origin",
            "",
            "| what | value |",
            "|---|---|",
            *(f"| {what} | {value} |" for what, value in origin.items()),
            "",
            "The same command with the same version writes the same rows. Licence: MIT.",
            "",
            "## Columns",
            "",
            "| column | content |",
            "|---|---|",
            *columns,
            "",
            "The first row:",
            "",
            "```json",
            json.dumps(first, indent=2, ensure_ascii=False),
            "```",
            "",
            "## Known limits",
            "",
            _LIMITS,
            "",
        ]
    )


def _front(kind: str, style: str, count: int, name: str) -> list[str]:
    """The front matter."""
    return [
        "---",
        "license: mit",
        "language:",
        "- en",
        "pretty_name: Preferences of simulated people about proactive assistance",
        "task_categories:",
        "- text-generation",
        "size_categories:",
        f"- {size_of(count)}",
        "tags:",
        f"- {TAG}",
        "- trl",
        f"- {kind}",
        f"- {style}",
        "- synthetic",
        "configs:",
        "- config_name: default",
        "  data_files:",
        f"  - split: {name}",
        f"    path: {name}.parquet",
        "---",
    ]


def size_of(count: int) -> str:
    """The Hub's category of a number of rows."""
    lower = ""
    for bound, name in _SIZES:
        if count < bound:
            return f"{lower}<n<{name}" if lower else f"n<{name}"
        lower = name
    return f"n>{lower}"


def _version() -> str:
    found = versions()
    return f"proactive-gym {found.get('proactive-gym', 'unknown')}, numpy {found['numpy']}"


def _commit() -> str:
    found = commit()
    if found is None:
        return "not run from a checkout"
    return f"`{found['id']}`" + (" with changes" if found["modified"] else "")
