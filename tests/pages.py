"""
The pages of docs/ as programs: their sections, and what runs those that share a process.

A section is what lies between two headings of the second level; what comes before the first of them is one too. A page
that says ``session: page`` at its top is one section. The blocks of a section share a namespace. A block that begins
with ``>>>`` is a doctest, another one in Python is executed; one with a file name after its language is a file.

    python -W error tests/pages.py PAGE TITLE ...      run these sections, and print what went wrong, as JSON
"""

import contextlib
import doctest
import io
import json
import re
import sys
import traceback
import warnings
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

HEADING = re.compile(r"^## ", re.MULTILINE)
FENCE = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of code: its language, the name of its file, what it says, and the line of the page before it."""

    kind: str
    file: str
    text: str
    line: int


def sections(page):
    """The sections of a page with their blocks, by title."""
    text = Path(page).read_text()
    headings = [] if re.match(r"---\n[^`]*^session: page$", text, re.MULTILINE) else re.finditer(HEADING, text)
    starts = [0, *(heading.start() for heading in headings), len(text)]
    found = {}
    for start, end in pairwise(starts):
        title = re.search(r"^#+ (.*)", text[start:end], re.MULTILINE)[1]
        found[title] = [
            Block(match[1], match[2] or "", match[3], text.count("\n", 0, match.start(3)))
            for match in FENCE.finditer(text, start, end)
        ]
    return found


def programs(blocks):
    """The blocks that are run as Python, in their order."""
    return [block for block in blocks if block.kind == "python" and not block.file]


def run(block, page, namespace):
    """Run one block; tracebacks show the lines of the page."""
    if not block.text.startswith(">>>"):
        exec(compile("\n" * block.line + block.text, page, "exec"), namespace)
        return
    examples = doctest.DocTestParser().get_doctest(block.text, namespace, Path(page).name, page, block.line)
    examples.globs = namespace  # it has made a copy
    told = io.StringIO()
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    assert not runner.run(examples, out=told.write, clear_globs=False).failed, told.getvalue()


def outcome(blocks, page):
    """What went wrong in a section; empty if all went well."""
    module = sys.modules["__main__"] = ModuleType("__main__")  # where pickle looks for functions
    try:
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            for block in programs(blocks):
                run(block, page, module.__dict__)
    except Exception:
        return traceback.format_exc()
    return ""


def main(page, *titles):
    """Run sections of a page one after the other, each in a namespace of its own."""
    found = sections(page)
    print(json.dumps({title: outcome(found[title], page) for title in titles}))


if __name__ == "__main__":
    sys.path[0] = ""  # what a section imports lies where it is run, not here
    main(*sys.argv[1:])
