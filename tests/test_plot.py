"""Pictures are rendered and looked at: what is on them is where it should be, in the colour it should have."""

import doctest
import io
import os
import subprocess
import sys

import numpy as np
import pytest

import numjac as nj

mpl = pytest.importorskip("matplotlib")
mpl.use("Agg")
plt = pytest.importorskip("matplotlib.pyplot")

WHITE = (1.0, 1.0, 1.0)
INK = 0.02  # colours that differ by less are the same: a pixel has 8 bits


@pytest.fixture(autouse=True)
def nothing_is_shown(monkeypatch):
    def show(*args, **kwargs):
        raise AssertionError("a picture was shown")

    monkeypatch.setattr(plt, "show", show)
    yield
    plt.close("all")


class Picture:
    """The pixels of a figure as PNG, and where they are in the coordinates of some axes."""

    def __init__(self, ax):
        file = io.BytesIO()
        ax.figure.savefig(file, format="png", dpi="figure")
        assert file.getvalue().startswith(b"\x89PNG")
        file.seek(0)
        self.pixels = plt.imread(file)[..., :3]
        self.ax = ax

    def place(self, x, y):
        """Row and column of the pixel at a point."""
        across, up = self.ax.transData.transform((x, y))
        return round(len(self.pixels) - 1 - up), round(across)

    def at(self, x, y):
        return self.pixels[self.place(x, y)]

    def near(self, x, y, colour, reach=2):
        """Whether a pixel at most so far from a point has this colour."""
        row, column = self.place(x, y)
        part = self.pixels[row - reach : row + reach + 1, column - reach : column + reach + 1]
        return bool(np.any(np.all(np.abs(part - colour) < 0.15, axis=-1)))

    def inside(self):
        """The pixels of the axes without their frame, and the row and column of the first."""
        box = self.ax.get_window_extent()
        top, left = len(self.pixels) - int(box.y1) + 3, int(box.x0) + 3
        return self.pixels[top : len(self.pixels) - int(box.y0) - 3, left : int(box.x1) - 3], top, left


def is_red(colour):
    return colour[0] > colour[2] + INK


def is_blue(colour):
    return colour[2] > colour[0] + INK


def is_grey(colour):
    return np.ptp(colour) < INK and 0.2 < colour[0] < 0.95


def rgb(line):
    return np.array(mpl.colors.to_rgb(line.get_color()))


# ---------------------------------------------------------------------------------------- heat maps


def test_a_heat_map_shows_signs():
    J = np.array([[5.0, -5.0, 0.0, 1e-3], [-1e-3, 1e-30, -1e-30, np.nan], [np.inf, -np.inf, -0.0, 2.0]])
    picture = Picture(nj.plot.heat_map(J))
    for (i, j), entry in np.ndenumerate(J):
        colour = picture.at(j, i)
        if not np.isfinite(entry):
            assert is_grey(colour)
        elif entry == 0:
            assert colour == pytest.approx(WHITE, abs=INK)
        else:
            assert is_red(colour) == (entry > 0)
            assert is_blue(colour) == (entry < 0)


def test_a_heat_map_shows_magnitudes():
    row = [1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5]
    picture = Picture(nj.plot.heat_map([row, [-v for v in row]]))
    for i in (0, 1):
        depth = [1 - picture.at(j, i).min() for j in range(len(row))]
        assert np.all(np.diff(depth) < -0.05)


@pytest.mark.parametrize("scale", [1e-307, 1e-20, 1.0, 1e307])
def test_a_heat_map_of_any_scale(scale):
    picture = Picture(nj.plot.heat_map(np.array([[1.0, -1.0], [0.0, 0.01]]) * scale))
    assert is_red(picture.at(0, 0))
    assert is_blue(picture.at(1, 0))
    assert picture.at(0, 1) == pytest.approx(WHITE, abs=INK)


@pytest.mark.parametrize("J", [np.zeros((2, 3)), np.zeros(3), 0.0])
def test_a_heat_map_of_nothing_is_white(J):
    picture = Picture(nj.plot.heat_map(J))
    assert picture.at(0, 0) == pytest.approx(WHITE, abs=INK)


def test_a_heat_map_of_a_sparse_jacobian():
    sparse = pytest.importorskip("scipy.sparse")
    J = np.diag([1.0, -1.0, 1.0])
    assert np.array_equal(Picture(nj.plot.heat_map(sparse.csr_array(J))).pixels, Picture(nj.plot.heat_map(J)).pixels)


def test_axes_are_labelled():
    for ax in (nj.plot.heat_map(np.eye(2)), nj.plot.error_map(np.eye(2)), nj.plot.pattern(np.eye(2))):
        assert ax.get_xlabel() == "entry of x"
        assert ax.get_ylabel() == "output of f"
    ax = nj.plot.v_curve(nj.step_study(np.exp, 1.0))
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("h", "error")


def test_pictures_are_drawn_where_they_are_wanted():
    figure, axes = plt.subplots(2, 2)
    study = nj.step_study(np.exp, 1.0)
    drawn = [
        nj.plot.heat_map(np.eye(2), axes[0, 0], colorbar=False),
        nj.plot.error_map(np.eye(2), ax=axes[0, 1], colorbar=False),
        nj.plot.pattern(np.eye(2), axes[1, 0]),
        study.plot(axes[1, 1]),
    ]
    assert drawn == list(axes.flat)
    assert plt.get_fignums() == [figure.number]
    assert len(figure.axes) == 4


@pytest.mark.parametrize("draw", ["heat_map", "error_map", "pattern"])
@pytest.mark.parametrize("J", [np.zeros((2, 2, 2)), np.zeros((0, 2)), []])
def test_what_is_no_matrix(draw, J):
    with pytest.raises(nj.errors.ShapeError, match="expected a matrix"):
        getattr(nj.plot, draw)(J)
    assert plt.get_fignums() == []  # no empty figure is left


@pytest.mark.parametrize("J", [1j * np.eye(2), [["a"]], None])
def test_what_has_no_sign(J):
    with pytest.raises(nj.errors.ShapeError, match="expected real numbers"):
        nj.plot.heat_map(J)


# --------------------------------------------------------------------------------------- error maps


def test_an_error_map_grows_brighter_with_the_error():
    errors = np.array([[1e-15, 1e-12, 1e-9, 1e-6], [0.0, np.inf, np.nan, 1e-6]])
    picture = Picture(nj.plot.error_map(errors))
    light = [picture.at(j, 0) @ [0.2126, 0.7152, 0.0722] for j in range(4)]
    assert np.all(np.diff(light) > 0.1)
    assert picture.at(0, 1) == pytest.approx(WHITE, abs=INK)
    assert is_red(picture.at(1, 1))
    assert is_grey(picture.at(2, 1))


def test_an_error_map_of_a_report():
    def f(x):
        return np.array([np.sin(x[0]) + abs(x[1]), 1e6 * np.exp(x[0])])

    with pytest.warns(nj.errors.NonSmoothWarning):
        _, report = nj.jacobian(f, [1.0, 0.0], method="adaptive", full_output=True)
    picture = Picture(nj.plot.error_map(report))
    assert is_red(picture.at(1, 0))  # the kink: nothing is known
    assert not is_red(picture.at(0, 0))
    assert picture.at(0, 1).sum() > picture.at(0, 0).sum()


@pytest.mark.parametrize(
    "error", [np.zeros((2, 2)), np.full((2, 2), np.inf), np.full((2, 2), 1e-9), 0.0, 4e-320, 1e308]
)
def test_an_error_map_with_nothing_to_compare(error):
    Picture(nj.plot.error_map(error))


# ----------------------------------------------------------------------------------------- V-curves


def profile(picture):
    """Of each column of pixels inside the axes the highest row with ink, and the columns."""
    pixels, top, left = picture.inside()
    ink = np.any(pixels < 0.9, axis=-1)
    columns = np.flatnonzero(ink.any(axis=0))
    return columns + left, np.argmax(ink[:, columns], axis=0) + top


@pytest.mark.parametrize(("method", "order"), [("forward", 1), ("central", 2), ("central", 4)])
def test_a_v_curve_has_its_minimum_where_it_should_be(method, order):
    study = nj.step_study(np.exp, 1.0, method=method, order=order, factor=0.5, rows=45)
    ax = study.plot()
    ax.get_legend().remove()
    for line in list(ax.lines):
        if line.get_label() in ("_best", "_adaptive"):
            line.remove()
    picture = Picture(ax)
    columns, rows = profile(picture)
    lowest = columns[rows == rows.max()]
    _, wanted = picture.place(study.best_h, study.estimate[study.best])
    _, next_ = picture.place(study.best_h / 2, study.estimate[study.best])
    assert abs(lowest.mean() - wanted) <= abs(next_ - wanted)
    # It is a V: higher at both ends, at the left for rounding, at the right for truncation.
    assert rows[0] < rows.max() - 50
    assert rows[-1] < rows.max() - 50


def test_a_v_curve_goes_through_its_points():
    study = nj.step_study(np.exp, 1.0)
    ax = study.plot()
    ax.get_legend().remove()
    picture, colour = Picture(ax), rgb(ax.lines[0])
    for h, error in zip(study.h, study.estimate, strict=True):
        assert picture.near(h, error, colour)
    assert not picture.near(1e-3, 1e-3, colour)


def test_a_v_curve_shows_the_true_error_if_it_is_known():
    study = nj.step_study(np.sin, 1.0, exact=np.cos(1.0) + 1e-4)  # a wrong one, so that it is told from the estimate
    ax = study.plot()
    ax.get_legend().remove()
    picture, colour = Picture(ax), rgb(ax.lines[0])
    assert study.true_error[5] == pytest.approx(1e-4, rel=1e-3)
    assert picture.near(study.h[5], 1e-4, colour)


@pytest.mark.parametrize("label", ["_best", "_adaptive"])
def test_the_chosen_steps_are_marked(label):
    study = nj.step_study(np.exp, 1.0, method="forward")
    ax = study.plot()
    with_mark = Picture(ax).pixels
    (mark,) = [line for line in ax.lines if line.get_label() == label]
    mark.set_visible(False)
    picture = Picture(ax)
    rows, columns = np.nonzero(np.any(with_mark != picture.pixels, axis=-1))
    place = (study.best_h, study.estimate[study.best]) if label == "_best" else (study.step, study.error)
    row, column = picture.place(*place)
    assert rows.size > 10
    assert (rows.min() + rows.max()) / 2 == pytest.approx(row, abs=2)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(column, abs=2)


def test_a_best_step_without_any_error_is_marked():
    study = nj.step_study(np.exp, 1.0, method="complex", exact=np.e)
    assert study.true_error[study.best] == 0
    ax = study.plot()
    ax.get_legend().remove()
    assert Picture(ax).near(study.best_h, study.estimate[study.best], rgb(ax.lines[0]), reach=9)


def test_several_studies_in_one_figure():
    studies = [nj.step_study(np.exp, 1.0, method=method) for method in ("forward", "central", "complex")]
    ax = None
    for study in studies:
        ax = study.plot(ax)
    assert len(plt.get_fignums()) == 1
    texts = [text.get_text() for text in ax.get_legend().get_texts()]
    assert texts == ["forward of order 1, exp", "central of order 2, exp", "complex of order 2, exp"]
    colours = [rgb(line) for line in ax.lines if line.get_label() in texts]
    assert len({tuple(colour) for colour in colours}) == 3
    ax.get_legend().remove()
    picture = Picture(ax)
    for study, colour in zip(studies, colours, strict=True):
        assert picture.near(study.h[9], study.estimate[9], colour)
    together = [line.get_xydata() for line in nj.plot.v_curve(*studies).lines]
    assert all(np.array_equal(a.get_xydata(), b, equal_nan=True) for a, b in zip(ax.lines, together, strict=True))


@pytest.mark.filterwarnings("ignore::numjac.errors.NumjacWarning")
@pytest.mark.parametrize(
    ("f", "x", "options"),
    [
        (lambda x: 0.0, 1.0, {}),
        (lambda x: np.nan, 1.0, {}),
        (abs, 0.0, {"method": "forward"}),
        (np.square, 1.0, {"rows": 1}),
        (np.square, 1.0, {"exact": 2.0, "factor": 1e-200, "rows": 4}),
        (lambda x: np.exp(1j * x), 1.0, {}),
    ],
)
def test_studies_with_little_to_draw(f, x, options):
    Picture(nj.step_study(f, x, **options).plot())


def test_no_study_at_all():
    with pytest.raises(nj.errors.OptionError, match="at least one"):
        nj.plot.v_curve()


# ----------------------------------------------------------------------------------------- patterns


def test_a_pattern_is_black_where_a_jacobian_is_not_zero():
    J = np.array([[1.0, 0.0, -1e-300], [0.0, np.nan, 0.0]])
    ax = nj.plot.pattern(J)
    picture = Picture(ax)
    for (i, j), entry in np.ndenumerate(J):
        assert picture.at(j, i) == pytest.approx(WHITE if entry == 0 else (0, 0, 0), abs=INK)
    assert ax.get_title() == "3 of 6 entries"


def test_a_pattern_of_a_sparse_jacobian():
    pytest.importorskip("scipy.sparse")
    J = nj.jacobian(lambda x: np.diff(x) ** 2, np.arange(6.0), sparsity="detect")
    picture = Picture(nj.plot.pattern(J))
    for i in range(5):
        for j in range(6):
            black = j in (i, i + 1) and not (i == 0 and j == 6)
            assert picture.at(j, i) == pytest.approx((0, 0, 0) if black else WHITE, abs=INK)


def test_a_pattern_of_many_entries_keeps_its_shape():
    sparse = pytest.importorskip("scipy.sparse")
    n = 1_000_000
    J = sparse.eye_array(n, format="csr")
    ax = nj.plot.pattern(J)
    picture = Picture(ax)
    for part in (0.1, 0.5, 0.9):
        assert picture.near(part * n, part * n, (0, 0, 0))
        assert picture.at(part * n, (1 - part) * n + 0.05 * n) == pytest.approx(WHITE, abs=INK)
    assert ax.get_title() == f"{n} of {n * n} entries"


def test_explicit_zeros_are_no_entries():
    sparse = pytest.importorskip("scipy.sparse")
    J = sparse.csr_array(np.eye(2))
    J.data[1] = 0.0
    assert nj.plot.pattern(J).get_title() == "1 of 4 entries"


def test_columns_of_one_colour_look_alike():
    band = nj.sparse.banded(9, 1, 1)
    ax = nj.plot.pattern(band, colors=nj.sparse.coloring(band))
    picture = Picture(ax)
    seen = [tuple(picture.at(j, j)) for j in range(9)]
    assert seen[:3] * 3 == seen
    assert len(set(seen)) == 3
    assert WHITE not in seen
    for i in range(9):
        for j in range(9):
            assert picture.at(j, i) == pytest.approx(seen[j] if abs(i - j) <= 1 else WHITE, abs=INK)
    assert ax.get_title() == "9 columns in 3 colours, bound 3, natural"


def test_colours_may_be_numbers_or_found_here():
    picture = Picture(ax := nj.plot.pattern(np.eye(4), colors=[0, 1, 1, 22]))
    seen = [tuple(picture.at(j, j)) for j in range(4)]
    assert seen[1] == seen[2] == seen[3] != seen[0]  # there are 21, and then the first again
    assert ax.get_title() == "4 columns in 3 colours"
    assert nj.plot.pattern(np.eye(4), colors=True).get_title() == "4 columns in 1 colour, bound 1, natural"
    for wrong in ([0, 1], [0.0, 1, 2, 3], np.zeros((4, 1), int)):
        with pytest.raises(nj.errors.OptionError, match="expected 4 integers"):
            nj.plot.pattern(np.eye(4), colors=wrong)


def test_a_large_pattern_in_colours():
    grid = nj.sparse.stencil2d(400, 400)
    ax = nj.plot.pattern(grid, colors=nj.sparse.coloring(grid, orders=("natural",)))
    part, _, _ = Picture(ax).inside()
    assert len(np.unique(part.reshape(-1, 3), axis=0)) > 4
    assert ax.get_title() == "160000 columns in 7 colours, bound 5, natural"


# --------------------------------------------------------------------------------------- matplotlib


@pytest.mark.parametrize("draw", [nj.plot.heat_map, nj.plot.error_map, nj.plot.pattern])
def test_without_matplotlib_the_extra_is_named(draw, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'numjac\[plot\]'"):
        draw(np.eye(2))
    study = nj.step_study(np.exp, 1.0)
    with pytest.raises(ImportError, match=r"numjac\[plot\]"):
        study.plot()


def test_matplotlib_is_imported_when_something_is_drawn():
    program = """
import sys
import numjac as nj
nj.plot.heat_map
assert "matplotlib" not in sys.modules
nj.plot.heat_map([[1.0]])
assert "matplotlib" in sys.modules
"""
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True, env=os.environ | {"MPLBACKEND": "Agg"})


def test_examples():
    assert doctest.testmod(nj.plot).failed == 0
