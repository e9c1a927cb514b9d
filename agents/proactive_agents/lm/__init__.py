"""The embedded language model: prompts, tokenizer, corpus, training, decisions and messages."""
