"""One life with a rule of one line; `python examples/ten_lines.py`."""

import gymnasium as gym

import proactive_gym  # noqa: F401  registers the environments

env = gym.make("ProactiveAssist-v0", people="validation", sessions=1, render_mode="human")
observation, info = env.reset(seed=7)
total, done = 0.0, False
while not done:
    helps = observation["noticed"][13] > 0.5  # the estimated benefit is above 2.5 of 5
    action = [1, 1, 0, 0] if helps else [0, 0, 0, 0]  # suggest it now, in brief; or stay silent
    observation, reward, terminated, truncated, info = env.step(action)
    total, done = total + reward, terminated or truncated
print(f"{info['persona']} was satisfied by {total / 20:+.2f} a moment, from -1 to 1.")
