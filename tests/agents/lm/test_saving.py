import copy
import errno
import json

import pytest
import torch
from safetensors import SafetensorError, safe_open

from proactive_agents import checkpoint
from proactive_agents.lm import saving
from proactive_agents.lm.adapt import Adapted
from proactive_agents.lm.card import card, command
from proactive_agents.lm.model import LanguageModel
from proactive_agents.lm.saving import save_model
from proactive_agents.lm.train import KIND, Arguments, Trained

FIGURES = {
    "held_message_loss": 1.2345,
    "reward_error": 0.0417,
    "untuned_s": 700.4,
    "population_s": 400.6,
}


@pytest.fixture
def trained(tiny) -> Trained:
    other = copy.deepcopy(tiny.model)
    other.get_input_embeddings().weight.data += 1
    return Trained(Arguments(seed=3, width=32), tiny.tokenizer, tiny.model, other, FIGURES)


def test_both_models_are_written_in_half_the_size_and_read_again(trained, tmp_path) -> None:
    trained.save(tmp_path, {"seconds": 5})
    for name in ("untuned", "population"):
        with safe_open(tmp_path / name / "model.safetensors", framework="pt") as file:
            assert {file.get_tensor(n).dtype for n in file.keys()} == {torch.bfloat16}  # noqa: SIM118
        loaded = LanguageModel.load(str(tmp_path / name))
        assert loaded.trained_here
        assert loaded.model.dtype == torch.float32
        wanted = getattr(trained, name).get_input_embeddings().weight
        found = loaded.model.get_input_embeddings().weight
        torch.testing.assert_close(found, wanted.to(torch.bfloat16).float(), rtol=0, atol=0)
    assert trained.untuned.dtype == torch.float32
    about = checkpoint.told(tmp_path, KIND)
    assert (about["seconds"], about["figures"]) == (5, FIGURES)


def test_everybody_may_read_what_is_written(trained, tmp_path) -> None:
    trained.save(tmp_path)
    modes = {p.stat().st_mode & 0o777 for p in (tmp_path / "untuned").iterdir()}
    assert len(modes) == 1


def test_figures_that_are_none_are_null(trained, tmp_path) -> None:
    trained.figures = {**FIGURES, "held_message_loss": float("nan")}
    trained.save(tmp_path)
    about = json.loads((tmp_path / checkpoint.ABOUT).read_text(), parse_constant=pytest.fail)
    assert about["figures"]["held_message_loss"] is None
    assert "kept out | - |" in (tmp_path / "README.md").read_text()


def test_the_card_says_what_they_are(trained, tmp_path) -> None:
    trained.save(tmp_path)
    words = (tmp_path / "README.md").read_text()
    assert max(map(len, words.splitlines())) <= 100
    assert words == card(
        trained.arguments, FIGURES, sum(p.numel() for p in trained.population.parameters())
    )
    plain = " ".join(words.split())
    assert "1,038 situations with 16,608 messages" in plain
    assert "proactive-gym train lm --seed 3 --set width=32" in plain
    assert "in 40 situations kept out | 1.234 |" in plain or "kept out | 1.235 |" in plain
    assert "expected rewards | 0.042 |" in plain
    assert "`untuned` | 700 |" in plain
    assert "- steps: " in plain
    for limit in ("tiny", "English only", "invent details", "simulated people"):
        assert limit in plain


def test_the_command_names_what_differs_from_the_defaults() -> None:
    assert command(Arguments()) == "proactive-gym train lm"
    assert command(Arguments(device="cuda", steps=9)) == (
        "proactive-gym train lm --set steps=9 --set device=cuda"
    )


def test_an_adapted_model_is_written_with_what_made_it(tiny, tmp_path) -> None:
    Adapted(tiny).save(tmp_path, {"seconds": 5})
    assert checkpoint.told(tmp_path, "adapted-model")["seconds"] == 5
    loaded = LanguageModel.load(str(tmp_path))
    assert loaded.words == tiny.words


@pytest.mark.parametrize("kind", [SafetensorError, Exception])
def test_a_full_disk_is_an_error_of_the_system(tiny, tmp_path, monkeypatch, kind) -> None:
    def full(*arguments: object, **named: object) -> None:
        raise kind("Error while serializing: No space left on device (os error 28)")

    monkeypatch.setattr(type(tiny.model), "save_pretrained", full)
    with pytest.raises(OSError, match="No space left") as caught:
        save_model(tiny.model, tiny.tokenizer, tmp_path)
    assert caught.value.errno == errno.ENOSPC
    assert caught.value.filename == str(tmp_path)


def test_errors_of_the_program_are_not_hidden(tiny, tmp_path, monkeypatch) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise RuntimeError("tensors share memory")

    monkeypatch.setattr(type(tiny.model), "save_pretrained", broken)
    with pytest.raises(RuntimeError, match="share memory"):
        saving.save_model(tiny.model, tiny.tokenizer, tmp_path)
