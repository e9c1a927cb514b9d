"""Assistants and what they share: the agents' protocol, their registry, their weights on disk.

Importing it loads no optional library.
"""
