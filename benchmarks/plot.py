# SPDX-License-Identifier: BSD-3-Clause
"""What the tables say, drawn: error against evaluations, error against price, and time as n grows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from estimators import AUTO
from goals import Scores
from score import Score

TICKS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
MARKS = "os^vDPX*<>hpd8"
# Text stays text, and the same figure the same file.
SVG = {"svg.fonttype": "none", "svg.hashsalt": "numjac", "font.size": 9}


@contextmanager
def figure(file: Path, columns: int = 1) -> Iterator[Any]:
    """Axes to draw on, side by side, and a legend beside them."""
    try:
        import matplotlib as mpl
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SystemExit(f"figures need matplotlib: pip install 'numjac[plot]' ({error})") from None
    with mpl.rc_context(SVG):
        made = Figure(figsize=(6 + 4 * columns, 5), layout="constrained")
        yield made.subplots(1, columns, sharey=True, squeeze=False)[0]
        made.legend(*made.get_axes()[-1].get_legend_handles_labels(), loc="outside right")
        file.parent.mkdir(parents=True, exist_ok=True)
        made.savefig(file, metadata={"Date": None})


def evaluations(file: Path, panels: Mapping[str, Scores]) -> Path:
    """The error of each method against its evaluations; one panel for each set of problems, by its title."""
    with figure(file, len(panels)) as every:
        for axes, (title, scores) in zip(every, panels.items(), strict=True):
            axes.set(title=title, xlabel="evaluations per column", xscale="log", yscale="log")
            axes.set_xticks(TICKS, map(str, TICKS))
            axes.minorticks_off()
            for i, (name, found) in enumerate(scores.items()):
                if found is not None and name != AUTO:
                    # Those with as many evaluations stand side by side.
                    draw(axes, i, name, found, found.per_column * 1.01 ** (i - 6))
        every[0].set_ylabel("relative error: median, and up to p90")
    return file


def price(file: Path, found: Mapping[str, tuple[float, Score]]) -> Path:
    """The error of each contender against its time, in calls of f."""
    with figure(file) as (axes,):
        axes.set(xlabel="CPU time of a Jacobian, in calls of f, median", xscale="log", yscale="log")
        axes.set_ylabel("relative error of all entries: median, and up to p90")
        for i, (name, (time, score)) in enumerate(found.items()):
            if np.isfinite(time):
                draw(axes, i, name, score, time)
    return file


def growth(file: Path, found: Mapping[str, Sequence[tuple[int, float]]]) -> Path:
    """The time of each contender over that of numjac auto, which is a line at one."""
    with figure(file) as (axes,):
        axes.set(xlabel="n", ylabel=f"CPU time / {AUTO}", xscale="log", yscale="log")
        for i, (name, points) in enumerate(found.items()):
            if points:
                axes.plot(*zip(*points, strict=True), linestyle=LINES[i // 10 % len(LINES)], **look(i, name))
    return file


LINES = ("-", "--", ":")


def look(i: int, name: str) -> dict[str, Any]:
    """Marks and colours that differ; a full mark if it is ours."""
    fill = "full" if name.startswith("numjac") else "none"
    return {"marker": MARKS[i % len(MARKS)], "color": f"C{i % 10}", "fillstyle": fill, "label": name}


def draw(axes: Any, i: int, name: str, found: Score, x: float) -> None:
    """One method; the axis ends at 1, which is as good as no digit at all."""
    low, high = (float(np.clip(found.quantile(q), 1e-17, 1)) for q in (0.5, 0.9))
    axes.plot(x, low, linestyle="", **look(i, name))
    axes.vlines(x, low, high, linewidth=1, color=f"C{i % 10}")
