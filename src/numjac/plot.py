# SPDX-License-Identifier: BSD-3-Clause
"""
Pictures of derivatives, by matplotlib (the extra ``numjac[plot]``).

Each function draws into the axes `ax`, or into new ones, labels them and returns them; none shows or saves anything.
Matplotlib is imported when the first of them is called.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from numjac.errors import OptionError, ShapeError
from numjac.result import Array, FloatArray
from numjac.sparse import Coloring, Pattern, coloring

__all__ = ["error_map", "heat_map", "pattern", "v_curve"]

# Of a Jacobian, entries smaller than the largest by this part are shown like it; those that are 0 are white.
DECADES = 6

# Negative, zero, positive; their halves are told apart by people who do not see red and green, too.
NEGATIVE, ZERO, POSITIVE = "#2166ac", "#ffffff", "#b2182b"
NO_NUMBER, NO_BOUND, ENTRY = "#b0b0b0", "#d62728", "#000000"

# Seven colours that all people can tell apart (M. Okabe, K. Ito, "Color universal design", 2008).
HUES = ("#e69f00", "#56b4e9", "#009e73", "#f0e442", "#0072b2", "#d55e00", "#cc79a7")

# An odd number of colours has one in the middle.
SHADES = 257

# A pattern has at most so many cells to a side: what is finer is drawn together.
CELLS = 1000

# Logarithmic scales of matplotlib break down near the ends of the range of float64: what is beyond is shown like these.
LEAST, MOST = 1e-250, 1e250

# A branch of a V-shaped curve ends at this part of its lowest point.
BELOW = 0.05


class Curve(Protocol):
    """What `v_curve` draws; a `numjac.StepStudy` is one."""

    @property
    def h(self) -> FloatArray:
        """Steps."""

    @property
    def truncation(self) -> FloatArray:
        """Estimated errors that fall with h."""

    @property
    def rounding(self) -> FloatArray:
        """Estimated errors that grow as h falls."""

    @property
    def error(self) -> float:
        """Bound of the error of adaptive differences."""

    @property
    def step(self) -> float:
        """The step that they took."""

    @property
    def estimate(self) -> FloatArray:
        """Estimated errors."""

    @property
    def true_error(self) -> FloatArray | None:
        """True errors, if they are known."""

    @property
    def best(self) -> int | None:
        """The row of the best step."""

    @property
    def label(self) -> str:
        """Its name."""


def _axes(ax: Any) -> Any:
    """These axes, or new ones."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError("pictures need matplotlib (pip install 'numjac[plot]')") from error
    return plt.subplots(layout="constrained")[1] if ax is None else ax


def _matrix(J: Any, what: str) -> Array:
    """A matrix of real numbers: a scalar as 1 by 1, a vector as a row."""
    if hasattr(J, "tocsr"):
        J = J.toarray()
    array = np.asarray(J)
    if array.dtype.kind not in "biuf":
        raise ShapeError(f"{what} has dtype {array.dtype}, expected real numbers")
    if array.ndim > 2 or not array.size:
        raise ShapeError(f"{what} has shape {array.shape}, expected a matrix with entries; reshape it (f.size, x.size)")
    return np.atleast_2d(array).astype(np.float64)


def _labelled(ax: Any) -> Any:
    """Axes of a matrix, with whole numbers on them."""
    ax.set_xlabel("entry of x")
    ax.set_ylabel("output of f")
    ax.xaxis.get_major_locator().set_params(integer=True)
    ax.yaxis.get_major_locator().set_params(integer=True)
    return ax


def _image(ax: Any, values: Array, colorbar: str, **look: Any) -> Any:
    """A matrix in colours, with a bar that explains them if there is a text for it."""
    image = ax.imshow(values, interpolation="nearest", aspect="auto", **look)
    if colorbar:
        ax.figure.colorbar(image, ax=ax, label=colorbar, extend="neither")
    return _labelled(ax)


def heat_map(J: npt.ArrayLike, ax: Any = None, *, colorbar: bool = True) -> Any:
    """
    A Jacobian in colours that show sign and magnitude.

    Positive entries are red, negative ones blue, zeros white; the depth of the colour is logarithmic over six decades
    below the largest entry. What is not finite is grey.

    Parameters
    ----------
    J : array_like or sparse array
        A matrix; a vector is drawn as a row.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    colorbar : bool, default True
        Explain the colours beside it.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ShapeError
        J has more axes than two, no entries, or entries that are not real.
    ImportError
        Matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> ax = nj.plot.heat_map(nj.jacobian(lambda x: np.diff(x) ** 2, np.arange(6.0)))
    >>> ax.get_xlabel()
    'entry of x'
    """
    values, ax = _matrix(J, "J"), _axes(ax)
    from matplotlib.colors import LinearSegmentedColormap, SymLogNorm

    size = np.abs(values[np.isfinite(values) & (values != 0)]).clip(LEAST, MOST)
    top = float(size.max()) if size.size else 1.0
    least = max(float(size.min(initial=top)), top * 10.0**-DECADES)
    norm = SymLogNorm(linthresh=least, linscale=1.0, vmin=-top, vmax=top, base=10)
    signs = LinearSegmentedColormap.from_list("signs", [NEGATIVE, ZERO, POSITIVE], N=SHADES)
    colours = signs.with_extremes(bad=NO_NUMBER)
    shown = np.where(values == 0, 0.0, np.sign(values) * np.abs(values).clip(least, top))
    shown[~np.isfinite(values)] = np.nan
    return _image(ax, shown, "df/dx" * colorbar, cmap=colours, norm=norm)


def error_map(report: Any, ax: Any = None, *, colorbar: bool = True) -> Any:
    """
    The errors of a Jacobian in colours, logarithmic.

    Parameters
    ----------
    report : Report or array_like
        A report, of which the error bounds are drawn; or errors. A zero is white, an infinite error, of which nothing
        is known, red, and NaN grey.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    colorbar : bool, default True
        Explain the colours beside it.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ShapeError
        The errors have more axes than two, no entries, or are not real.
    ImportError
        Matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> _, report = nj.jacobian(np.sin, [0.0, 1.0, 2.0], method="adaptive", full_output=True)
    >>> ax = nj.plot.error_map(report)
    """
    error, ax = np.abs(_matrix(getattr(report, "error", report), "the error")), _axes(ax)
    import matplotlib as mpl
    from matplotlib.colors import LogNorm

    known = error[np.isfinite(error) & (error > 0)].clip(LEAST, MOST)
    low, high = (float(known.min()), float(known.max())) if known.size else (1.0, 1.0)
    low, high = (low, high) if low < high else (low / 2, high * 2)
    colours = mpl.colormaps["viridis"].with_extremes(bad=NO_NUMBER, over=NO_BOUND, under=ZERO)
    # A logarithm knows no zero and no infinity: they become numbers beyond both ends.
    shown = np.where(error == 0, low / 10, np.where(np.isinf(error), high * 10, error.clip(low, high)))
    return _image(ax, shown, "error" * colorbar, cmap=colours, norm=LogNorm(low, high))


def v_curve(*studies: Curve, ax: Any = None) -> Any:
    """
    The error of difference quotients over h, both logarithmic: falling with truncation, rising with rounding.

    For each study the error is a line, the true one if it is known, else its estimate; truncation is dashed, rounding
    dotted, a circle marks the best h, and a star the step and the error of adaptive differences.

    Parameters
    ----------
    *studies : StepStudy
        What `numjac.step_study` returns.
    ax : matplotlib.axes.Axes, optional
        Where to draw.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    OptionError
        There is no study.
    ImportError
        Matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> ax = nj.plot.v_curve(*(nj.step_study(np.exp, 1.0, method=m) for m in ("forward", "central", "complex")))
    >>> ax.get_xscale(), ax.get_yscale()
    ('log', 'log')
    """
    if not studies:
        raise OptionError("no study to draw, expected at least one")
    ax = _axes(ax)
    ax.set_xscale("log")
    ax.set_yscale("log")
    for study in studies:
        _draw(study, ax)
    ax.set_xlabel("h")
    ax.set_ylabel("error")
    ax.legend(fontsize="small")
    return ax


def _positive(values: Array, least: float = LEAST) -> FloatArray:
    """What a logarithmic axis can show."""
    return np.where((values > least) & (values < MOST), values, np.nan)


def _draw(study: Curve, ax: Any) -> None:
    """One study in a colour of its own."""
    true = study.true_error
    told = study.estimate if true is None else true
    (line,) = ax.plot(study.h, _positive(told), ".-", label=study.label)
    colour = line.get_color()
    # The branch that is far below the other would only make the picture taller.
    least = BELOW * float(np.min(study.estimate, where=np.isfinite(study.estimate), initial=np.inf))
    least = max(least, LEAST) if np.isfinite(least) else LEAST
    ax.plot(study.h, _positive(study.truncation, least), "--", color=colour, lw=0.8)
    ax.plot(study.h, _positive(study.rounding, least), ":", color=colour, lw=0.8)
    best = study.best
    if best is not None:  # a true error of 0 is on no logarithmic axis, its estimate is
        height = _positive(np.array([told[best] or study.estimate[best]]))
        ax.plot(study.h[best : best + 1], height, "o", color=colour, ms=9, mfc="none", label="_best")
    place = _positive(np.array([study.step, study.error]))
    ax.plot(place[:1], place[1:], "*", color=colour, ms=11, label="_adaptive")


def pattern(J: Any, ax: Any = None, *, colors: Any = None) -> Any:
    """
    Where a Jacobian is not zero: black cells on white, or columns in their colours.

    Parameters
    ----------
    J : array_like, sparse array or Pattern
        A matrix; of a sparse one all entries that are stored and not zero. NaN is not zero. A matrix with more than
        1000 rows or columns is drawn with coarser cells, each filled if anything in it is.
    ax : matplotlib.axes.Axes, optional
        Where to draw.
    colors : Coloring, array_like of int, or True, optional
        What `numjac.sparse.coloring` found, or a number for each column: entries of columns that are sampled together
        have the same colour. True finds the colours. There are 21; then they are used again.

    Returns
    -------
    matplotlib.axes.Axes
        Its title counts the entries, or tells the colouring.

    Raises
    ------
    ShapeError
        J is not a matrix, or has no entries.
    OptionError
        There are not as many colours as columns.
    ImportError
        Matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> import numjac as nj
    >>> ax = nj.plot.pattern(np.tri(4))
    >>> ax.get_title()
    '10 of 16 entries'
    >>> ax = nj.plot.pattern(nj.sparse.stencil2d(8, 8), colors=True)
    >>> ax.get_title()
    '64 columns in 7 colours, bound 5, natural'
    """
    (m, n), i, j = _places(J)
    ax = _axes(ax)
    from matplotlib.colors import ListedColormap

    number, title = _colors_of(J, colors, n)
    palette = [ENTRY] if number is None else _palette()
    cells = np.zeros((min(m, CELLS), min(n, CELLS)))
    shade = 1.0 if number is None else 1.0 + number[j] % len(palette)
    cells[i * len(cells) // m, j * cells.shape[1] // n] = shade
    ax.set_title(title or f"{i.size} of {m * n} entries")
    look = {"cmap": ListedColormap([ZERO, *palette]), "vmin": 0, "vmax": len(palette)}
    return _image(ax, cells, "", extent=(-0.5, n - 0.5, m - 0.5, -0.5), **look)


def _colors_of(J: Any, colors: Any, n: int) -> tuple[Array | None, str]:
    """The colour of each column, and what there is to say of them."""
    if colors is None:
        return None, ""
    if colors is True:
        colors = coloring(J)
    number = np.asarray(colors.colors if isinstance(colors, Coloring) else colors)
    if number.shape != (n,) or number.dtype.kind not in "iu":
        raise OptionError(f"colors: found {number.dtype} of shape {number.shape}, expected {n} integers, one a column")
    return number, repr(colors) if isinstance(colors, Coloring) else f"{n} columns in {np.unique(number).size} colours"


def _palette() -> list[tuple[float, ...]]:
    """Seven hues; then darker ones, then lighter ones."""
    from matplotlib.colors import to_rgb

    hues = [np.array(to_rgb(code)) for code in HUES]
    return [tuple(hue * part + white) for part, white in ((1, 0), (0.55, 0), (0.5, 0.5)) for hue in hues]


def _places(J: Any) -> tuple[tuple[int, int], Array, Array]:
    """The shape of a matrix, and the rows and columns of what is not zero in it."""
    if isinstance(J, Pattern) and J.shape[0] * J.shape[1]:
        return J.shape, J.row.astype(np.intp), J.column.astype(np.intp)
    if hasattr(J, "tocsr"):
        found = J.tocoo()
        kept = found.data != 0
        shape, i, j = found.shape, found.row[kept].astype(np.intp), found.col[kept].astype(np.intp)
    else:
        matrix = np.atleast_2d(np.asarray(J))
        shape, (i, j) = matrix.shape, np.nonzero(matrix) if matrix.ndim == 2 else (np.empty(0), np.empty(0))
    if len(shape) != 2 or not shape[0] * shape[1]:
        raise ShapeError(f"J has shape {shape}, expected a matrix with entries")
    return shape, i, j
