# SPDX-License-Identifier: BSD-3-Clause
"""
What a benchmark says, as text for a terminal and as Markdown for RESULTS.md; and what all of them are as programs.

A benchmark builds tables and figures; ``--quick`` asks for fewer problems and repetitions, never for other tables.
``--markdown`` writes them down as a section that begins with the question of the file.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

QUESTION = re.compile(r"\s*(.+?)(?:\n\n|$)", re.DOTALL)


@dataclass(frozen=True)
class Table:
    """Rows of text below their heads, a title, and lines that are shown above them: goals, and how to read it."""

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    name: str = ""  # under which other documents may take it over
    folded: bool = False  # a detail, which Markdown shows when it is clicked

    def __str__(self) -> str:
        return "\n".join([self.title, *(f"   {note}" for note in self.notes), table(self.head, self.rows)])

    def markdown(self) -> str:
        """The same as a section."""
        grid = marked(self.name, pipes(self.head, self.rows)) if self.name else pipes(self.head, self.rows)
        notes = "\n".join(f"- {note.strip()}" for note in self.notes)
        if self.folded:
            return "\n\n".join(["<details>", f"<summary>{self.title}</summary>", notes, grid, "</details>"])
        return "\n\n".join(part for part in (f"### {self.title}", notes, grid) if part)


@dataclass(frozen=True)
class Picture:
    """A figure that lies beside the page."""

    title: str
    file: Path

    def __str__(self) -> str:
        return f"{self.title}: {self.file}"

    def markdown(self) -> str:
        """As it is shown in a page that lies beside the directory of the figures."""
        return f"### {self.title}\n\n![{self.title}]({self.file.parent.name}/{self.file.name})"


Item = Table | Picture


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Rows of text below their heads: the first column to the left, numbers to the right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join(_aligned(row, widths) for row in [head, ["-" * width for width in widths], *rows])


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = row
    cells = [text.rjust(width) for text, width in zip(others, widths[1:], strict=True)]
    return "  ".join([first.ljust(widths[0]), *cells]).rstrip()


def pipes(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """The same in Markdown; every row has as many cells as the head, or it would not be shown as a table."""
    rule = [":--", *["--:"] * (len(head) - 1)]
    lines = [[cell.replace("|", "\\|").strip() for cell in row] for row in (head, rule, *rows)]
    if any(len(line) != len(head) for line in lines):
        raise ValueError(f"rows of {len(head)} cells are expected below {list(head)}")
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


# --------------------------------------------------------------------------------------- tables between markers


def marked(name: str, text: str) -> str:
    """A text between markers that a page does not show."""
    return f"<!-- {name} -->\n{text}\n<!-- /{name} -->"


def _between(name: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=<!-- {name} -->\n).*?(?=^<!-- /{name} -->$)", re.DOTALL | re.MULTILINE)


def between(name: str, page: str) -> str:
    """What stands between the markers of a page."""
    found = _between(name).findall(page)
    if len(found) != 1:
        raise ValueError(f"one pair of markers '{name}' is expected, {len(found)} are there")
    return str(found[0])


def carried_over(names: Iterable[str], source: str, page: str) -> str:
    """A page that has between its markers what another has between the same ones."""
    for name in names:
        old, new = between(name, page), between(name, source)
        page = page.replace(marked(name, old[:-1]), marked(name, new[:-1]))
    return page


# ------------------------------------------------------------------------------------------------- as a program


def parser(description: str) -> argparse.ArgumentParser:
    """What every benchmark understands."""
    made = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--quick", action="store_true", help="fewer problems and repetitions, the same tables")
    made.add_argument("--markdown", type=Path, metavar="FILE", help="write them as a section of a page, too")
    made.add_argument("--figures", type=Path, metavar="DIRECTORY", help="draw what can be drawn, into this directory")
    return made


Build = Callable[[argparse.Namespace], Iterable[Item]]


def program(build: Build, reader: argparse.ArgumentParser) -> None:
    """Show what is built as soon as it is there."""
    options = reader.parse_args()
    items = list(shown(build(options)))
    if options.markdown:
        options.markdown.write_text(section(str(reader.description), items))


def shown(items: Iterable[Item]) -> Iterator[Item]:
    """The same, printed on the way."""
    for item in items:
        print(f"\n{item}", flush=True)
        yield item


def section(description: str, items: Iterable[Item]) -> str:
    """The question, what else there is to say, and the answers."""
    question = QUESTION.match(description)
    first = " ".join(question.group(1).split()) if question else ""
    return "\n\n".join([f"## {first}", *(item.markdown() for item in items)]) + "\n"
