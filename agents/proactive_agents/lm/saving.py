"""Language models as folders of Hugging Face, which can be named as models again."""

import os
import re
from pathlib import Path
from typing import Any

from transformers.utils import logging

_SYSTEM = re.compile(r"os error (\d+)")


def save_model(model: Any, tokenizer: Any, folder: Path) -> None:
    """Write weights (safetensors), configuration and tokenizer into a folder.

    Raises:
        OSError: They cannot be written.
    """
    logging.disable_progress_bar()
    try:
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
    except Exception as error:
        # Libraries written in Rust tell of a full disk in errors of their own.
        found = _SYSTEM.search(str(error))
        if isinstance(error, OSError) or not found:
            raise
        code = int(found[1])
        raise OSError(code, os.strerror(code), str(folder)) from error
    # They also write weights that nobody else may read.
    for weights in folder.glob("*.safetensors"):
        weights.chmod((folder / "config.json").stat().st_mode)
