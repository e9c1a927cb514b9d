"""Who predicts whom: the population people in folds, and the outside people predicted by all.

Every figure of the report comes in two kinds. Cross-validated: each population person is predicted
by models fitted on the seven eighths of the others. Outside: people of another split are predicted
by models fitted on the whole population.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from proactive_gym.calibration.fit import Judged
from proactive_gym.calibration.satisfaction import Stack, stack
from proactive_gym.calibration.tables import Evidence, Rows, alternative_rows
from proactive_gym.data.records import BEHAVIOURS
from proactive_gym.errors import DataError
from proactive_gym.personas.people import concatenate

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

FOLDS = 8
INSIDE, OUTSIDE = "cross_validated", "validation"


@dataclass(frozen=True, eq=False)
class Panel:
    """Both groups of people and all their answers.

    Attributes:
        evidence: The people fitted on, then the outside people.
        fold: (people,), 0 to FOLDS - 1, and FOLDS for outside people.
        judged: Their judgments.
        side: Their alternatives, ten rows a moment.
        answers: Satisfaction 0-10 of each alternative.
        stack: Both as one regression.
    """

    evidence: Evidence
    fold: NDArray[np.int64]
    judged: Judged
    side: Rows
    answers: Array
    stack: Stack

    @classmethod
    def of(cls, inside: Evidence, outside: Evidence) -> "Panel":
        """Put the groups together.

        Raises:
            DataError: A person is in both.
        """
        both = set(inside.people.ids) & set(outside.people.ids)
        if both:
            raise DataError(f"{min(both)} is among the people fitted on and among the outside ones")
        evidence = Evidence(
            concatenate([inside.people, outside.people]),
            inside.judgments + outside.judgments,
            inside.alternatives + outside.alternatives,
            inside.diaries + outside.diaries,
        )
        fold = np.r_[np.arange(len(inside.people)) % FOLDS, np.full(len(outside.people), FOLDS)]
        judged = Judged.of(evidence)
        side, answers = alternative_rows(evidence)
        satisfied = judged.answers["satisfaction"]
        data = stack(side, answers, judged.rows, satisfied, judged.relation)
        return cls(evidence, fold, judged, side, answers, data)

    @property
    def by_moment(self) -> Array:
        """The alternatives' answers, (moments, 10)."""
        return self.answers.reshape(-1, len(BEHAVIOURS))

    @property
    def moment_person(self) -> NDArray[np.int64]:
        """Whose moment it is, (moments,)."""
        return self.side.person[:: len(BEHAVIOURS)]

    def splits(self, person: NDArray[np.int64]) -> Iterator[tuple[Mask, Mask]]:
        """Masks over rows: those that a model is fitted on, and those that it predicts.

        Args:
            person: (n,), whose row it is.
        """
        of_row = self.fold[person]
        for fold in range(FOLDS + 1):
            yield (of_row != fold) & (of_row != FOLDS), of_row == fold

    def predict(self, person: NDArray[np.int64], predictor: Callable[[Mask, Mask], Array]) -> Array:
        """Predictions for every row, each from other people only.

        Args:
            person: (n,), whose row it is.
            predictor: Fits on the first mask's rows and predicts the second's.
        """
        parts = [(test, predictor(train, test)) for train, test in self.splits(person)]
        whole = np.zeros((len(person), *parts[0][1].shape[1:]))
        for test, values in parts:
            whole[test] = values
        return whole

    def groups(self, person: NDArray[np.int64]) -> dict[str, Mask]:
        """Which rows are of each group, by its name."""
        outside = self.fold[person] == FOLDS
        return {INSIDE: ~outside, OUTSIDE: outside}
