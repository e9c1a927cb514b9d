"""The person's seat: one protocol, and the simulated people who fill it by default."""

from proactive_gym.users.assumptions import UserAssumptions
from proactive_gym.users.parameters import Parameters
from proactive_gym.users.protocol import Questionnaire, Response, User
from proactive_gym.users.simulated import Pool, SimulatedUser

__all__ = [
    "Parameters",
    "Pool",
    "Questionnaire",
    "Response",
    "SimulatedUser",
    "User",
    "UserAssumptions",
]
