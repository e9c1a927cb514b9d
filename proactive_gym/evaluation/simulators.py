"""Other simulated people: the models fitted again on resamples of the judged people.

How far a ranking hangs on whom the language model happened to play, these tell. They are fitted
once and kept.
"""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from proactive_gym.provenance import code_digest

_FOREIGN = (
    "proactive_agents",
    "proactive_baselines",
    "proactive_gym/cli",
    "proactive_gym/evaluation",
    "proactive_gym/leaderboard",
)
"""What does not matter to them."""


def resampled(
    count: int, folder: Path, tick: Callable[[], None] = lambda: None
) -> list[tuple[int, Path]]:
    """Parameter files fitted on bootstrap resamples, with their seeds; fitted if missing.

    Args:
        count: How many; seeds are 0 to count - 1.
        folder: Where they are kept.
        tick: Called after each.

    Raises:
        MissingExtraError: Fitting needs the extra proactive-gym[calibrate].
        OSError: They cannot be written.
    """
    of = code_digest(_FOREIGN)[:12]
    found = []
    for seed in range(count):
        path = folder / f"{of}-{seed:03}.json"
        if not path.exists():
            # By name: fitting is a layer of its own, with libraries that playing does not need.
            fitting = import_module("proactive_gym.calibration.run")
            fitting.calibrate(parameters=path, resample_seed=seed)
        found.append((seed, path))
        tick()
    return found
