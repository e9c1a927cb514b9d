"""Fitting code: how the shipped parameters came out of the data. Needs `proactive-gym[calibrate]`.

Nothing outside this package imports it; using the shipped parameters does not need it.
"""
