from dataclasses import FrozenInstanceError, fields

import pytest

from proactive_gym.errors import InvalidOptionError
from proactive_gym.world import WorldAssumptions


def test_every_number_is_described():
    described = WorldAssumptions().described()
    assert [item.name for item in described] == [f.name for f in fields(WorldAssumptions)]
    for item in described:
        assert item.meaning
        assert item.source
        assert item.low <= item.default <= item.high
        assert item.value == item.default


def test_a_changed_value_is_described_beside_its_default():
    (item,) = (i for i in WorldAssumptions(error_rate=0.2).described() if i.name == "error_rate")
    assert (item.value, item.default) == (0.2, 0.05)


@pytest.mark.parametrize(
    "numbers",
    [
        {"error_rate": -0.1},
        {"error_rate": 1.0},
        {"low_benefit_weight": 0.0},
        {"benefit_noise": float("nan")},
        {"night_owl_shift_h": -1.0},
        {"point_gap": 1.0},
    ],
)
def test_values_out_of_range_are_refused(numbers):
    with pytest.raises(InvalidOptionError, match=next(iter(numbers))):
        WorldAssumptions(**numbers)


def test_assumptions_are_frozen():
    with pytest.raises(FrozenInstanceError):
        WorldAssumptions().error_rate = 0.1
