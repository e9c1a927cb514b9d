"""TRL's trainers on the embedded language model: they learn, repeat, and refuse nonsense."""

from functools import cache

import numpy as np
import pytest
import torch

pytest.importorskip("trl", reason="needs proactive-gym[rlhf]")

from proactive_agents import checkpoint
from proactive_agents.lm.model import LanguageModel
from proactive_agents.registry import AGENTS, load
from proactive_baselines.rlhf import reward
from proactive_baselines.rlhf.agent import NAME, TunedAgent
from proactive_baselines.rlhf.formats import rows
from proactive_baselines.rlhf.shared import Tuned
from proactive_gym.errors import CheckpointError, InvalidOptionError

TINY = {"rows": 64, "steps": 3, "batch": 8}
ONLINE = TINY | {"judge_steps": 2, "judge_checks": 20, "longest": 12}
ALGOS = {"sft": TINY, "dpo": TINY, "kto": TINY, "rloo": ONLINE, "grpo": ONLINE}


def module(algo):
    return load(f"proactive_baselines.rlhf.{algo}")


@cache
def trained(algo, **more):
    """What came of a very short training, and what was reported."""
    told = []
    own = module(algo)
    return own.train(own.Arguments(**ALGOS[algo] | more), told.append), told


def weights(made):
    return {name: p.detach().clone() for name, p in made.model.named_parameters()}


@pytest.mark.parametrize("algo", ALGOS)
def test_weights_move_and_progress_is_told(algo):
    made, told = trained(algo)
    before = weights(Tuned(LanguageModel.load("untuned").model))
    assert all(torch.isfinite(p).all() for p in weights(made).values())
    assert any(not torch.equal(p, before[n]) for n, p in weights(made).items())
    progress = [figures["progress"] for figures in told]
    assert progress == sorted(progress)
    assert progress[-1] == pytest.approx(1.0)
    assert any("loss" in figures for figures in told)


@pytest.mark.parametrize("algo", ["dpo", "grpo"])
def test_the_same_seed_gives_the_same_weights(algo):
    first, _ = trained(algo)
    own = module(algo)
    again = own.train(own.Arguments(**ALGOS[algo]))
    other = own.train(own.Arguments(**ALGOS[algo], seed=1))
    assert all(torch.equal(p, weights(again)[n]) for n, p in weights(first).items())
    assert any(not torch.equal(p, weights(other)[n]) for n, p in weights(first).items())


def likelihood(model, tokenizer, found, column):
    """Mean log-likelihood of the replies of a column."""
    total = []
    for row in found:
        before = tokenizer(row["prompt"], add_special_tokens=False).input_ids
        after = tokenizer(row[column], add_special_tokens=False).input_ids
        with torch.no_grad():
            logits = model(input_ids=torch.tensor([before + after])).logits[0]
        steps = torch.log_softmax(logits[len(before) - 1 : -1], dim=1)
        total.append(float(steps.gather(1, torch.tensor(after)[:, None]).sum()))
    return np.mean(total)


def test_dpo_makes_the_preferred_replies_likelier_than_the_others():
    own = module("dpo")
    made = own.train(own.Arguments(rows=8, steps=12, batch=8))
    read = LanguageModel.load("untuned")
    found = [row for row, _ in zip(rows("preference", seed=0), range(8), strict=False)]

    def margin(model):
        return likelihood(model, read.tokenizer, found, "chosen") - likelihood(
            model, read.tokenizer, found, "rejected"
        )

    assert margin(made.model) > margin(read.model) + 1


def test_the_reward_model_learns_what_people_prefer():
    judge = reward.train(reward.Arguments(rows=640, steps=40, batch=16, checks=200))
    assert judge.checked["accuracy"] > 0.6
    assert 0 <= judge.checked["calibration_error"] < 0.2


def test_checks_tell_a_judge_that_knows_from_one_that_does_not():
    class Fake:
        tokenizer = LanguageModel.load("untuned").tokenizer

        def __init__(self, sharp):
            self.sharp = sharp

        def __call__(self, texts):
            return np.array([self.sharp * ("good" in text) for text in texts], float)

    pairs = (["p"] * 400, [" good"] * 400, [" bad"] * 400)
    knows = reward.check(Fake(8.0), *pairs)
    assert knows["accuracy"] == 1
    assert knows["calibration_error"] < 0.01
    timid = reward.check(Fake(0.1), *pairs)
    assert timid["accuracy"] == 1
    assert timid["calibration_error"] > 0.4
    assert reward.check(Fake(-8.0), *pairs)["accuracy"] == 0


def test_a_reward_model_is_written_and_read_again(tmp_path):
    judge = reward.train(reward.Arguments(**TINY, checks=20))
    judge.save(tmp_path, {"seed": 0})
    from transformers import AutoModelForSequenceClassification

    read = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    again = reward.Judge(read, judge.tokenizer, {})
    texts = ["work: A file.\nAssistant: silent.", "work: A file.\nAssistant: now, act,"]
    np.testing.assert_allclose(again(texts), judge(texts), atol=1e-5)
    assert checkpoint.told(tmp_path, reward.KIND)["checked"] == judge.checked


# ------------------------------------------------------------------------------ the agent


def about(**arguments):
    return {"made_of": {"arguments": {"model": "untuned", "rank": 4, **arguments}}}


def test_a_checkpoint_plays_what_was_trained(tmp_path):
    made, _ = trained("dpo")
    made.save(tmp_path / "w.safetensors", about())
    agent = TunedAgent.from_checkpoint(tmp_path / "w.safetensors")
    own = agent.memory.model.model.state_dict()
    for name, p in weights(made).items():
        torch.testing.assert_close(own[name], p, rtol=1e-3, atol=1e-3)
    untuned = LanguageModel.load("untuned").model.state_dict()
    assert any(not torch.equal(own[n], untuned[n]) for n in own)


def test_foreign_and_torn_weights_are_refused(tmp_path):
    path = tmp_path / "w.safetensors"
    checkpoint.write(path, NAME, {"no.such": np.zeros(3, np.float16)}, about())
    with pytest.raises(CheckpointError, match="does not fit untuned"):
        TunedAgent.from_checkpoint(path)
    checkpoint.write(path, NAME, {}, {})
    with pytest.raises(CheckpointError, match="which model it was"):
        TunedAgent.from_checkpoint(path)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(CheckpointError, match="torn"):
        TunedAgent.from_checkpoint(path)


def test_large_models_get_adapters_that_are_read_again(tmp_path, monkeypatch):
    from proactive_baselines.rlhf import shared

    monkeypatch.setattr(shared, "SMALL", 1000)
    own = module("dpo")
    made = own.train(own.Arguments(**TINY, rank=4))
    learnt = [n for n, p in made.model.named_parameters() if p.requires_grad]
    assert learnt
    assert all(".lora_" in n for n in learnt)
    made.save(tmp_path / "w.safetensors", about())
    agent = TunedAgent.from_checkpoint(tmp_path / "w.safetensors")
    ids = torch.tensor([[5, 6, 7, 8]])
    with torch.no_grad():
        wanted = made.model(input_ids=ids).logits
        found = agent.memory.model.model(input_ids=ids).logits
    torch.testing.assert_close(found, wanted, rtol=1e-2, atol=1e-2)


def test_a_large_reward_model_is_written_with_its_adapters(tmp_path, monkeypatch):
    from transformers import AutoModelForSequenceClassification

    from proactive_baselines.rlhf import shared

    monkeypatch.setattr(shared, "SMALL", 1000)
    judge = reward.train(reward.Arguments(**TINY, rank=4, checks=20))
    learnt = [n for n, p in judge.model.named_parameters() if p.requires_grad]
    assert any(".lora_" in n for n in learnt)
    assert any("score" in n for n in learnt)
    texts = ["work: A file.\nAssistant: silent.", "work: A file.\nAssistant: now, act,"]
    wanted = judge(texts)
    judge.save(tmp_path, {"seed": 0})
    read = AutoModelForSequenceClassification.from_pretrained(tmp_path)
    np.testing.assert_allclose(reward.Judge(read, judge.tokenizer, {})(texts), wanted, atol=1e-4)


# ------------------------------------------------------------------------------ arguments


@pytest.mark.parametrize(
    ("algo", "bad", "match"),
    [
        ("dpo", {"rows": 0}, "rows must lie between"),
        ("sft", {"learning_rate": float("nan")}, "learning_rate"),
        ("kto", {"algo": "dpo"}, "this is kto: train rlhf-dpo"),
        ("grpo", {"judge": "nobody"}, "model or people"),
        ("rloo", {"batch": 9}, "multiple of generations, 8, not 9"),
        ("grpo", {"temperature": 0.0}, "temperature"),
        ("dpo", {"device": "abacus"}, "abacus"),
    ],
)
def test_nonsense_is_refused_by_name(algo, bad, match):
    own = module(algo)
    with pytest.raises(InvalidOptionError, match=match):
        own.train(own.Arguments(**{"steps": 1, "rows": 8, "batch": 8, **bad}))


def test_every_algorithm_is_an_agent():
    names = {name.removeprefix("rlhf-") for name in AGENTS if name.startswith("rlhf-")}
    assert names == {*ALGOS, "people"}
