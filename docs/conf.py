"""How Sphinx builds the site: `python -m sphinx -W -b html docs docs/_build`, offline.

Pages are Markdown. Where a page says `<!-- docstring module:Class -->`, the class's docstring
stands in the site, and for `<!-- assumptions module:Class -->` a table of its assumed numbers: what
the code says is written once, beside the code.
"""

import inspect
import os
import re
from importlib import import_module
from importlib.metadata import version as version_of
from typing import Any

from sphinx.application import Sphinx

project = "proactive-gym"
author = "The proactive-gym authors"
version = release = version_of("proactive-gym")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
exclude_patterns = ["_build"]
default_role = "code"  # docstrings write `name`, as Markdown does
nitpicky = False

html_theme = "furo"
html_title = f"proactive-gym {version}"
html_show_sourcelink = False
html_copy_source = False
html_show_sphinx = False

myst_heading_anchors = 3
autodoc_member_order = "bysource"
autodoc_typehints = "none"  # docstrings name shapes and units, which types do not
napoleon_attr_annotations = False
napoleon_numpy_docstring = False
napoleon_use_rtype = False

_ELSEWHERE = {
    "../agents/proactive_agents/lm/embedded/README.md": "model.md",
    **{
        f"../proactive_gym/data/{name}.md": f"cards.md#{name}-card"
        for name in ("personas", "scenarios", "judgments", "alternatives", "diaries", "splits")
    },
}
"""Where the site shows Markdown files that lie outside this folder, to which pages link."""
_MADE = re.compile(r"^<!-- (docstring|assumptions) ([\w.]+):(\w+) -->$", re.MULTILINE)


def _assumptions(documented: Any) -> str:
    """The assumed numbers of a class as a Markdown table."""
    head = ["| name | value | range | meaning | source |", "|---|---:|---|---|---|"]
    rows = [
        f"| `{a.name}` | {a.default:g} | {a.low:g} to {a.high:g} | {a.meaning} | {a.source} |"
        for a in documented().described()
    ]
    return "\n".join([*head, *rows])


def _with_what_is_made(app: Sphinx, page: str, source: list[str]) -> None:
    """Put docstrings and tables in the place of the comments that name them."""

    def made(match: re.Match[str]) -> str:
        documented = getattr(import_module(match[2]), match[3])
        # The page is built anew when the module changes.
        app.env.note_dependency(os.fspath(inspect.getsourcefile(documented) or ""))
        if match[1] == "assumptions":
            return _assumptions(documented)
        return inspect.getdoc(documented) or ""

    text = _MADE.sub(made, source[0])
    for file, shown in _ELSEWHERE.items():
        text = text.replace(f"]({file})", f"]({shown})")
    source[0] = text


def setup(app: Sphinx) -> None:
    """Called by Sphinx."""
    app.connect("source-read", _with_what_is_made)
