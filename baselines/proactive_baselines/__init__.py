"""Policies to compare with: from saying nothing to knowing everything.

The informed policies and the oracles read the simulator itself; they measure how much there is to
win, and are no assistants.
"""
