"""The embedded language model: a Llama of under two million parameters, shipped with the package.

Two checkpoints: `untuned` speaks of situations in all degrees of autonomy and styles, and knows
nothing of who wants what; `population` has learnt what the 800 liked.
"""

from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

UNTUNED, POPULATION = "untuned", "population"
VOCABULARY = 3072
LONGEST = 1024
"""Tokens of the longest prompt and reply; rows of training text are not longer either."""


def fresh(tokenizer: PreTrainedTokenizerFast, width: int, layers: int) -> LlamaForCausalLM:
    """An untrained model; torch's random state decides its weights."""
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=3 * width,
        num_hidden_layers=layers,
        num_attention_heads=width // 32,
        num_key_value_heads=width // 32,
        max_position_embeddings=LONGEST,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    return LlamaForCausalLM(config)
