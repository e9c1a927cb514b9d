"""The packaged data files, each with a card beside it, and their strict loaders.

Importing this package reads no file.
"""

from proactive_gym.data.records import (
    BEHAVIOURS,
    Alternatives,
    Behaviour,
    Diary,
    Judgment,
    Ratings,
    Row,
    Splits,
    data_path,
    load_alternatives,
    load_diaries,
    load_judgments,
    load_splits,
    read_json,
    read_jsonl,
    validate,
)

__all__ = [
    "BEHAVIOURS",
    "Alternatives",
    "Behaviour",
    "Diary",
    "Judgment",
    "Ratings",
    "Row",
    "Splits",
    "data_path",
    "load_alternatives",
    "load_diaries",
    "load_judgments",
    "load_splits",
    "read_json",
    "read_jsonl",
    "validate",
]
