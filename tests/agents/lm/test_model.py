"""A language model's ratings and words, against whole forward passes of one text at a time."""

import pytest
import torch
from transformers import (
    Gemma2Config,
    Gemma2ForCausalLM,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Phi3Config,
    Phi3ForCausalLM,
    PhiConfig,
    PhiForCausalLM,
    Qwen2Config,
    Qwen2ForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
)

from proactive_agents import language
from proactive_agents.lm import model as lm_model
from proactive_agents.lm import prompt
from proactive_agents.lm.model import INSTRUCTIONS, LanguageModel, Prompt
from proactive_agents.lm.recent import Recent
from proactive_agents.lm.tree import NODE_AT, NODES, NODES_OF
from proactive_gym.errors import CheckpointError
from proactive_gym.world import load_scenarios

SIZES = {
    "vocab_size": 500,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "bos_token_id": 0,
    "eos_token_id": 1,
    "pad_token_id": 1,
}
GPT2_SIZES = {"vocab_size": 500, "n_embd": 32, "n_layer": 2, "n_head": 4}
GPT2_SIZES |= {"bos_token_id": 0, "eos_token_id": 1}
ARCHITECTURES = {
    "llama": lambda: LlamaForCausalLM(LlamaConfig(**SIZES)),
    "qwen2": lambda: Qwen2ForCausalLM(Qwen2Config(**SIZES)),
    "qwen3": lambda: Qwen3ForCausalLM(Qwen3Config(**SIZES, head_dim=8)),
    "gemma2": lambda: Gemma2ForCausalLM(Gemma2Config(**SIZES, head_dim=8)),
    "gemma3": lambda: Gemma3ForCausalLM(Gemma3TextConfig(**SIZES, head_dim=8)),
    "gpt2": lambda: GPT2LMHeadModel(GPT2Config(**GPT2_SIZES)),
    "phi": lambda: PhiForCausalLM(PhiConfig(**SIZES | {"num_key_value_heads": 4})),
    "phi3": lambda: Phi3ForCausalLM(Phi3Config(**SIZES)),
    "mistral": lambda: MistralForCausalLM(MistralConfig(**SIZES)),
}
DONE = [(1, 2, 0, 0), (2, 3, 1, 1)]


KINDS = ("embedded", *(f"{name} {kind}" for name in ARCHITECTURES for kind in ("plain", "chat")))


@pytest.fixture(scope="module", params=KINDS)
def model(request, tiny, foreign, chatty, randomised) -> LanguageModel:
    """Each architecture, told by its own tokenizer or in turns."""
    if request.param == "embedded":
        return tiny
    name, kind = request.param.split()
    torch.manual_seed(1)
    made = randomised(ARCHITECTURES[name]())
    return LanguageModel(made, chatty if kind == "chat" else foreign)


def prompts_of(model: LanguageModel) -> list[Prompt]:
    """Some that share a situation, of different lengths."""
    scenarios = load_scenarios()
    rests = ("\nTue 14h, driving,", "\nMon 07h, in bed, alone, break in 1 h,", "\nSun 20h,")
    return [
        model.prompt(scenarios[i].domain, scenarios[i].situation, rests[j])
        for i, j in ((0, 0), (1, 1), (1, 2), (2, 0))
    ]


def whole(model: LanguageModel, shown: Prompt, words: tuple[int, ...] = ()) -> list[int]:
    """The tokens of a prompt and of the first words of a reply."""
    first = model.tokenizer.bos_token_id
    ids = [] if model.chat or first is None else [first]
    ids += model.tokenizer(shown.start, add_special_tokens=False).input_ids
    ids += model.tokenizer(shown.rest, add_special_tokens=False).input_ids
    for part, word in enumerate(words):
        said = prompt.REPLY[part][word]
        said = said.lstrip() if model.chat and part == 0 else said
        ids += model.tokenizer(said, add_special_tokens=False).input_ids
    return ids


def brute(model: LanguageModel, ids: list[int]) -> torch.Tensor:
    """Logits of all tokens after a text, nothing remembered."""
    with torch.inference_mode():
        return model.model(input_ids=torch.tensor([ids]), use_cache=False).logits[0, -1]


def rated(model: LanguageModel, state: torch.Tensor, part: int) -> torch.Tensor:
    """Logits of a part's words, as an agent asks for them."""
    with torch.inference_mode():
        return model.head.logits(state, part)


# ------------------------------------------------------------------ the tree


def test_the_tree_holds_every_way_to_begin_a_reply_that_speaks_now() -> None:
    assert [len(nodes) for nodes in NODES_OF] == [1, 1, 4, 8]
    assert sorted(n for nodes in NODES_OF for n in nodes) == list(range(14))
    assert len({node.words for node in NODES}) == 14
    for i, node in enumerate(NODES):
        assert NODE_AT[node.words] == i
        assert node.words[:1] in ((), (1,))
        if node.words:
            assert NODES[node.parent].words == node.words[:-1]


def test_every_node_is_rated_as_a_text_of_its_own(model) -> None:
    prompts = prompts_of(model)
    states = model.states(prompts)
    width = model.model.config.hidden_size
    assert states.shape == (len(prompts), len(NODES), width)
    spread = []
    for row, shown in enumerate(prompts):
        for node in range(row, len(NODES), 3):
            words = NODES[node].words
            first = model.first[len(words)]
            expected = brute(model, whole(model, shown, words))[first]
            found = rated(model, states[row, node], len(words))
            torch.testing.assert_close(found, expected, rtol=1e-3, atol=2e-4)
            spread.append(expected[0].item())
    # Which words came before, and where, matters far more than the tolerance.
    assert torch.tensor(spread).std() > 0.05


def test_prompts_in_a_batch_do_not_influence_each_other(model) -> None:
    prompts = prompts_of(model)
    together = model.states(prompts)
    for row in (0, 2):
        alone = model.states(prompts[row : row + 1])
        torch.testing.assert_close(together[row], alone[0], rtol=1e-3, atol=2e-4)
    turned = model.states(prompts[::-1]).flip(0)
    torch.testing.assert_close(together, turned, rtol=1e-3, atol=2e-4)
    assert (together[1] - together[2]).abs().max() > 0.05


def test_states_may_be_read_before_any_module(model) -> None:
    prompts = prompts_of(model)[:2]
    after = model.states(prompts)
    assert torch.equal(model.states(prompts, before=model.norm), after)
    last = model.states(prompts, before=model.layers[-1])
    assert last.shape == after.shape
    assert not torch.allclose(last, after)
    # Before the first layer a word is itself, whatever stood before it.
    first = model.states(prompts, before=model.layers[0])
    assert torch.equal(first[0, 1], first[1, 1]) != isinstance(model.model, GPT2LMHeadModel)
    assert not any(m._forward_pre_hooks for m in (model.norm, *model.layers))


def test_a_beginning_is_computed_once_and_the_oldest_is_forgotten(tiny) -> None:
    model = LanguageModel(tiny.model, tiny.tokenizer)
    model._starts = Recent(model._start, most=2)
    passes = []
    handle = model.model.base_model.register_forward_hook(lambda *_: passes.append(1))
    try:
        prompts = [Prompt(f"work: Case {i}.", f"\nTue 14h,{prompt.MARKER}") for i in range(3)]
        counts = []
        for chosen in ([0, 0, 1], [1, 0], [2], [0], [1]):
            passes.clear()
            states = model.states([prompts[i] for i in chosen])
            counts.append(len(passes) - 1)
            expected = tiny.states([prompts[i] for i in chosen])
            torch.testing.assert_close(states, expected, rtol=1e-3, atol=2e-4)
    finally:
        handle.remove()
    # 1 was used before 0 the last time, so that 2 takes its place.
    assert counts == [2, 0, 1, 0, 1]


def test_weights_and_hooks_are_left_as_they_were(tiny) -> None:
    before = {name: value.clone() for name, value in tiny.model.state_dict().items()}
    tiny.states(prompts_of(tiny))
    assert not tiny.layers[-1]._forward_hooks
    for name, value in tiny.model.state_dict().items():
        assert torch.equal(value, before[name])


# ------------------------------------------------------------------ prompts


def test_prompts_have_the_form_of_their_model(tiny, foreign, chatty) -> None:
    rest = "\nTue 14h, driving,"
    own = tiny.prompt("work", "A file.", rest)
    assert own == Prompt("work: A file.", f"{rest}\nAssistant:")
    assert tiny.trained_here
    plain = LanguageModel(ARCHITECTURES["gpt2"](), foreign)
    assert plain.prompt("work", "A file.", rest) == Prompt(INSTRUCTIONS + own.start, own.rest)
    told = LanguageModel(plain.model, chatty).prompt("work", "A file.", rest)
    assert told.start == f"<s>[user] {INSTRUCTIONS}work: A file."
    assert told.rest == f"{rest}\n[assistant] "
    assert not plain.trained_here


def test_words_that_begin_alike_cannot_be_told_apart(byte_level) -> None:
    """Without merges every word begins with the token of a space."""
    letters = byte_level(["x"], 300)
    with pytest.raises(CheckpointError, match=r"silent.*same token: another model is needed"):
        LanguageModel(ARCHITECTURES["gpt2"](), letters)


# ------------------------------------------------------------------ speaking


def test_it_speaks_greedily_one_line_whoever_else_speaks(model, monkeypatch) -> None:
    monkeypatch.setattr(lm_model, "LONGEST_MESSAGE", 5)
    prompts = prompts_of(model)[:2]
    together = model.speak(prompts, DONE[:2])
    for shown, action, message in zip(prompts, DONE, together, strict=False):
        assert model.speak([shown], [action]) == [message]
        ids = whole(model, shown, action)
        assert model.reply_ids(shown, action) == ids
        said: list[int] = []
        while len(said) < 5 and (not said or said[-1] != model.tokenizer.eos_token_id):
            said.append(int(brute(model, ids + said).argmax()))
        text = model.tokenizer.decode(said, skip_special_tokens=True)
        assert message == text.strip().split("\n")[0]
        assert "\n" not in message


@pytest.mark.parametrize(
    ("said", "message"),
    [
        (" Shall I?\nUser: Yes.", "Shall I?"),
        ("\n\n Shall I?</s></s>", "Shall I?"),
        ("</s>", lm_model.UNSPEAKABLE),
    ],
)
def test_a_message_is_what_is_said_first(foreign, said, message, monkeypatch) -> None:
    model = LanguageModel(ARCHITECTURES["gpt2"](), foreign)
    ids = torch.tensor([foreign(said, add_special_tokens=False).input_ids])
    monkeypatch.setattr(
        model.model, "generate", lambda input_ids, **_: torch.cat([input_ids, ids], dim=1)
    )
    assert model.speak([Prompt("work:", " A file.")], [(1, 0, 0, 0)]) == [message]


def test_a_message_that_never_ends_is_cut(tiny) -> None:
    """Its words are counted in tokens, of which there are at most 64."""
    message = tiny.speak(prompts_of(tiny)[:1], [(1, 2, 0, 0)])[0]
    assert 0 < len(tiny.tokenizer(message, add_special_tokens=False).input_ids) <= 66


# ------------------------------------------------------------------ from a folder


@pytest.fixture(scope="module")
def folder(tiny, tmp_path_factory):
    path = tmp_path_factory.mktemp("lm")
    tiny.model.save_pretrained(path)
    tiny.tokenizer.save_pretrained(path)
    return path


def test_a_saved_model_comes_back(tiny, folder) -> None:
    loaded = LanguageModel.load(str(folder))
    prompts = prompts_of(tiny)
    assert loaded.trained_here
    assert loaded.model.dtype == torch.float32
    assert loaded.words == tiny.words
    assert [loaded.prompt("work", "A.", "\nTue 14h,")] == [tiny.prompt("work", "A.", "\nTue 14h,")]
    torch.testing.assert_close(loaded.states(prompts), tiny.states(prompts), rtol=0, atol=0)
    assert loaded.speak(prompts[:1], DONE[:1]) == tiny.speak(prompts[:1], DONE[:1])


def test_an_embedded_model_goes_by_its_name(folder, monkeypatch) -> None:
    monkeypatch.setattr(language, "EMBEDDED", folder.parent)
    assert LanguageModel.load(folder.name).trained_here


def test_it_works_in_half_precision(tiny, folder) -> None:
    loaded, prompts = LanguageModel.load(str(folder), dtype="bfloat16"), prompts_of(tiny)
    assert loaded.model.dtype == torch.bfloat16
    states, expected = loaded.states(prompts), tiny.states(prompts)
    assert states.dtype == torch.bfloat16
    similar = torch.nn.functional.cosine_similarity(states.float(), expected, dim=2)
    assert similar.min() > 0.99
    for part, nodes in enumerate(NODES_OF):
        near = rated(loaded, states[:, nodes], part).float()
        wanted = rated(tiny, expected[:, nodes], part)
        assert (near - wanted).abs().mean() < 0.1 * wanted.std()
    assert isinstance(loaded.speak(prompts[:2], DONE[:2])[1], str)


def no_folder(path) -> None:
    for file in path.iterdir():
        file.unlink()
    path.rmdir()


def no_weights(path) -> None:
    (path / "model.safetensors").unlink()


def torn_weights(path) -> None:
    file = path / "model.safetensors"
    file.write_bytes(file.read_bytes()[:1000])


def other_weights(path) -> None:
    (path / "model.safetensors").write_bytes(b"a note of something else")


def torn_config(path) -> None:
    file = path / "config.json"
    file.write_text(file.read_text()[:40])


def no_config(path) -> None:
    (path / "config.json").unlink()


def torn_tokenizer(path) -> None:
    file = path / "tokenizer.json"
    file.write_text(file.read_text()[:40])


def other_tokenizer(path) -> None:
    (path / "tokenizer.json").write_text('{"model": 3}')


def other_kind(path) -> None:
    (path / "config.json").write_text('{"model_type": "dream"}')


@pytest.mark.parametrize(
    "damage",
    [
        no_folder,
        no_weights,
        torn_weights,
        other_weights,
        no_config,
        torn_config,
        torn_tokenizer,
        other_tokenizer,
        other_kind,
    ],
    ids=lambda damage: damage.__name__,
)
def test_what_cannot_be_read_says_what_to_do(folder, tmp_path, damage) -> None:
    path = tmp_path / "torn"
    path.mkdir()
    for file in folder.iterdir():
        (path / file.name).write_bytes(file.read_bytes())
    damage(path)
    with pytest.raises(CheckpointError, match=r"torn cannot be .*; name untuned, population, a"):
        LanguageModel.load(str(path))
