"""Reinforcement learning for assistants that speak up unasked.

Importing the package registers its environments with Gymnasium and does nothing else.
"""

from proactive_gym.envs.registration import register_all

__version__ = "0.1.0"

register_all()
