"""PPO with a memory: what is played is what was trained, and each person has a memory of their own.

What all agents keep to is in tests/agents/test_contract.py.
"""

import sys
from dataclasses import replace

import numpy as np
import pytest
import sb3_contrib
import torch

from proactive_agents import checkpoint
from proactive_baselines import ppo, recurrent
from proactive_baselines.lstm import Cell, RecurrentNetwork, head_of
from proactive_baselines.recurrent import Arguments, RecurrentPPOAgent
from proactive_gym.envs.vector import ProactiveAssistVectorEnv
from proactive_gym.errors import CheckpointError, InvalidOptionError, MissingExtraError

TINY = Arguments(steps=512, num_envs=8, rollout=32, batch=64, width=8, memory=6, learning_rate=0.01)
LIVES, STEPS = 12, 9


@pytest.fixture(scope="module")
def trained():
    """A policy that was trained for a moment, and the model that it was read from."""
    kept = []

    class Kept(sb3_contrib.RecurrentPPO):
        def learn(self, *arguments, **named):
            kept.append(self)
            return super().learn(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sb3_contrib, "RecurrentPPO", Kept)
        return recurrent.train(TINY), kept[0]


@pytest.fixture
def agent(trained) -> RecurrentPPOAgent:
    """As trained, with loud weights, so that what is remembered changes what is done."""
    network = trained[0].network
    cell = Cell(*(array * np.float32(4) for array in vars(network.cell).values()))
    return RecurrentPPOAgent(replace(network, cell=cell), trained[0].options)


@pytest.fixture(scope="module")
def seen() -> list[dict[str, np.ndarray]]:
    """What is seen of lives in which anything is done."""
    envs = ProactiveAssistVectorEnv(LIVES, people="validation")
    rng = np.random.default_rng(0)
    found = [envs.reset(seed=3)[0]]
    for _ in range(STEPS):
        found.append(envs.step(rng.integers((3, 4, 2, 2), size=(LIVES, 4)))[0])
    return found


def rows(observations: dict[str, np.ndarray], which) -> dict[str, np.ndarray]:
    return {name: box[which] for name, box in observations.items()}


def begin(agent: RecurrentPPOAgent, count: int = LIVES) -> None:
    agent.begin(np.arange(count, dtype=np.uint64))


def test_it_plays_what_sb3_contrib_would_predict_memory_and_all(trained, seen, tmp_path) -> None:
    agent, model = trained
    agent.save(tmp_path / "weights.safetensors", {})
    back = RecurrentPPOAgent.from_checkpoint(tmp_path / "weights.safetensors")
    assert back.options == {"history": "last"}
    begin(agent), begin(back)
    state = None
    for step, observations in enumerate(seen):
        scaled = model.get_vec_normalize_env().normalize_obs(observations)
        first = np.full(LIVES, step == 0)
        expected, state = model.predict(scaled, state, first, deterministic=True)
        np.testing.assert_array_equal(agent.act(observations), expected)
        np.testing.assert_array_equal(back.act(observations), expected)
        np.testing.assert_allclose(agent.hidden, state[0][0], atol=1e-5)
        np.testing.assert_allclose(agent.cell, state[1][0], atol=1e-5)
    assert np.abs(agent.hidden).max() > 0.01


def test_what_was_seen_before_changes_what_is_done(agent, seen) -> None:
    begin(agent)
    for observations in seen:
        remembering = agent.act(observations)
    begin(agent)
    assert (agent.act(seen[-1]) != remembering).any()


def test_a_beginning_empties_every_memory(agent, seen) -> None:
    begin(agent)
    first = agent.act(seen[0])
    agent.act(seen[1])
    begin(agent)
    np.testing.assert_array_equal(agent.act(seen[0]), first)


def test_a_state_is_a_copy_from_which_it_goes_on(agent, seen) -> None:
    begin(agent)
    for observations in seen[:4]:
        agent.act(observations)
    state = agent.state()
    kept = {name: array.copy() for name, array in state.items()}
    expected = [agent.act(observations) for observations in seen[4:]]
    stranger = RecurrentPPOAgent(agent.network, agent.options)
    stranger.load(state)
    found = [stranger.act(observations) for observations in seen[4:]]
    np.testing.assert_array_equal(found, expected)
    for name, array in kept.items():
        np.testing.assert_array_equal(state[name], array)


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"hidden": np.zeros((2, 6))},
        {"hidden": np.zeros((2, 6)), "cell": np.zeros((3, 6))},
        {"hidden": np.zeros((2, 5)), "cell": np.zeros((2, 5))},
        {"hidden": np.zeros((2, 6)), "cell": np.zeros((2, 6)), "keys": np.zeros(2)},
    ],
    ids=["empty", "half", "counts", "units", "more"],
)
def test_a_state_of_another_form_is_refused_and_changes_nothing(agent, state) -> None:
    begin(agent)
    with pytest.raises(CheckpointError, match="a memory's state has arrays"):
        agent.load(state)
    assert agent.hidden.shape == (LIVES, 6)


def test_people_do_not_hear_of_each_other(agent, seen) -> None:
    begin(agent)
    together = [agent.act(observations) for observations in seen]
    hidden = agent.hidden
    order = np.random.default_rng(1).permutation(LIVES)[: LIVES // 2]
    begin(agent, len(order))
    apart = [agent.act(rows(observations, order)) for observations in seen]
    np.testing.assert_array_equal(apart, np.array(together)[:, order])
    np.testing.assert_allclose(agent.hidden, hidden[order], atol=1e-5)


def test_training_is_repeatable_and_follows_its_seed() -> None:
    curves: list[list[dict[str, float]]] = [[], []]
    first, again = (recurrent.train(TINY, curve.append).network.arrays() for curve in curves)
    for name, array in first.items():
        np.testing.assert_array_equal(array, again[name])
    assert curves[0] == curves[1]
    assert curves[0][-1]["progress"] == 1.0
    other = recurrent.train(replace(TINY, seed=1, steps=256)).network.arrays()
    assert (other["cell.inputs"] != first["cell.inputs"]).any()


def test_the_cell_computes_what_torch_computes() -> None:
    with torch.random.fork_rng():
        torch.manual_seed(2)
        lstm = torch.nn.LSTM(5, 3)
        x = torch.randn(7, 4, 5) * 30
    expected, (_, cell) = lstm(x)
    own = recurrent._cell_of(lstm)
    state = (np.zeros((4, 3), np.float32), np.zeros((4, 3), np.float32))
    for step in range(7):
        state = own(x[step].numpy(), *state)
        np.testing.assert_allclose(state[0], expected[step].detach(), atol=1e-5)
    np.testing.assert_allclose(state[1], cell[0].detach(), atol=1e-5)
    assert state[0].dtype == np.float32


def network() -> RecurrentNetwork:
    zeros = np.zeros
    cell = Cell(zeros((4, 8), "f"), zeros((2, 8), "f"), zeros(8, "f"))
    return RecurrentNetwork(("progress",), cell, head_of(((zeros((2, 11), "f"), zeros(11, "f")),)))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"cell.bias": None}, "holds no memory"),
        ({"head.weight.0": None, "head.bias.0": None}, "fit together"),
        ({"cell.bias": np.zeros(7)}, "memory does not fit together"),
        ({"cell.recurrent": np.zeros((3, 8))}, "memory does not fit together"),
        ({"head.weight.0": np.zeros((5, 11))}, "memory does not fit together"),
        ({"mean": np.zeros(4)}, "holds no memory"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_torn_weights_are_refused(changes: dict, message: str, tmp_path) -> None:
    whole = network()
    arrays = {n: a for n, a in (whole.arrays() | changes).items() if a is not None}
    about = whole.about() | {"options": {}}
    checkpoint.write(tmp_path / "torn.safetensors", "ppo-recurrent", arrays, about)
    with pytest.raises(CheckpointError, match=message):
        RecurrentPPOAgent.from_checkpoint(tmp_path / "torn.safetensors")


def test_observations_of_another_profile_are_refused(agent, seen) -> None:
    begin(agent)
    told = {**seen[0], "profile": np.zeros((LIVES, 69), np.float32)}
    with pytest.raises(CheckpointError, match="use the profile and history"):
        agent.act(told)
    del told["profile"]
    with pytest.raises(CheckpointError, match="no 'profile'"):
        agent.act(told)


@pytest.mark.parametrize("bad", [{"memory": 0}, {"steps": 0}, {"batch": 10**6}], ids=str)
def test_arguments_that_cannot_work_are_refused_by_name(bad: dict) -> None:
    with pytest.raises(InvalidOptionError, match=f"{next(iter(bad))} must lie between"):
        Arguments(**bad)


def test_a_missing_library_is_named_with_its_extra(monkeypatch) -> None:
    for module, trainer, name in (
        ("sb3_contrib", recurrent, "sb3-contrib"),
        ("stable_baselines3", ppo, "stable-baselines3"),
    ):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(MissingExtraError, match=rf"{name}: .*proactive-gym\[baselines\]"):
            trainer.train(trainer.Arguments())
