"""Seeds and people of episodes: the same for the single, vector and text faces.

An environment draws one root key from its `np_random`; episode e has the key derive(root, e).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.utils import seeding

from proactive_gym.errors import InvalidOptionError
from proactive_gym.personas.people import People
from proactive_gym.streams import Keys, derive


def root_key(np_random: np.random.Generator) -> int:
    """The key from which an environment's episodes are derived."""
    return int(np_random.integers(0, 2**63))


def root_key_of_seed(seed: int) -> int:
    """The root key of an environment that was reset with `seed`."""
    return root_key(seeding.np_random(seed)[0])


def episode_keys(roots: Keys, episodes: Keys) -> Keys:
    """Keys of episodes, (n,)."""
    return derive(roots, episodes)


def chosen_person(options: Mapping[str, Any] | None, people: People) -> int | None:
    """The position of `options["persona"]`, or None when nobody was asked for.

    Raises:
        InvalidOptionError: The options hold anything else.
        UnknownPersonError: Nobody of that id is among the environment's people.
    """
    if not options:
        return None
    unknown = sorted(set(options) - {"persona"})
    if unknown:
        raise InvalidOptionError(
            f'reset has no option {unknown[0]!r}; there is "persona", an id such as "p0042"'
        )
    return people.index(options["persona"])
