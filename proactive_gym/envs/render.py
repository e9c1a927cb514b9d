"""A life in words, turn by turn."""

from proactive_gym.envs.engine import Engine, Turn


class Screen:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def reset(self) -> None: ...
    def before(self, action) -> None: ...
    def after(self, turn: Turn) -> None: ...
    def text(self) -> str:
        return ""
    def show(self) -> None: ...
