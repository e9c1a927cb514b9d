"""Who: personas, the population and its splits, people as arrays, and sampling more people.

Importing this package reads no file and loads no part of scipy.
"""

from proactive_gym.personas.people import (
    DEMOGRAPHIC_FEATURES,
    People,
    encode_demographics,
    encode_survey,
)
from proactive_gym.personas.persona import Persona, load_personas
from proactive_gym.personas.population import Population

__all__ = [
    "DEMOGRAPHIC_FEATURES",
    "People",
    "Persona",
    "Population",
    "encode_demographics",
    "encode_survey",
    "load_personas",
]
