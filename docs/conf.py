"""How the pages of this folder become a site; `make docs` builds it in build/docs/html."""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

from sphinx_gallery.sorting import FileNameSortKey

import numjac as nj

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE / "pictures"))
import draw  # noqa: E402  # from docs/pictures

project = "numjac"
author = "The numjac developers"
copyright = author  # noqa: A001  # as Sphinx calls it
version = release = nj.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx_copybutton",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["gallery/*.py", "gallery/*.ipynb"]
templates_path = ["_templates"]

# Every reference in a page or a docstring leads somewhere; `make docs` makes warnings errors.
nitpicky = True
default_role = "autolink"
smartquotes = False  # f' is a derivative, and "auto" a text of Python
nitpick_ignore_regex = [("py:obj", r"(functools|matplotlib|numpy|np|scipy)\..*")]  # their pages are not at hand
suppress_warnings = ["config.cache"]  # of the gallery, whose settings hold a class

myst_enable_extensions = ["attrs_block", "colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# ------------------------------------------------------------------------------------------------------- the reference

# numjac.Jacobian and numjac.jacobian would be one file where names of files know no case.
CLASSES = ("Compiled", "Derivative", "Gradient", "Hessian", "Jacobian", "Plan")
autosummary_filename_map = {f"numjac.{name}": f"numjac.{name}-class" for name in CLASSES}
autodoc_typehints = "none"  # the docstrings tell types in words
numpydoc_show_class_members = False  # the template of classes does
numpydoc_xref_param_type = False

# --------------------------------------------------------------------------------------------------------- the gallery

EXAMPLES = HERE.parent / "examples" / "gallery"
STAGE = HERE.parent / "build" / "docs" / "examples"

HEADING = """\
Gallery
=======

Whole programs, each about one thing, with what they print and draw. All of them lie in ``examples/gallery`` and can be
downloaded from their pages, as a script or a notebook.
"""


def stage() -> str:
    """A copy of the examples with a heading, which the gallery wants to find beside them."""
    shutil.rmtree(STAGE, ignore_errors=True)
    STAGE.mkdir(parents=True)
    if EXAMPLES.is_dir():
        shutil.copytree(EXAMPLES, STAGE, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    if not list(STAGE.glob("GALLERY_HEADER.*")):
        (STAGE / "GALLERY_HEADER.rst").write_text(HEADING)
    return str(STAGE)


sphinx_gallery_conf = {
    "examples_dirs": stage(),
    "gallery_dirs": "gallery",
    "filename_pattern": r"\.py$",  # all are run
    "ignore_pattern": r"__init__\.py",
    "within_subsection_order": FileNameSortKey,
    "backreferences_dir": "reference/generated/backreferences",
    "doc_module": ("numjac",),
    "remove_config_comments": True,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,
    "plot_gallery": True,
}

# ------------------------------------------------------------------------------------------------------------ the look

html_theme = "pydata_sphinx_theme"
html_title = "numjac"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system has it
html_show_sourcelink = False
html_sidebars = {"index": [], "tutorial": []}
html_theme_options = {
    "logo": {"text": "numjac"},
    "show_prev_next": True,
    "secondary_sidebar_items": ["page-toc"],
    "navigation_depth": 2,
    "footer_start": ["copyright"],
    "footer_end": [],
    "pygments_light_style": "a11y-high-contrast-light",
    "pygments_dark_style": "a11y-high-contrast-dark",
}
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True


def link_errors(app: Any, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Docstrings call errors and warnings by their names alone; they live in a module of their own."""
    lines[:] = [re.sub(r"(?<!`)`(\w+(?:Error|Warning))`(?!`)", r"`~numjac.errors.\1`", line) for line in lines]


def setup(app: Any) -> None:
    """Draw the pictures anew for each build."""
    app.connect("autodoc-process-docstring", link_errors)
    app.connect("builder-inited", lambda _: draw.main(HERE / "pictures" / "generated"))
