"""Gymnasium faces of the decision process: single, vector, text. One engine, thin adapters."""
