"""Training the basis: `proactive-gym train steering`.

The population lives among the training situations, the frozen population model reads their moments
once, and directions, coefficients and priors are fitted to what these people would have thought.
"""

from dataclasses import dataclass

import torch

from proactive_agents.lm import embedded
from proactive_agents.lm.lives import live
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.situations import training_situations
from proactive_agents.steering.basis import Basis
from proactive_agents.steering.contrast import contrasts
from proactive_agents.steering.learn import Fitting, Material, Report, fit_basis
from proactive_gym.errors import InvalidOptionError

KINDS = ("learnt", "contrastive")


@dataclass(frozen=True)
class Arguments:
    """How it is trained.

    Attributes:
        seed: Of the lives and of the fit.
        kind: "learnt" directions, or "contrastive" ones whose lengths are fitted.
        soft: Whether soft gates are learnt.
        lives: Of each of the 800.
        days: Of each life.
        epochs: Passes over the moments.
        model: Which is steered: an embedded one, a folder or a name on the Hub.

    Raises:
        InvalidOptionError: An unknown kind, or a number out of range.
    """

    seed: int = 0
    kind: str = "learnt"
    soft: bool = True
    lives: int = 1
    days: int = 8
    epochs: int = 6
    model: str = embedded.POPULATION

    def __post_init__(self) -> None:
        """Refuse what cannot work."""
        if self.kind not in KINDS:
            raise InvalidOptionError(f"kind must be one of {', '.join(KINDS)}, not {self.kind!r}")
        for name in ("lives", "days", "epochs"):
            if getattr(self, name) < 1:
                raise InvalidOptionError(f"{name} must be at least 1, not {getattr(self, name)}")


def train(arguments: Arguments, report: Report = lambda figures: None) -> Basis:
    """Fit the basis.

    Args:
        arguments: How.
        report: Told `progress` (0-1) and `loss`, the mean squared error of expected rewards.

    Raises:
        CheckpointError: The model cannot be read.
    """
    torch.manual_seed(arguments.seed)
    model = LanguageModel.load(arguments.model)
    situations = training_situations()
    lives = live(_SALT + arguments.seed, arguments.lives, arguments.days)
    material = Material.of(model, lives, situations)
    fitting = Fitting(arguments.seed, epochs=arguments.epochs, soft=arguments.soft)
    given = None
    if arguments.kind == "contrastive":
        given = contrasts(model, lives, situations, seed=arguments.seed)
    return fit_basis(model, material, lives, fitting, given, report)


_SALT = 1_000
"""Added to the seed: other lives than those on which the model was trained."""
