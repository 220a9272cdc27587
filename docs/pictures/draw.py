"""
The pictures of the pages, from runs of numjac.

Each is drawn twice, for light and for dark pages, without a background of its own.

    python docs/pictures/draw.py FOLDER
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")

import matplotlib.pyplot as plt
import numpy as np

import numjac as nj

# Lines of the same hues on white and on black, the latter lighter.
HUES = {
    "light": ["#0b62a4", "#c04f15", "#1b7f4b", "#8a3fa0"],
    "dark": ["#6cb6ff", "#ff9e64", "#6fd69b", "#d3a4e8"],
}
INK = {"light": "#24292f", "dark": "#d5dbe3"}


def style(mode: str) -> dict[str, Any]:
    """What matplotlib is told for light or for dark pages."""
    ink = INK[mode]
    return {
        "figure.figsize": (6.0, 4.0),
        "figure.constrained_layout.use": True,
        "font.size": 10.5,
        "svg.fonttype": "path",
        "svg.hashsalt": "numjac",
        "savefig.transparent": True,
        "legend.frameon": False,
        "axes.prop_cycle": mpl.cycler(color=HUES[mode]),
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": "medium",
    } | dict.fromkeys(("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), ink)


def steps(ax: Any) -> None:
    """Difference quotients of three methods as h shrinks, and what adaptive differences reach."""
    f, x = lambda t: np.exp(np.sin(3 * t)), 0.7
    exact = 3 * np.cos(3 * x) * np.exp(np.sin(3 * x))
    for method, rows in (("forward", 14), ("central", 14), ("complex", 9)):
        study = nj.step_study(f, x, method=method, exact=exact, rows=rows)
        quotients = np.where(study.true_error > 0, study.true_error, np.nan)
        ax.loglog(study.h, quotients, ".-", label=f"{method}, order {study.order}", lw=1.2)
    slope, report = nj.derivative(f, x, method="adaptive", full_output=True)
    found = abs(slope - exact)
    bar = [[0.0], [float(report.error) - found]]
    label = f"adaptive, {int(report.nfev)} evaluations, with its bar"
    ax.errorbar(abs(float(report.step)), found, bar, fmt="*", ms=11, capsize=5, lw=1.5, color="C3", label=label)
    ax.set(xlabel="step h", ylabel="error", title="the derivative of exp(sin 3t) at 0.7")
    ax.set(xlim=(0.3, 3e-16), ylim=(3e-17, 1e4))
    ax.legend(fontsize="small", loc="upper center", ncols=2)


def colours(ax: Any) -> None:
    """The columns of a reaction with diffusion on a grid, in the colours in which they are sampled."""
    pattern = nj.sparse.stencil2d(6, 6, fields=2)
    found = nj.sparse.coloring(pattern)
    nj.plot.pattern(pattern, ax, colors=found)
    for image in ax.images:  # what is empty shows the page
        image.set_cmap(see_through(image.cmap))
    ax.set(aspect="equal", title=f"{found.colors.size} columns in {found.count} colours")
    ax.spines[["top", "right"]].set_visible(True)


def see_through(cmap: Any) -> Any:
    """A list of colours, the first of which is left out."""
    return mpl.colors.ListedColormap([(0, 0, 0, 0), *cmap.colors[1:]])


def bars(ax: Any) -> None:
    """True errors beside the bars that adaptive differences give them, of many functions at many points."""
    points = np.geomspace(0.03, 3, 25)
    wave, bump = lambda t: np.sin(t) / t, lambda t: t**3 / (1 + t**2)
    functions = (np.exp, np.log, np.sin, np.sqrt, np.arctan, np.tanh, wave, bump)
    for order in (4, 8):
        pairs = np.array([pair for f in functions for pair in error_and_bar(f, points, order)])
        held = np.mean(pairs[:, 0] <= pairs[:, 1])
        label = f"order {order}: {held:.1%} of {len(pairs)} bars hold"
        ax.loglog(pairs[:, 0].clip(1e-17), pairs[:, 1], ".", ms=5, alpha=0.7, label=label)
    ends = np.array([1e-16, 1e-8])
    ax.plot(ends, ends, "-", lw=1, color=ax.xaxis.label.get_color())
    ax.set(xlabel="true error, relative", ylabel="error bar, relative")
    ax.legend(fontsize="small", loc="lower right")


def error_and_bar(f: Callable[[Any], Any], points: Any, order: int) -> list[tuple[float, float]]:
    """The relative error of each derivative, against that by identities, and the bar that it was given."""
    exact = nj.derivative(f, points, method="analytic")
    found = [nj.derivative(f, x, method="adaptive", order=order, full_output=True) for x in points]
    return [
        (abs(slope - true) / abs(true), report.error / abs(true))
        for (slope, report), true in zip(found, exact, strict=True)
    ]


PICTURES = {"steps": steps, "colours": colours, "bars": bars}


def main(folder: Path) -> None:
    """Draw all of them into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, picture in PICTURES.items():
        for mode in HUES:
            with mpl.rc_context(style(mode)):
                figure, ax = plt.subplots()
                picture(ax)
                figure.savefig(folder / f"{name}-{mode}.svg", metadata={"Date": None})
                plt.close(figure)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
