"""`python -m proactive_gym` is `proactive-gym`."""

from proactive_gym.cli import app

app(prog_name="proactive-gym")
