"""Words in and out: the text face's actions, the reader of the assistant's words, descriptions.

The reader (`reader`) judges what an assistant said: how much it takes on itself, length, tone,
whether it speaks of what was noticed and whether it is sound English. `words` describes moments to
an assistant, `embedding` gives a situation's words as numbers, `actions` is the action grammar.
Parameters are fitted by `proactive_gym.calibration.language`. People and rewards are not here.
"""
