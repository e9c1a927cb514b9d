"""Seeds and people of episodes: the same for the single, vector and text faces.

An environment draws one root key from its `np_random`; episode e has the key derive(root, e).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from gymnasium.utils import seeding

from proactive_gym.envs.checks import shown
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


def reset_options(options: Any, *known: str) -> dict[str, Any]:
    """The options of `reset`, as a fresh dict.

    Raises:
        InvalidOptionError: Not a mapping, or it holds a name that is not `known`.
    """
    if options is None:
        return {}
    if not isinstance(options, Mapping):
        raise InvalidOptionError(f"the options of reset are a dict, not {shown(options)}")
    for name in options:
        if name not in known:
            names = " and ".join(f'"{n}"' for n in known)
            raise InvalidOptionError(f"reset has no option {name!r}; there is {names}")
    return dict(options)


def position_of(persona: Any, people: People) -> int:
    """The position of a persona id.

    Raises:
        InvalidOptionError: Not a string.
        UnknownPersonError: Nobody of that id is among the environment's people.
    """
    if not isinstance(persona, str):
        raise InvalidOptionError(f'a persona is an id such as "p0042", not {shown(persona)}')
    return people.index(persona)


def chosen_person(options: Mapping[str, Any] | None, people: People) -> int | None:
    """The position of `options["persona"]`, or None when nobody was asked for.

    Raises:
        InvalidOptionError: The options hold anything else.
        UnknownPersonError: Nobody of that id is among the environment's people.
    """
    persona = reset_options(options, "persona").get("persona")
    return None if persona is None else position_of(persona, people)
