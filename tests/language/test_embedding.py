import numpy as np
import pytest

from proactive_gym.language.embedding import DIMENSIONS, embed, situation_embeddings
from proactive_gym.world.scenarios import Scenario, ScenarioTable


def test_shape_type_and_scale() -> None:
    table = situation_embeddings()
    assert table.shape == (240, DIMENSIONS)
    assert table.dtype == np.float32
    seen = table[ScenarioTable.load().seen]
    assert seen.mean(axis=0) == pytest.approx(np.zeros(DIMENSIONS), abs=1e-4)
    assert seen.std(axis=0) == pytest.approx(np.ones(DIMENSIONS), abs=1e-4)
    assert np.abs(table).max() < 6.0


def test_shipped_table_is_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        situation_embeddings()[0, 0] = 1.0


def test_new_text_uses_the_same_parameters(scenarios: tuple[Scenario, ...]) -> None:
    table = situation_embeddings()
    for code in range(0, 240, 12):
        assert embed(scenarios[code].situation) == pytest.approx(table[code], abs=1e-5)


def test_like_situations_are_near() -> None:
    def near(one: str, other: str) -> float:
        return float(np.linalg.norm(embed(one) - embed(other)))

    flight = "The user's flight to Lisbon has been delayed by two hours."
    plane = "The user's flight is delayed and the gate has changed."
    oven = "The user's oven is still on and the cake is burning."
    assert near(flight, plane) < near(flight, oven)


def test_words_without_meaning_embed_alike() -> None:
    assert embed("").dtype == np.float32
    assert embed("") == pytest.approx(embed("xyzzy qwrtp"))
    assert np.all(np.isfinite(embed("")))


def test_it_tells_domains_apart_on_unseen_scenarios() -> None:
    table, scenarios = situation_embeddings(), ScenarioTable.load()
    unit = table / np.linalg.norm(table, axis=1, keepdims=True)
    near = unit @ unit.T
    np.fill_diagonal(near, -1.0)
    same = scenarios.domain[np.argmax(near, axis=1)] == scenarios.domain
    assert same.mean() > 2 / 13  # twice chance
