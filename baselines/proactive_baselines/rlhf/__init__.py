"""RLHF: preference data of the population, and TRL's trainers on language models."""
