"""The environments' ids, from one table."""

from dataclasses import dataclass

import gymnasium as gym


@dataclass(frozen=True)
class Spec:
    """One registered environment; entry points are strings, so registering imports nothing."""

    id: str
    entry_point: str
    vector_entry_point: str | None = None


SPECS = (
    Spec(
        "ProactiveAssist-v0",
        "proactive_gym.envs.single:ProactiveAssistEnv",
        "proactive_gym.envs.vector:ProactiveAssistVectorEnv",
    ),
    Spec("ProactiveAssistText-v0", "proactive_gym.envs.text:ProactiveAssistTextEnv"),
)


def register_all() -> None:
    """Register every id of `SPECS` with Gymnasium; ids that are there already stay."""
    for spec in SPECS:
        if spec.id not in gym.registry:
            gym.register(
                spec.id,
                entry_point=spec.entry_point,
                vector_entry_point=spec.vector_entry_point,
                nondeterministic=False,
                order_enforce=False,
            )
