"""What the policies of the ladder return."""

import numpy as np
from numpy.typing import NDArray

Actions = NDArray[np.int64]
"""The action of each slot at its present decision point, (N, 4)."""
