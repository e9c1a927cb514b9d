"""Named errors. Each message says what was wrong and what to do about it."""


class ProactiveGymError(Exception):
    """Base of every error that the package raises on purpose."""


class DataError(ProactiveGymError, ValueError):
    """A data file is missing, torn or holds a value outside its vocabulary."""


class UnknownPersonError(ProactiveGymError, KeyError):
    """A persona id or split that the population does not hold."""

    def __str__(self) -> str:
        """Show the sentence, not the quoted key that KeyError would show."""
        return str(self.args[0])


class InvalidActionError(ProactiveGymError, ValueError):
    """An action that the action space does not contain; the state is unchanged."""


class InvalidOptionError(ProactiveGymError, ValueError):
    """An option of `gym.make` or `reset` that is unknown or out of range."""


class RenderModeError(InvalidOptionError, TypeError):
    """A render mode that the environment lacks.

    It is a `TypeError` besides because stable-baselines3 asks for "rgb_array" of any environment
    that it makes by name, and goes on without upon a `TypeError` alone.
    """


class StepOrderError(ProactiveGymError, RuntimeError):
    """`step` before `reset`, or after the episode's end."""


class MissingExtraError(ProactiveGymError, ImportError):
    """An optional dependency is not installed; the message names the extra."""


class CheckpointError(ProactiveGymError, ValueError):
    """Weights or a state that are missing, torn, or another agent's."""


class UnknownAgentError(ProactiveGymError, KeyError):
    """An agent's name or path that leads to no agent."""

    def __str__(self) -> str:
        """Show the sentence, not the quoted key that KeyError would show."""
        return str(self.args[0])


class RecordError(ProactiveGymError, ValueError):
    """A record of results that does not hold what it must, or contradicts itself."""


class ChangedRunError(ProactiveGymError, RuntimeError):
    """A run that would go on with other settings than it was begun with."""
