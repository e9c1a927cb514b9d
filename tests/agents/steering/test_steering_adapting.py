"""How the assistant that is steered chooses, and learns from reactions."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from proactive_agents.feedback import shared
from proactive_agents.lm.agent import actions_of, prompts_of
from proactive_agents.lm.observed import moments_of, situations_of
from proactive_agents.lm.tree import NODES_OF
from proactive_agents.lm.worth import SPOKEN, behaviours
from proactive_agents.steering.agent import SIZE, SteeringAgent
from proactive_agents.steering.basis import Basis, Prior
from proactive_agents.steering.dimensions import gates
from proactive_agents.steering.rating import Rater
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.evaluation.suites import SUITES, begin
from proactive_gym.vocabulary import REACTIONS

NONE, WISH, THANKS, COMPLAINT = (
    REACTIONS.index(name) for name in ("none", "wish", "thumbs_up", "complain")
)


# ------------------------------------------------------------------ choosing


def rated(agent: SteeringAgent, observations, mean=None):
    """Worths and slopes of all behaviours at the agent's belief, or at another mean."""
    moments = moments_of(Seen.of(observations))
    states = agent.memory(prompts_of(agent.memory.model, moments, situations_of(observations)))
    own = agent.state()["mean"] if mean is None else mean.copy()
    rater = Rater.of(agent.memory.model, agent.basis)
    return tuple(
        t.numpy() for t in rater(states, torch.from_numpy(gates(moments)), torch.from_numpy(own))
    )


def chosen(agent: SteeringAgent) -> np.ndarray:
    """Behaviours of the last action: 0 is silence, then `SPOKEN`."""
    alike = (agent.done[:, None] == SPOKEN).all(axis=2)
    return np.where(agent.done[:, 0] == 0, 0, alike.argmax(axis=1) + 1)


def test_without_optimism_the_best_is_done_and_with_it_what_is_unsure(made, told) -> None:
    greedy, curious = made(optimism=0.0), made(optimism=3.0)
    engine, observer = told(greedy)
    seen = observer(engine, engine.point)
    curious.begin(engine.keys)
    curious.load(greedy.state())
    greedy.act(seen)
    curious.act(seen)
    worth, slope = rated(greedy, seen)
    covariance = greedy.beliefs.covariance.astype(np.float64)
    sd = np.sqrt(np.einsum("nbk,nkl,nbl->nb", slope, covariance, slope))
    row = np.arange(engine.slots)
    best, tried = chosen(greedy), chosen(curious)
    np.testing.assert_array_equal(best, worth.argmax(axis=1))
    hope = 3 * (1 - greedy.beliefs.never)[:, None]
    np.testing.assert_array_equal(tried, (worth + hope * sd).argmax(axis=1))
    assert (sd[row, tried] >= sd[row, best]).all()
    assert (sd[row, tried] > sd[row, best] + 0.01).any()
    curious.beliefs.never[:] = 1.0  # nothing would be found out
    curious.act(seen)
    np.testing.assert_array_equal(chosen(curious), best)


def test_a_stranger_of_no_leaning_is_answered_as_by_the_plain_model(
    made, engine_of, basis, memory
) -> None:
    zero = {v: replace(p, weights=0 * p.weights) for v, p in basis.priors.items()}
    agent = made(basis=replace(basis, priors=zero), optimism=0.0)
    engine = engine_of(agent)
    seen = Observer(engine)(engine, engine.point)
    agent.begin(engine.keys)
    found = agent.act(seen)
    model, moments = memory.model, moments_of(Seen.of(seen))
    states = memory(prompts_of(model, moments, situations_of(seen)))
    plain = behaviours([model.head.logits(states[:, n], p) for p, n in enumerate(NODES_OF)])
    np.testing.assert_array_equal(found, actions_of(plain.argmax(dim=1).numpy()))


# ------------------------------------------------------------------ learning


@pytest.mark.parametrize("forgetting", [1.0, 0.8])
def test_a_reaction_is_a_measurement_of_the_reward_that_was_expected(made, told, forgetting):
    """Of tanh(worth), which grows with the coefficients, after a little has been forgotten."""
    agent = made(forgetting=forgetting)
    engine, observer = told(agent)
    seen = observer(engine, engine.point)
    agent.act(seen)
    mean, stranger = (agent.state()[name].astype(np.float64) for name in ("mean", "stranger"))
    covariance, row, done = agent.beliefs.covariance.copy(), np.arange(engine.slots), chosen(agent)

    def reward(moved: np.ndarray) -> np.ndarray:
        return np.tanh(rated(agent, seen, moved.astype(np.float32))[0][row, done])

    def close(found: np.ndarray, expected: np.ndarray, before: np.ndarray) -> None:
        change = np.abs(expected - before).max()
        np.testing.assert_allclose(found, expected, rtol=0, atol=0.02 * change + 2e-5)

    steps = 0.05 * np.eye(SIZE)
    slope = np.column_stack([(reward(mean + s) - reward(mean - s)) / 0.1 for s in steps])
    reactions = np.full(engine.slots, THANKS)
    measured = shared().measure(Seen.of(seen), agent.done, reactions, reward(mean))
    agent.observe(reactions)
    kept = forgetting * mean + (1 - forgetting) * stranger
    wide = forgetting * covariance + (1 - forgetting) * agent.prior.covariance
    for i in row:
        along = wide[i] @ slope[i]
        size = slope[i] @ along + agent.basis.residual
        gain = along / (1 + measured.information[i] * size)
        expected = kept[i] + gain * measured.score[i]
        close(agent.state()["mean"][i], expected, kept[i])
        expected = wide[i] - measured.information[i] * np.outer(gain, along)
        close(agent.beliefs.covariance[i], expected, wide[i])
    assert np.abs(agent.state()["mean"] - mean).max() > 0.1


def test_thanks_raise_what_was_done_and_complaints_lower_it(made, told) -> None:
    found = {}
    for reaction in (THANKS, COMPLAINT):
        agent = made()
        engine, observer = told(agent, 1)
        seen = observer(engine, engine.point)
        agent.act(seen)
        before, row, done = rated(agent, seen)[0], np.arange(engine.slots), chosen(agent)
        agent.observe(np.full(engine.slots, reaction))
        found[reaction] = (rated(agent, seen)[0] - before)[row, done][done > 0]
    assert len(found[THANKS]) >= 3
    assert (found[THANKS] > 0).all()
    assert (found[COMPLAINT] < 0).all()


def test_a_wish_after_silence_lowers_silence(made, engine_of, leaning) -> None:
    """Told to somebody whose prior is so much for silence that it is silent."""
    agent = made(view="none", basis=leaning(-8.0), optimism=0.0)
    for reaction, sign in ((WISH, -1), (NONE, 1)):
        engine = engine_of(agent)
        seen = Observer(engine)(engine, engine.point)
        agent.begin(engine.keys)
        assert not agent.act(seen)[:, 0].any()
        before = rated(agent, seen)[0][:, 0]
        agent.observe(np.full(engine.slots, reaction))
        assert (sign * (rated(agent, seen)[0][:, 0] - before) > 0).all()


@pytest.fixture
def leaning(made, engine_of):
    """`leaning(speaking)`: a basis whose first direction raises words against silence.

    By least squares through norm and head, at the activations of a few moments; and as much of it
    in everybody as makes words and silence equally good, plus `speaking`.
    """

    def found(speaking: float = 0.0) -> Basis:
        agent = made(view="none")
        engine = engine_of(agent)
        observations = Observer(engine)(engine, engine.point)
        moments, model = moments_of(Seen.of(observations)), agent.memory.model
        states = agent.memory(prompts_of(model, moments, situations_of(observations)))[:, 0]
        centre = states.mean(dim=0)
        jacobian = torch.autograd.functional.jacobian(lambda h: model.head.logits(h, 0), centre)
        wanted = torch.tensor([-2.0, 2.0, 2.0])
        direction = torch.linalg.lstsq(jacobian, wanted).solution
        directions = np.zeros_like(agent.basis.directions)
        directions[0] = direction.numpy()
        basis = replace(agent.basis, directions=directions, contexts=np.zeros_like(directions))
        agent = made(view="none", basis=basis)
        mean, lead = np.zeros((len(states), SIZE), np.float32), []
        grid = np.linspace(-6, 6, 61, dtype=np.float32)
        for mean[:, 0] in grid:
            worth = rated(agent, observations, mean)[0]
            lead.append((worth[:, 1:].max(axis=1) - worth[:, 0]).mean())
        assert (np.diff(lead) > 0).all()
        covariance = np.diag([4.0] + [1e-3] * (SIZE - 1)).astype(np.float32)
        weights = np.zeros((1, SIZE), np.float32)
        weights[0, 0] = grid[np.abs(lead).argmin()] + speaking
        return replace(basis, priors={"none": Prior(weights, covariance)})

    return found


def test_who_complains_of_words_is_spoken_to_less_than_who_gives_thanks(made, leaning) -> None:
    basis = leaning()
    spoken = {}
    for reaction in (COMPLAINT, THANKS):
        agent = made(view="none", basis=basis, optimism=0.0)
        options = Options(people="validation", sessions=5, points=16, profile="none")
        engine = begin(SUITES["quick-v0"], options, np.array([3, 7, 11]))
        observer = Observer(engine)
        agent.begin(engine.keys)
        spoke = []
        for _ in range(76):
            action = agent.act(observer(engine, engine.point))
            spoke.append(action[:, 0] > 0)
            agent.observe(np.where(spoke[-1], reaction, NONE))
            engine.step(np.zeros_like(action))
        spoken[reaction] = np.mean(spoke[60:], axis=0)
    assert (spoken[COMPLAINT] < spoken[THANKS]).all()
    assert spoken[COMPLAINT].mean() < 0.3 < 0.7 < spoken[THANKS].mean()
