import json
import re
from itertools import islice
from pathlib import Path

import pytest

from proactive_agents.lm import prompt
from proactive_baselines.rlhf.formats import KINDS, STYLES, Row, columns_of, rows
from proactive_baselines.rlhf.preferences import comparisons
from proactive_gym.errors import InvalidOptionError

PAGE = Path(__file__).resolve().parents[3] / "docs" / "preferences.md"
TEMPLATE = (
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
BOTH = pytest.mark.parametrize("style", STYLES)


def some(kind: str, style: str, count: int = 8, details: bool = False, seed: int = 0) -> list[Row]:
    if style == "conversational":
        pytest.importorskip("torch")
        pytest.importorskip("transformers")
    return list(islice(rows(kind, style, seed, "population", details), count))


# ------------------------------------------------------------------------------ rows


def test_a_preference_is_what_the_embedded_model_reads_and_says() -> None:
    for row, found in zip(some("preference", "standard"), comparisons(0), strict=False):
        moment = found.moment
        assert row == {
            "prompt": f"{moment.domain}: {moment.situation}{moment.words}{prompt.MARKER}",
            "chosen": found.chosen,
            "rejected": found.rejected,
        }
        assert row["chosen"].startswith(" ")


def test_a_conversation_is_what_a_chat_model_is_asked_and_says() -> None:
    for row, found in zip(some("preference", "conversational"), comparisons(0), strict=False):
        from proactive_agents.lm.model import INSTRUCTIONS

        moment = found.moment
        told = f"{INSTRUCTIONS}{moment.domain}: {moment.situation}{moment.words}"
        assert row["prompt"] == [{"role": "user", "content": told}]
        assert row["chosen"] == [{"role": "assistant", "content": found.chosen[1:]}]
        assert row["rejected"] == [{"role": "assistant", "content": found.rejected[1:]}]


@BOTH
def test_unpaired_rows_are_both_replies_of_a_pair(style: str) -> None:
    pairs, halves = some("preference", style, 4), some("unpaired-preference", style, 8)
    for pair, good, bad in zip(pairs, halves[::2], halves[1::2], strict=True):
        assert good == {"prompt": pair["prompt"], "completion": pair["chosen"], "label": True}
        assert bad == {"prompt": pair["prompt"], "completion": pair["rejected"], "label": False}


@BOTH
def test_completions_are_the_replies_that_satisfied(style: str) -> None:
    pairs = some("preference", style, 60, details=True)
    wanted = [
        {"prompt": pair["prompt"], "completion": pair["chosen"]}
        for pair in pairs
        if pair["chosen_answer"] > 5
    ]
    assert 0 < len(wanted) < len(pairs)
    assert some("prompt-completion", style, len(wanted)) == wanted


@BOTH
def test_prompts_alone_are_those_of_the_pairs(style: str) -> None:
    pairs = some("preference", style)
    assert some("prompt-only", style) == [{"prompt": pair["prompt"]} for pair in pairs]


@pytest.mark.parametrize("kind", KINDS)
def test_details_are_further_columns(kind: str) -> None:
    plain, told = some(kind, "standard"), some(kind, "standard", details=True)
    for row, more in zip(plain, told, strict=True):
        assert list(row) == list(columns_of(kind, False))
        assert list(more) == list(columns_of(kind, True))
        assert row.items() <= more.items()
        assert re.fullmatch(r"p\d{4}", more["person"])


def test_details_are_of_the_very_reply() -> None:
    pairs = some("preference", "standard", 4, details=True)
    halves = some("unpaired-preference", "standard", 8, details=True)
    for pair, good, bad in zip(pairs, halves[::2], halves[1::2], strict=True):
        assert (good["answer"], bad["answer"]) == (pair["chosen_answer"], pair["rejected_answer"])
        assert good["answer"] > bad["answer"]
        assert good["person"] == bad["person"] == pair["person"]
        assert good["scenario"] == bad["scenario"] == pair["scenario"]


def test_seeds_and_people_reach_the_rows() -> None:
    first = some("preference", "standard")
    assert some("preference", "standard") == first
    assert some("preference", "standard", seed=1) != first
    assert list(islice(rows("preference", split="validation"), 8)) != first


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("ranking",), "format must be one of preference, unpaired-preference, prompt-completion"),
        (("preference", "verse"), "style must be one of standard, conversational, not 'verse'"),
        (("preference", "standard", 0, "test"), "people must be one of population, validation"),
    ],
    ids=str,
)
def test_unknown_names_are_refused_at_once(given, told: str) -> None:
    with pytest.raises(InvalidOptionError, match=told):
        rows(*given)


def test_the_page_shows_the_first_row_of_each_type() -> None:
    shown = re.findall(r"## (\S+)\n.*?```json\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert [kind for kind, _ in shown] == [*KINDS, "conversational"]
    for kind, row in shown[:-1]:
        assert json.loads(row) == some(kind, "standard", 1)[0]
    assert json.loads(shown[-1][1]) == some("preference", "conversational", 1)[0]


# ------------------------------------------------------------------------------ TRL


@pytest.fixture(scope="module")
def tokenizer():
    pytest.importorskip("trl")
    from transformers import AutoTokenizer

    from proactive_agents.language import folder_of

    return AutoTokenizer.from_pretrained(folder_of("untuned"))


def trained(kind: str, style: str, tokenizer, folder: Path, name: str):
    """A trainer of TRL after one step on rows with all their details, and what it told."""
    import torch
    import trl
    from datasets import Dataset
    from transformers import LlamaConfig, LlamaForCausalLM, LlamaForSequenceClassification

    tokenizer.chat_template = TEMPLATE if style == "conversational" else None
    data = Dataset.from_list(some(kind, style, 8, details=True))
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        pad_token_id=tokenizer.pad_token_id,
        eos_token_id=tokenizer.eos_token_id,
        bos_token_id=None,
        num_labels=1,
    )
    made = LlamaForSequenceClassification if name == "RewardTrainer" else LlamaForCausalLM
    # TRL reads the model that it keeps for reference from where this one lay.
    made(config).save_pretrained(folder / "model")
    own: dict = {"max_length": 1024}
    extra: dict = {}
    if name in ("GRPOTrainer", "RLOOTrainer"):
        own = {"max_completion_length": 4, "num_generations": 2}
        extra = {"reward_funcs": lambda completions, person, **rest: [float(len(person))] * 4}
    trainer = getattr(trl, name)(
        made.from_pretrained(folder / "model"),
        args=getattr(trl, name.replace("Trainer", "Config"))(
            output_dir=str(folder),
            max_steps=1,
            per_device_train_batch_size=4,
            learning_rate=1e-3,
            use_cpu=True,
            bf16=False,
            gradient_checkpointing=False,
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
            logging_steps=1,
            **own,
        ),
        train_dataset=data,
        processing_class=tokenizer,
        **extra,
    )
    told = trainer.train()
    return data, trainer, told


TRAINERS = [(kind, name) for kind, of in KINDS.items() for name in of.trainers]


@BOTH
@pytest.mark.parametrize(("kind", "name"), TRAINERS, ids=lambda value: str(value))
@pytest.mark.filterwarnings("ignore")
def test_trl_trains_on_them(kind: str, name: str, style: str, tokenizer, tmp_path: Path) -> None:
    _, trainer, told = trained(kind, style, tokenizer, tmp_path, name)
    assert told.global_step == 1
    assert told.training_loss == told.training_loss  # not NaN
    assert len(trainer.train_dataset) == 8  # none was dropped


@pytest.mark.filterwarnings("ignore")
def test_trl_reads_the_very_prompt_and_reply(tokenizer, tmp_path: Path) -> None:
    data, trainer, _ = trained("preference", "standard", tokenizer, tmp_path, "DPOTrainer")
    for row, read in zip(data, trainer.train_dataset, strict=True):
        assert tokenizer.decode(read["prompt_ids"]) == row["prompt"]
        for name in ("chosen", "rejected"):
            assert tokenizer.decode(read[f"{name}_ids"]) == row[name] + tokenizer.eos_token


@pytest.mark.filterwarnings("ignore")
def test_trl_leaves_the_details_out(tokenizer, tmp_path: Path) -> None:
    _, trainer, _ = trained("preference", "standard", tokenizer, tmp_path, "DPOTrainer")
    (batch,) = islice(trainer.get_train_dataloader(), 1)
    assert not {"person", "scenario", "chosen_answer"} & set(batch)
