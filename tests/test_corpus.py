"""The corpus is what it says it is, and the two numerical ways to a Jacobian agree on all of it."""

import warnings

import corpus
import numpy as np
import pytest
from corpus import reference

import numjac as nj

PIECES = tuple(corpus.pieces())
OWN = tuple(p for subject in corpus.SUBJECTS for p in corpus.shelf(subject))

# How far a Jacobian may be from the reference. An error bar is meant to hold, and nearly always does; the bars of a
# thousand entries are allowed four times their length. A complex step is believed where it passes its proof, which a
# part of an output below about 1e-7 of its row escapes (README).
BARS = 4
ROW = 1e-7


def rows(J, x):
    """The largest slope of each output, shaped to be held against its row."""
    axes = tuple(range(J.ndim - x.ndim, J.ndim))
    return np.abs(J).max(axis=axes, keepdims=True, initial=0)


def assert_agrees(J, piece, own=0):
    """J is the Jacobian of a piece, as far as its reference and its own bars tell."""
    expected, error = reference(piece)
    assert np.shape(J) == expected.shape
    excess = np.abs(J - expected) - BARS * (error + own) - ROW * rows(expected, piece.x)
    assert np.max(excess, initial=0) <= 0, f"{piece} ({piece.source}): off by {np.max(np.abs(J - expected)):.3g}"


def test_the_corpus_is_large_even_where_no_package_is_installed():
    assert len(OWN) >= 350
    assert len({p.name for p in PIECES}) == len(PIECES)
    assert set(corpus.missing()) <= set(corpus.PACKAGES)
    assert len(PIECES) == len(OWN) + sum(
        len(corpus.shelf(subject)) for package, subject in corpus.PACKAGES.items() if package not in corpus.missing()
    )


def test_a_package_that_is_not_installed_is_left_out_and_told(monkeypatch):
    def absent(name):
        raise ModuleNotFoundError(name="scipy.special" if name.endswith("from_scipy") else "unheard_of")

    monkeypatch.setattr(corpus.importlib, "import_module", absent)
    assert corpus.shelf("from_scipy") is None
    with pytest.raises(ModuleNotFoundError):
        corpus.shelf("dynamics")


@pytest.mark.parametrize("piece", PIECES, ids=str)
def test_every_piece_is_finite_and_quiet(piece):
    with warnings.catch_warnings(action="error"):
        first, second = (np.asarray(piece.f(piece.x.copy()), float) for _ in range(2))
    assert np.isfinite(first).all()
    np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("piece", PIECES, ids=str)
def test_the_reference_is_sharp(piece):
    """Bars below 1e-5 of a row, at which a wrong rule shows, or what rounding does to an output that stays as it is."""
    J, error = reference(piece)
    assert np.isfinite(J).all()
    assert np.all(error <= 1e-5 * rows(J, piece.x) + 1e-11 * np.max(np.abs(piece.f(piece.x.copy()))))


@pytest.mark.parametrize("piece", PIECES, ids=str)
def test_the_automatic_way_agrees_with_the_reference(piece):
    J, report = nj.jacobian(piece.f, piece.x, full_output=True)
    assert_agrees(J, piece, report.error)
