import subprocess
import sys

import pytest

from proactive_gym.cli.calibrate import _show


@pytest.mark.parametrize("library", ["pandas", "statsmodels"])
def test_without_the_extra_one_line_names_it(library: str) -> None:
    # In a process of its own: half an import would stay behind.
    code = (
        f"import sys; sys.modules['{library}'] = None\n"
        "from proactive_gym.cli import app\napp(['calibrate'])"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "proactive-gym[calibrate]" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_the_summary_names_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    _show({"r, satisfaction": (0.5123, 0.49), "[bold]": (1.0, 2.0)})
    told = capsys.readouterr().out
    assert "r, satisfaction" in told
    assert "0.512" in told
    assert "0.490" in told
    assert "[bold]" in told
