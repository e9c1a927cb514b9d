"""The policies' own promises; what all agents keep to is in tests/agents/test_contract.py."""

import numpy as np
import pytest

from proactive_agents.experience import of_people
from proactive_agents.registry import make
from proactive_baselines import bandits, fixed, ppo, random
from proactive_baselines.interruptibility import HOLD, NOW, SILENT, Interruptibility, Worthwhile
from proactive_baselines.network import Network, flatten
from proactive_baselines.population import BOXES, Arguments, PopulationPolicy, fit
from proactive_gym.envs.engine import Engine
from proactive_gym.envs.episodes import root_key_of_seed
from proactive_gym.envs.observation import Observer
from proactive_gym.envs.options import Options
from proactive_gym.envs.reading import Seen
from proactive_gym.errors import CheckpointError, InvalidOptionError
from proactive_gym.evaluation.lives import play_lives
from proactive_gym.streams import derive
from proactive_gym.users.features import ACTIONS
from proactive_gym.vocabulary import ACTIVITIES


def seen_by(count: int = 300) -> dict[str, np.ndarray]:
    engine = Engine(Options(people="validation"), count)
    engine.reset(engine.everyone, derive(2, engine.everyone))
    return Observer(engine)(engine, engine.point)


def test_fixed_habits_do_what_their_names_say() -> None:
    observations = seen_by(3)
    expected = {
        "silent": [0, 0, 0, 0],
        "always-now": [1, 0, 0, 0],
        "direct-response": [1, 1, 0, 0],
    }
    for name, codes in expected.items():
        np.testing.assert_array_equal(make(name).act(observations), [codes] * 3)
    with pytest.raises(InvalidOptionError, match="four words"):
        fixed.Fixed(("now", "shout", "brief", "casual"))


def test_the_best_fixed_action_is_the_best_of_all() -> None:
    options = Options(people="population", sessions=1, scenarios="seen")
    best = fixed.train(fixed.Arguments()).codes
    rewards = {}
    for action in ((1, 0, 0, 0), (1, 1, 0, 0), (0, 0, 0, 0), (2, 2, 0, 0), (1, 3, 1, 1)):
        agent = fixed.BestFixed.of_codes(np.array(action))
        rewards[action] = play_lives(agent, options, 1, seed=3).reward.mean()
    assert max(rewards, key=rewards.get) == tuple(best)


def test_random_actions_are_even_and_of_the_lives_own_stream() -> None:
    agent, observations = random.Random(), seen_by(2000)
    agent.begin(np.arange(2000, dtype=np.uint64))
    first = agent.act(observations)
    for part, size in enumerate((3, 4, 2, 2)):
        shares = np.bincount(first[:, part], minlength=size) / 2000
        np.testing.assert_allclose(shares, 1 / size, atol=0.04)
    assert (agent.act(observations) != first).any()
    agent.begin(np.arange(2000, dtype=np.uint64))
    np.testing.assert_array_equal(agent.act(observations), first)


def test_the_rule_weighs_urgency_against_activity() -> None:
    observations = seen_by(2000)
    seen = Seen.of(observations)
    timing = Interruptibility().act(observations)[:, 0]
    assert (timing[seen.benefit < 2] == SILENT).all()
    helps = seen.benefit >= 2
    meeting = helps & (seen.activity == ACTIVITIES.index("meeting"))
    assert (timing[meeting & (seen.urgency < 4)] == HOLD).all()
    assert (timing[helps & (seen.urgency > 4.6)] == NOW).all()
    at_once = Worthwhile().act(observations)
    np.testing.assert_array_equal(at_once[:, 0], np.where(helps, NOW, SILENT))
    assert not at_once[:, 1:].any()


def test_the_network_computes_what_torch_computes() -> None:
    torch = pytest.importorskip("torch")
    experience = of_people(1, 1, 1)
    network = fit(experience, Arguments(epochs=1, width=16))
    model = torch.nn.Sequential()
    for i, (weight, bias) in enumerate(network.layers):
        layer = torch.nn.Linear(*weight.shape)
        layer.weight.data, layer.bias.data = torch.tensor(weight.T.copy()), torch.tensor(bias)
        model.append(layer)
        if i < len(network.layers) - 1:
            model.append(torch.nn.ReLU())
    x = flatten(experience.boxes, BOXES)[:100]
    with torch.no_grad():
        np.testing.assert_allclose(network.forward(x), model(torch.tensor(x)), atol=1e-5)


def test_training_the_population_policy_is_repeatable_and_leaves_torchs_seed_alone() -> None:
    torch = pytest.importorskip("torch")
    experience = of_people(1, 1, 1)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    losses: list[float] = []
    arguments = Arguments(epochs=2, width=16)
    first = fit(experience, arguments, lambda f: losses.append(f["loss"]))
    assert torch.equal(before, torch.get_rng_state())
    assert losses[1] < losses[0]
    again = fit(experience, arguments)
    for a, b in zip(first.layers, again.layers, strict=True):
        np.testing.assert_array_equal(a[0], b[0])


def test_the_population_policy_takes_the_best_predicted_action() -> None:
    wanted = 37
    bias = np.zeros(48, np.float32)
    bias[wanted] = 1
    network = Network(("progress",), ((np.zeros((4, 48), np.float32), bias),), "relu")
    actions = PopulationPolicy(network).act(seen_by(3))
    np.testing.assert_array_equal(actions, np.tile(ACTIONS[wanted], (3, 1)))


TINY = ppo.Arguments(steps=1024, num_envs=16, rollout=16, batch=64, width=8)


def test_ppo_plays_what_stable_baselines3_would_predict(tmp_path, monkeypatch) -> None:
    import stable_baselines3

    trained = []

    class Kept(stable_baselines3.PPO):
        def learn(self, *arguments, **named):
            trained.append(self)
            return super().learn(*arguments, **named)

    monkeypatch.setattr(stable_baselines3, "PPO", Kept)
    agent = ppo.train(TINY)
    observations = seen_by(200)
    model = trained[0]
    scaled = model.get_vec_normalize_env().normalize_obs(observations)
    expected = model.predict(scaled, deterministic=True)[0]
    np.testing.assert_array_equal(agent.act(observations), expected)
    agent.save(tmp_path / "ppo.safetensors", {})
    back = ppo.PPOAgent.from_checkpoint(tmp_path / "ppo.safetensors")
    np.testing.assert_array_equal(back.act(observations), expected)
    assert back.options == {"history": "last"}


def test_ppo_is_repeatable_and_reports_its_curve() -> None:
    curves: list[list[dict[str, float]]] = [[], []]
    first, again = (ppo.train(TINY, curve.append) for curve in curves)
    observations = seen_by(50)
    np.testing.assert_array_equal(first.network(observations), again.network(observations))
    assert curves[0] == curves[1]
    assert curves[0][-1]["progress"] == 1.0


def test_ppo_with_counts_reads_them_and_refuses_observations_without() -> None:
    agent = ppo.train(ppo.Arguments(**{**TINY.__dict__, "history": "counts", "steps": 256}))
    assert agent.options == {"history": "counts"}
    with pytest.raises(CheckpointError, match="no 'counts'"):
        agent.act(seen_by(2))


@pytest.mark.parametrize(
    ("kind", "bad"),
    [
        (ppo.Arguments, {"steps": 0}),
        (ppo.Arguments, {"batch": 10_000}),
        (ppo.Arguments, {"gamma": float("nan")}),
        (Arguments, {"epochs": -1}),
        (Arguments, {"width": 0}),
        (bandits.Arguments, {"differences": 0}),
        (fixed.Arguments, {"seed": -1}),
    ],
    ids=str,
)
def test_arguments_that_cannot_work_are_refused_by_name(kind: type, bad: dict) -> None:
    with pytest.raises(InvalidOptionError, match=f"{next(iter(bad))} must lie between"):
        kind(**bad)


def test_training_runs_share_no_life_with_each_other_or_with_a_suite(monkeypatch) -> None:
    from proactive_baselines import sb3
    from proactive_gym.evaluation.suites import SUITES, life_seed

    roots: list[np.ndarray] = []
    real = sb3.ProactiveVecEnv.reset

    def reset(self):
        seen = real(self)
        roots.append(self.env.roots.copy())
        return seen

    monkeypatch.setattr(sb3.ProactiveVecEnv, "reset", reset)
    for seed in (0, 1, 2):
        ppo.train(ppo.Arguments(**{**TINY.__dict__, "steps": 256, "seed": seed}))
    suite = [life_seed(s, p) for s in SUITES["standard-v0"].seeds for p in range(120)]
    used = [int(root) for run in roots for root in run] + [root_key_of_seed(s) for s in suite]
    assert len(set(used)) == len(used)


def test_networks_that_do_not_fit_are_refused() -> None:
    layer = (np.zeros((4, 3), np.float32), np.zeros(3, np.float32))
    with pytest.raises(CheckpointError, match="no network"):
        Network.of({}, {})
    weight, bias = layer
    torn = {"weight.0": weight, "bias.0": bias, "weight.1": weight, "bias.1": bias}
    with pytest.raises(CheckpointError, match="fit together"):
        Network.of(torn, {"boxes": ["progress"], "activation": "relu"})
    with pytest.raises(CheckpointError, match="these weights read 4"):
        Network(("moment",), (layer,), "relu")(seen_by(2))
