# SPDX-License-Identifier: BSD-3-Clause
"""Error against evaluations, drawn: the median of each method, and a thin line up to its 90th percentile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from estimators import AUTO
from goals import Scores
from score import Score

TICKS = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32)
MARKS = "os^vDPX*<>hpd8"


def plot(file: str, panels: Mapping[str, Scores]) -> None:
    """One panel for each set of problems, by its title."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise SystemExit(f"--plot needs matplotlib: pip install 'numjac[plot]' ({error})") from None
    figure = Figure(figsize=(12, 5), layout="constrained")
    for axes, (title, scores) in zip(figure.subplots(1, len(panels), sharey=True), panels.items(), strict=True):
        axes.set(title=title, xlabel="evaluations per column", xscale="log", yscale="log")
        axes.set_xticks(TICKS, map(str, TICKS))
        axes.minorticks_off()
        for i, (name, found) in enumerate(scores.items()):
            if found is not None and name != AUTO:
                draw(axes, i, name, found)
    figure.get_axes()[0].set_ylabel("relative error: median, and up to p90")
    figure.legend(*figure.get_axes()[-1].get_legend_handles_labels(), loc="outside right")
    figure.savefig(file)


def draw(axes: Any, i: int, name: str, found: Score) -> None:
    """One method, a full mark if it is ours; the axis ends at 1, which is as good as no digit at all."""
    low, high = (float(np.clip(found.quantile(q), 1e-17, 1)) for q in (0.5, 0.9))
    x = found.per_column * 1.01 ** (i - 6)  # those with as many evaluations stand side by side
    fill = "full" if name.startswith("numjac") else "none"
    (mark,) = axes.plot(x, low, MARKS[i % len(MARKS)], color=f"C{i % 10}", fillstyle=fill, linestyle="", label=name)
    axes.vlines(x, low, high, linewidth=1, color=mark.get_color())
