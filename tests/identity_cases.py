# ruff: noqa: E501  # a table
"""
A case for every row of the table of identities: a call of the function, as users write it, and a point.

Points are far from kinks and ties. ``V`` is a vector, ``M`` a matrix, ``S`` a square one that is well conditioned.
"""

import operator

import numpy as np

V = np.array([0.31, 0.72, 0.54, 0.23])
M = np.array([[0.3, 0.7, 0.5], [0.2, 0.9, 0.6]])
S = np.array([[2.1, 0.3, -0.4], [0.7, 1.8, 0.2], [-0.5, 0.6, 2.6]])
T3 = np.linspace(0.2, 1.3, 12).reshape(2, 3, 2) ** 1.3
MIXED = np.array([0.8, -1.3, 2.1, -0.4])
SPREAD = np.array([[1.2, -0.7, 0.4], [0.1, 2.2, -1.9]])
A43, A23 = np.arange(12.0).reshape(4, 3) / 7 - 0.6, np.arange(6.0).reshape(2, 3) / 5 - 0.3


def table(*rows):
    """Rows of a function and its cases (call, point), by the function."""
    found = {}
    for function, *cases in rows:
        found.setdefault(function, []).extend(cases)
    return found


# ------------------------------------------------------------------------------------------------- elementwise

ABOVE_ONE = {np.arccosh: 1.4, np.reciprocal: 0.3}
UNARY = [
    np.positive, np.negative, np.fabs, np.square, np.reciprocal, np.sqrt, np.cbrt, np.exp, np.exp2, np.expm1, np.log,
    np.log2, np.log10, np.log1p, np.sin, np.cos, np.tan, np.arcsin, np.arccos, np.arctan, np.sinh, np.cosh, np.tanh,
    np.arcsinh, np.arccosh, np.arctanh, np.deg2rad, np.radians, np.rad2deg, np.degrees, np.sinc, np.absolute,
    np.conjugate, np.i0,
]  # fmt: skip
BINARY = [operator.pow, np.add, np.subtract, np.multiply, np.divide, np.power, np.float_power, np.hypot, np.arctan2, np.maximum,
          np.minimum, np.fmax, np.fmin, np.remainder, np.fmod, np.copysign, np.logaddexp, np.logaddexp2]  # fmt: skip


def unary_cases(f):
    shift = ABOVE_ONE.get(f, 0.0)
    return [
        (f, V + shift),
        (lambda x: f(x.T[::-1]), M + shift),
        (lambda x: f(x[:, ::2]) * x[:, ::2], M + shift),
        (lambda x: f(x[()] if isinstance(x, np.ndarray) else x), 0.37 + shift),
        (lambda x: f(x * np.ones((0, 2))), 0.37 + shift),
    ]


def binary_cases(f):
    a, b = np.array([0.8, 1.7, 2.9]), np.array([1.1, 0.6, 0.9])
    return [
        (lambda x: f(x[:3], x[3:]), np.concatenate([a, b])),
        (lambda x: f(x, b), a),
        (lambda x: f(a, x), b),
        (lambda x: f(x[:2, np.newaxis], x[np.newaxis, 2:]), np.concatenate([a[:2], b])),
        (lambda x: f(x.reshape(2, 3), 1.3), np.concatenate([a, b])),
        (lambda x: f(1.3, x.reshape(3, 2).T), np.concatenate([a, b])),
        (lambda x: f(x, x[::-1] + 0.05), a),
        (lambda x: f(x, [1.3, 0.9, 0.7]), a),
    ]


CASES = table(
    *((f, *unary_cases(f)) for f in UNARY),
    *((f, *binary_cases(f)) for f in BINARY),
    (operator.pow, *[(lambda x, e=e: np.real(np.exp(1j * x) ** e * (1 + x) ** e), V) for e in (2, 2.0, 0.5, -1, 3)]),
    (np.heaviside, (lambda x: np.heaviside(x, 0.5) * x, MIXED)),
    (np.ldexp, (lambda x: np.ldexp(x, [1, 2, 3, -1]), V)),
    (np.clip, (lambda x: np.clip(x, 0.3, 0.6), V), (lambda x: np.clip(V, x[0] * 1.1, x[1] * 0.8), V),
     (lambda x: np.clip(x, None, 0.6), V), (lambda x: x.clip(0.3), V)),
    (np.where, (lambda x: np.where(x > 0, x**2, np.exp(x)), MIXED), (lambda x: np.where(MIXED > 0, x[0], x), V)),
    (np.angle, (lambda x: np.angle(x[:2] + 1j * x[2:]), V), (lambda x: np.angle(x) + x, V)),
    (np.real, (lambda x: np.real(np.exp(1j * x)), V), (lambda x: np.real(x) * x.real, V)),
    (np.imag, (lambda x: np.imag(np.exp(1j * x)), V), (lambda x: np.imag(x) + x, V)),
    (np.absolute, (lambda x: np.abs(np.exp(1j * x) + x), V), (lambda x: abs(x[0]) * abs(x), MIXED)),
    (np.conjugate, (lambda x: np.real(np.conj(np.exp(1j * x)) * (1 + 2j)), V)),
    (np.sign, (lambda x: np.sign(x) * x, MIXED)),
    *((f, (lambda x, f=f: f(x) * x, MIXED)) for f in (np.floor, np.ceil, np.trunc, np.fix, np.rint)),
    (np.floor_divide, (lambda x: np.floor_divide(x, 0.37) * x, MIXED), (lambda x: (x[0] // 0.37) * x[1], MIXED)),
    *((f, (lambda x, f=f: f(x, 1) * x, MIXED), (lambda x, f=f: f(x, decimals=1) * x, MIXED)) for f in (np.round, np.around)),
    (np.remainder, (lambda x: 1.0 % x[:2], np.array([0.13, 0.37])), (lambda x: x % 0.1, np.array([1.03, -0.77, 0.31]))),
    # ---------------------------------------------------------------------------------------------------- moves
    (np.reshape, (lambda x: np.reshape(x, (3, 2)), M), (lambda x: x.reshape(-1, order="F"), M)),
    (np.ravel, (np.ravel, M), (lambda x: x.T.ravel(), M)),
    (np.squeeze, (lambda x: np.squeeze(x[np.newaxis]), M)),
    (np.expand_dims, (lambda x: np.expand_dims(x, 1), M)),
    (np.transpose, (np.transpose, M), (lambda x: x.transpose(2, 0, 1), T3)),
    (np.swapaxes, (lambda x: np.swapaxes(x, 0, 2), T3)),
    (np.moveaxis, (lambda x: np.moveaxis(x, 0, -1), T3)),
    (np.rollaxis, (lambda x: np.rollaxis(x, 2), T3)),
    (np.flip, (lambda x: np.flip(x, 1), M)),
    (np.fliplr, (np.fliplr, M)),
    (np.flipud, (np.flipud, M)),
    (np.roll, (lambda x: np.roll(x, 2), V), (lambda x: np.roll(x, (1, 2), (0, 1)), M)),
    (np.rot90, (np.rot90, M)),
    (np.take, (lambda x: np.take(x, [2, 0, 0]), V), (lambda x: x.take([1, 1], axis=1), M)),
    (np.take_along_axis, (lambda x: np.take_along_axis(x, np.argsort(x, 1), 1), M)),
    (np.repeat, (lambda x: np.repeat(x, 3), V), (lambda x: x.repeat([1, 2], axis=0), M)),
    (np.tile, (lambda x: np.tile(x, (2, 2)), M)),
    (np.broadcast_to, (lambda x: np.broadcast_to(x, (3, 4)), V)),
    (np.diagonal, (np.diagonal, S), (lambda x: x.diagonal(1), S)),
    (np.copy, (np.copy, M)),
    (np.resize, (lambda x: np.resize(x, (3, 3)), V)),
    (np.delete, (lambda x: np.delete(x, 1), V), (lambda x: np.delete(x, [0, 2], axis=1), M)),
    (np.array_split, (lambda x: np.array_split(x, 3)[0], V)),
    (np.split, (lambda x: np.split(x, 2)[1] * 2, V)),
    (np.hsplit, (lambda x: np.hsplit(x, 3)[2], M)),
    (np.vsplit, (lambda x: np.vsplit(x, 2)[1], M)),
    (np.dsplit, (lambda x: np.dsplit(x, 2)[1], T3)),
    (np.matrix_transpose, (np.matrix_transpose, T3), (lambda x: x.mT, T3)),
    (np.lib.stride_tricks.sliding_window_view, (lambda x: np.lib.stride_tricks.sliding_window_view(x, 2), V)),
    (np.diag, (np.diag, V), (np.diag, S), (lambda x: np.diag(x, 1), V)),
    (np.diagflat, (np.diagflat, M)),
    (np.tril, (np.tril, S), (lambda x: np.tril(x, -1), S)),
    (np.triu, (np.triu, S)),
    (np.concatenate, (lambda x: np.concatenate([x[:2], [1.0], x]), V), (lambda x: np.concatenate([x, A23], 1), M)),
    (np.stack, (lambda x: np.stack([x, x * x], axis=1), V)),
    (np.vstack, (lambda x: np.vstack([x, np.ones(4), x**2]), V)),
    (np.hstack, (lambda x: np.hstack([x[0], x[1:] ** 2]), V)),
    (np.dstack, (lambda x: np.dstack([x, x**2]), M)),
    (np.column_stack, (lambda x: np.column_stack([x, x**2]), V)),
    (np.block, (lambda x: np.block([[x, np.zeros((2, 1))], [x**2, np.ones((2, 1))]]), M)),
    *((f, (lambda x, f=f: f(x) ** 2, V), (lambda x, f=f: f(x[0] * x, x)[0], V)) for f in
      (np.atleast_1d, np.atleast_2d, np.atleast_3d)),
    (np.pad, (lambda x: np.pad(x, 2, constant_values=3.0), V), (lambda x: np.pad(x, ((1, 0), (0, 2)), mode="edge"), M),
     (lambda x: np.pad(x, 1, "wrap"), V)),
    (np.sort, (np.sort, MIXED), (lambda x: np.sort(x, axis=0), SPREAD), (lambda x: np.sort(x, axis=None), SPREAD)),
    (np.partition, (lambda x: np.partition(x, 2)[2], MIXED)),
    (np.append, (lambda x: np.append(x, x[0] * 2), V), (lambda x: np.append(A23, x, axis=0), M)),
    (np.insert, (lambda x: np.insert(x, 1, x[2] ** 2), V)),
    (np.select, (lambda x: np.select([x > 1, x > 0], [x**2, x**3], default=0.5), MIXED)),
    (np.choose, (lambda x: np.choose([0, 1, 0, 1], [x, x**2]), V)),
    (np.extract, (lambda x: np.extract(MIXED > 0, x), V)),
    (np.compress, (lambda x: np.compress([True, False, True], x, axis=1), M)),
    (np.meshgrid, (lambda x: np.meshgrid(x[:2], x[2:])[1] ** 2, V)),
    (np.broadcast_arrays, (lambda x: np.broadcast_arrays(x[:, np.newaxis], x)[0] * 2, V)),
    (np.copyto, (lambda x: written(np.copyto, x, x[::-1] ** 2), V)),
    (np.put, (lambda x: written(np.put, x, [0, 2], x[:2] ** 2), V)),
    (np.putmask, (lambda x: written(np.putmask, x, MIXED > 0, x[::-1] * 1.0), V)),
    (np.fill_diagonal, (lambda x: written(np.fill_diagonal, x, x[0] ** 2), S)),
    (np.add.at, (lambda x: written(np.add.at, x, np.array([0, 2, 0]), x[:3] ** 2), V)),
    (np.subtract.at, (lambda x: written(np.subtract.at, x, np.array([1, 1, 3]), x[:3] ** 2), V)),
    (np.multiply.at, (lambda x: written(np.multiply.at, x, np.array([1, 1, 3]), x[:3]), V)),
    (np.put_along_axis, (lambda x: written(np.put_along_axis, x, np.argmax(x, 1, keepdims=True), x[:, :1] ** 2, 1), M)),
    (np.place, (lambda x: written(np.place, x, MIXED > 0, x[:1] * 3), V)),
    (np.put, (lambda x: written(np.put, x, [0, 5, -1], x[0, :2] ** 2, mode="wrap"), M)),
    (np.fill_diagonal, (lambda x: written(np.fill_diagonal, x, x[0], True), np.vstack([M, M])[:, :2])),
    (np.copyto, (lambda x: written(np.copyto, x, x[0] ** 2, where=MIXED > 0), V)),
    (np.frexp, (lambda x: np.frexp(x)[0] * x, MIXED)),
    (np.apply_over_axes, (lambda x: np.apply_over_axes(np.sum, x, [0, 2]), T3)),
    (np.append, (lambda x: np.append(x, [[1.0]]), M)),
    (np.insert, (lambda x: np.insert(A23, 1, x, axis=1), V[:2])),
    # ------------------------------------------------------------------------------------------------ reductions
    *((f, (f, V), (lambda x, f=f: f(x, axis=1), M), (lambda x, f=f: f(x, axis=(0, 2), keepdims=True), T3)) for f in
      (np.sum, np.mean, np.prod, np.max, np.min, np.var, np.std, np.nansum, np.nanmax, np.nanmin, np.nanmean)),
    *((f, (lambda x, f=f: f(x, axis=0), M)) for f in (np.add.reduce, np.multiply.reduce, np.maximum.reduce,
                                                      np.minimum.reduce, np.logaddexp.reduce)),
    (np.prod, (lambda x: np.prod(x * [1, 0, 1, 1]), V), (lambda x: np.prod(x * [1, 0, 0, 1]) + x[0], V)),
    (np.var, (lambda x: np.var(x, ddof=1), V)),
    (np.std, (lambda x: x.std(axis=0, ddof=1), SPREAD)),
    (np.nanmean, (lambda x: np.nanmean(x * [1, np.nan, 1, 1]), V)),
    (np.nanvar, (lambda x: np.nanvar(x * [1, np.nan, 1, 1]), V)),
    (np.nanstd, (lambda x: np.nanstd(x, ddof=1), V)),
    (np.ptp, (np.ptp, MIXED), (lambda x: np.ptp(x, axis=1), SPREAD)),
    (np.median, (np.median, MIXED), (lambda x: np.median(x, axis=1), SPREAD)),
    (np.quantile, (lambda x: np.quantile(x, [0.2, 0.75]), MIXED), (lambda x: np.quantile(x, 0.4, axis=1), SPREAD)),
    (np.percentile, (lambda x: np.percentile(x, 35), MIXED)),
    (np.average, (lambda x: np.average(x, weights=x**2), V), (lambda x: np.average(x, axis=0, weights=[1, 3]), M)),
    (np.trapezoid, (np.trapezoid, V), (lambda x: np.trapezoid(x**2, x), V), (lambda x: np.trapezoid(x, dx=0.3, axis=0), M)),
    (np.cumsum, (np.cumsum, V), (lambda x: np.cumsum(x, axis=0), M), (np.cumsum, M)),
    (np.add.accumulate, (lambda x: np.add.accumulate(x, axis=1), M)),
    (np.cumprod, (np.cumprod, V), (lambda x: np.cumprod(x, axis=1), M), (lambda x: np.cumprod(x * [1, 0, 1, 1]), V)),
    (np.multiply.accumulate, (np.multiply.accumulate, V)),
    (np.maximum.accumulate, (np.maximum.accumulate, MIXED), (lambda x: np.maximum.accumulate(x, axis=1), SPREAD)),
    (np.minimum.accumulate, (np.minimum.accumulate, MIXED)),
    (np.nanprod, (np.nanprod, V), (lambda x: np.nanprod(x * [[1.0, np.nan, 1]], axis=1), M)),
    (np.amax, (np.amax, MIXED), (lambda x: np.amax(x, axis=1, initial=0.3, where=[True, False, True]), SPREAD)),
    (np.amin, (np.amin, MIXED)),
    *((f, (lambda x, f=f: f(x, where=MIXED > 0), V), (lambda x, f=f: f(x, initial=0.5), V)) for f in (np.sum, np.prod)),
    (np.nancumsum, (lambda x: np.nancumsum(x * [1, np.nan, 1, 1]), V), (lambda x: np.nancumsum(x, axis=1), M)),
    (np.nancumprod, (lambda x: np.nancumprod(x * [1, np.nan, 1, 1]), V)),
    (np.nanmedian, (lambda x: np.nanmedian(x * [1, np.nan, 1, 1]), MIXED), (lambda x: np.nanmedian(x, axis=1), SPREAD)),
    (np.nanquantile, (lambda x: np.nanquantile(x * [1, np.nan, 1, 1], 0.3), MIXED), (lambda x: np.nanquantile(x, [0.2, 0.6]), MIXED)),
    (np.nanpercentile, (lambda x: np.nanpercentile(x * [1, np.nan, 1, 1], 30), MIXED)),
    *((np.quantile, (lambda x, m=m: np.quantile(x, [0.2, 0.75], method=m), MIXED)) for m in ("lower", "higher", "midpoint")),
    (np.unique, (np.unique, MIXED), (lambda x: np.unique(x, return_inverse=True)[0] ** 2, MIXED)),
    (np.bincount, (lambda x: np.bincount([0, 2, 0, 1], x**2), V), (lambda x: np.bincount([0, 2, 0, 1], weights=x, minlength=5), V)),
    (np.histogram_bin_edges, (lambda x: np.histogram_bin_edges(x, 3), MIXED)),
    (np.histogram, (lambda x: np.histogram(x, 3)[1], MIXED), (lambda x: np.histogram(MIXED, 3, weights=x)[0], V),
     (lambda x: np.histogram(MIXED, [-2.0, 0, 1, 3], density=True, weights=x)[0], V)),
    (np.average, (lambda x: np.average(T3, axis=(0, 2), weights=x), M[:, :2]), (lambda x: np.average(x, weights=V, returned=True)[1] * x, V)),
    # -------------------------------------------------------------------------------------------------- products
    (np.matmul, (lambda x: A43 @ x, S), (lambda x: x @ A43.T, S), (lambda x: x @ x, S), (lambda x: x @ x, V),
     (lambda x: A43.T @ x, V), (lambda x: x @ A43, V), (lambda x: x @ x.transpose(0, 2, 1), T3), (lambda x: T3 @ x, M[:, :2])),
    (np.dot, (lambda x: np.dot(x, x.T), M), (lambda x: np.dot(x[0], x), V), (lambda x: np.dot(T3, x), M[:, :2]),
     (lambda x: x.dot([1.0, 2, 3, 4]), V), (lambda x: np.dot(2.0, x), V)),
    (np.inner, (lambda x: np.inner(x, x**2), M), (lambda x: np.inner(x, V), V)),
    (np.outer, (lambda x: np.outer(x, x**2), V), (lambda x: np.outer(V, x), M)),
    (np.multiply.outer, (lambda x: np.multiply.outer(x, x[:2]), V)),
    (np.tensordot, (lambda x: np.tensordot(x, A23, axes=([1], [1])), M), (lambda x: np.tensordot(x, x), M)),
    (np.vdot, (lambda x: np.vdot(x, x**2), M)),
    (np.kron, (lambda x: np.kron(x, x[:, :2] ** 2), M), (lambda x: np.kron(V, x), V)),
    (np.cross, (lambda x: np.cross(x[0], x[1]), M), (lambda x: np.cross(x, A43), S[0])),
    (np.linalg.cross, (lambda x: np.linalg.cross(x[0], x[1]), M)),
    (np.einsum, (lambda x: np.einsum("ij,kj->ik", x, x), M), (lambda x: np.einsum("i,i,i", x, x, x), V),
     (lambda x: np.einsum("...j,j->...", T3[..., 0], x), S[0]), (lambda x: np.einsum("ij->i", x), M),
     (lambda x: np.einsum("ij,k->kj", x, V), M)),
    (np.convolve, *[(lambda x, m=m: np.convolve(x, x[:2] ** 2, m), V) for m in ("full", "same", "valid")]),
    (np.correlate, *[(lambda x, m=m: np.correlate(x, V[:3], m), V) for m in ("full", "same", "valid")]),
    (np.diff, (np.diff, V), (lambda x: np.diff(x, n=2, axis=1), M)),
    (np.ediff1d, (np.ediff1d, M)),
    (np.gradient, (np.gradient, V), (lambda x: np.gradient(x, 0.3, axis=1), M), (lambda x: np.gradient(V, x + np.arange(4.0)), V)),
    (np.polyval, (lambda x: np.polyval(x, 0.7), V), (lambda x: np.polyval([1.0, -2, 3], x), V)),
    (np.cov, (np.cov, M), (lambda x: np.cov(x, rowvar=False, bias=True), M), (lambda x: np.cov(x, x**2), V)),
    (np.corrcoef, (np.corrcoef, M)),
    (np.interp, (lambda x: np.interp(x, [0.0, 0.5, 1.0], [1.0, 3.0, 2.0]), V), (lambda x: np.interp(0.4, [0.0, 1.0], x[:2]), V)),
    (np.trace, (np.trace, S), (lambda x: np.trace(x, 1), S)),
    (np.vander, (lambda x: np.vander(x, 3), V), (lambda x: np.vander(x, increasing=True), V)),
    (np.linspace, (lambda x: np.linspace(x[0], x[1], 5), V)),
    (np.linspace, (lambda x: np.linspace(x, x**2, 3, axis=1), V), (lambda x: np.linspace(x[0], 2, 4, endpoint=False), V)),
    (np.logspace, (lambda x: np.logspace(x[0], x[1], 4), V), (lambda x: np.logspace(x[0], 1, 4, base=2), V)),
    (np.geomspace, (lambda x: np.geomspace(x[0], x[1], 4), V)),
    (np.unwrap, (lambda x: np.unwrap(x * 3), np.array([0.1, 1.9, 0.4, 3.8])), (lambda x: np.unwrap(x, period=1.0), np.array([0.1, 0.9, 0.3, 3.7]))),
    (np.polyder, (np.polyder, V), (lambda x: np.polyder(x, 2), V)),
    (np.polyint, (np.polyint, V), (lambda x: np.polyint(x, 2, k=[1.0, 2.0]), V)),
    (np.polyadd, (lambda x: np.polyadd(x, x[:2] ** 2), V), (lambda x: np.polyadd([1.0, 2, 3, 4, 5], x), V)),
    (np.polysub, (lambda x: np.polysub(x[:2] ** 2, x), V)),
    (np.polymul, (lambda x: np.polymul(x, x[:2] ** 2), V)),
    (np.polydiv, (lambda x: np.polydiv(x, x[:2] + 1)[0], V), (lambda x: np.polydiv(x, [1.0, 2, 3])[1], V)),
    (np.poly, (np.poly, V)),
    (np.trim_zeros, (lambda x: np.trim_zeros(np.concatenate([[0.0], x, [0.0]])), V),
     (lambda x: np.trim_zeros(np.concatenate([[0.0], x, [0.0]]), "b") ** 2, V)),
    (np.logaddexp.reduce, (lambda x: np.logaddexp.reduce(x, initial=0.3), V)),
    (np.einsum, (lambda x: np.einsum("ii->i", x), S), (lambda x: np.einsum("ii,jk", x, x), S), (lambda x: np.einsum("iij->j", np.stack([x, x**2], 2)), S),
     (lambda x: np.einsum(x, [0, 1], x, [1, 2], [0, 2]), S)),
    *((np.quantile, (lambda x, m=m: np.quantile(x, [0.02, 0.3, 0.75], method=m), MIXED)) for m in
      ("interpolated_inverted_cdf", "hazen", "weibull", "median_unbiased", "normal_unbiased")),
    (np.polyfit, (lambda x: np.polyfit(x, V, 2), np.array([0.1, 0.6, 1.3, 2.2])), (lambda x: np.polyfit([0.1, 0.6, 1.3, 2.2], x, 1), V),
     (lambda x: np.polyfit([0.1, 0.6, 1.3, 2.2], V, 1, w=x), V)),
    (np.roots, (lambda x: np.sort(np.real(np.roots(x))), np.array([1.0, -5.8, 7.65, -1.8])), (lambda x: np.real(np.exp(np.roots(x))), np.array([1.0, 0.3, 2.0]))),
    (np.diff, (lambda x: np.diff(x, prepend=x[:1] ** 2, append=0.0), V)),
    (np.ediff1d, (lambda x: np.ediff1d(x, to_end=x[0], to_begin=[1.0, 2.0]), V)),
    (np.gradient, (lambda x: np.gradient(x, edge_order=2), V), (lambda x: np.gradient(V, x + np.arange(4.0), edge_order=2), V)),
    (np.interp, (lambda x: np.interp([-1.0, 2.0, 0.4], [0.0, 1.0], x[:2], left=x[2], right=x[3]), V),
     (lambda x: np.interp(x + 3, [0.0, 0.5, 1.0], [1.0, 3.0, 2.0], period=1.3), V)),
    (np.piecewise, (lambda x: np.piecewise(x, [x < 0, x > 1], [lambda t: t**2, np.exp, 3.0]), MIXED)),
    (np.modf, (lambda x: np.modf(x)[0], MIXED)),
    (np.divmod, (lambda x: np.divmod(x, 0.37)[1], MIXED)),
    (np.apply_along_axis, (lambda x: np.apply_along_axis(lambda r: r**2 / r.sum(), 1, x), M)),
    (np.real_if_close, (np.real_if_close, V)),
    (np.nan_to_num, (lambda x: np.nan_to_num(x * [1, np.inf, np.nan, 1]), V)),
    (np.fft.fft, (lambda x: np.abs(np.fft.fft(x)) ** 2, V)),
    (np.fft.ifft, (lambda x: np.real(np.fft.ifft(np.fft.fft(x, axis=0) * 2, axis=0)), M)),
    (np.fft.rfft, (lambda x: np.imag(np.fft.rfft(x)), V)),
    (np.fft.irfft, (lambda x: np.fft.irfft(np.fft.rfft(x) ** 2), V)),
    (np.fft.fft2, (lambda x: np.real(np.fft.fft2(x)), M)),
    (np.fft.ifft2, (lambda x: np.abs(np.fft.ifft2(x)), M)),
    (np.fft.rfft2, (lambda x: np.real(np.fft.rfft2(x)), M)),
    (np.fft.irfft2, (lambda x: np.fft.irfft2(np.fft.rfft2(x), s=(2, 3)), M)),
    (np.fft.fftn, (lambda x: np.real(np.fft.fftn(x)), T3)),
    (np.fft.ifftn, (lambda x: np.imag(np.fft.ifftn(x, axes=(0, 1))), T3)),
    (np.fft.hfft, (lambda x: np.fft.hfft(x + 1j * x**2), V)),
    (np.fft.rfftn, (lambda x: np.abs(np.fft.rfftn(x)), T3)),
    (np.fft.irfftn, (lambda x: np.fft.irfftn(np.fft.rfftn(x) ** 2, s=(2, 3), axes=(0, 1)), M)),
    (np.fft.fftshift, (np.fft.fftshift, V)),
    (np.fft.ifftshift, (lambda x: np.fft.ifftshift(x, axes=1), M)),
    (np.fft.fft, (lambda x: np.real(np.fft.fft(x, 6)), V), (lambda x: np.imag(np.fft.fft(x, 3)), V)),
    (np.fft.ihfft, (lambda x: np.real(np.fft.ihfft(x)), V)),
    # -------------------------------------------------------------------------------------------------- matrices
    (np.linalg.inv, (np.linalg.inv, S), (lambda x: np.linalg.inv(np.stack([x, x @ x])), S)),
    (np.linalg.det, (np.linalg.det, S), (lambda x: np.linalg.det(x - x[:, :1]) + x[0, 0], S)),
    (np.linalg.solve, (lambda x: np.linalg.solve(x, x[0] ** 2), S), (lambda x: np.linalg.solve(S, x), A43.T),
     (lambda x: np.linalg.solve(x, A43.T), S)),
    (np.linalg.cholesky, (lambda x: np.linalg.cholesky(x @ x.T + np.eye(3)), S), (np.linalg.cholesky, S + 2 * np.eye(3))),
    (np.linalg.eigvalsh, (np.linalg.eigvalsh, S), (lambda x: np.linalg.eigvalsh(x + x.T), S)),
    (np.linalg.svdvals, (np.linalg.svdvals, M), (np.linalg.svdvals, S)),
    (np.linalg.pinv, (np.linalg.pinv, A43 + np.eye(4, 3)), (np.linalg.pinv, M)),
    (np.linalg.slogdet, (lambda x: np.linalg.slogdet(x)[1], S)),
    (np.linalg.eigh, (lambda x: np.linalg.eigh(x)[0], S), (lambda x: np.linalg.eigh(x)[1] ** 2, S)),
    (np.linalg.qr, (lambda x: np.linalg.qr(x)[0], A43 + np.eye(4, 3)), (lambda x: np.linalg.qr(x)[1], S),
     (lambda x: np.linalg.qr(x, mode="r"), A43 + np.eye(4, 3))),
    (np.linalg.svd, (lambda x: np.linalg.svd(x)[0] ** 2, S), (lambda x: np.linalg.svd(x, full_matrices=False)[2] ** 2, M),
     (lambda x: np.linalg.svd(x, compute_uv=False), M), (lambda x: np.linalg.svd(x, full_matrices=False)[0] ** 2, A43 + np.eye(4, 3))),
    (np.linalg.lstsq, (lambda x: np.linalg.lstsq(x, V)[0], A43 + np.eye(4, 3)), (lambda x: np.linalg.lstsq(A43 + np.eye(4, 3), x)[1], V)),
    (np.linalg.lstsq, (lambda x: np.linalg.lstsq(x, A43)[1], S[:, :2][[0, 1, 2, 0]] + np.eye(4, 2)),
     (lambda x: np.linalg.lstsq(x, V)[3], A43 + np.eye(4, 3)), (lambda x: np.linalg.lstsq(A43 + np.eye(4, 3), x)[0], V)),
    (np.linalg.eigvals, (lambda x: np.sort(np.real(np.linalg.eigvals(x))), S), (np.linalg.eigvals, np.array([[0.4, 1.0], [-1, 0.2]]))),
    (np.linalg.eig, (lambda x: np.linalg.eig(x)[0], S + np.diag([0.0, 2, 5])), (lambda x: np.linalg.eig(x)[1] ** 2, S + np.diag([0.0, 2, 5]))),
    (np.linalg.eigh, (lambda x: np.linalg.eigh(x, "U")[0], S), (lambda x: np.linalg.eigh(x, UPLO="U")[1] ** 2, S)),
    (np.linalg.tensorinv, (lambda x: np.linalg.tensorinv(x.reshape(2, 2, 4), 2), np.eye(4) + 0.1 * np.outer(V, V))),
    (np.linalg.tensorsolve, (lambda x: np.linalg.tensorsolve(x.reshape(2, 2, 2, 2), x[:2, :2]), np.eye(4) + 0.1 * np.outer(V, V))),
    (np.vecdot, (lambda x: np.vecdot(x, A23), M), (lambda x: np.vecdot(x, x**2, axis=0), M)),
    (np.linalg.vecdot, (lambda x: np.linalg.vecdot(x, x**2, axis=0), M)),
    (np.linalg.cond, (np.linalg.cond, S), (lambda x: np.linalg.cond(x, 1), S)),
    (np.linalg.trace, (np.linalg.trace, S)),
    (np.linalg.diagonal, (np.linalg.diagonal, S)),
    (np.linalg.outer, (lambda x: np.linalg.outer(x, x), V)),
    (np.linalg.matmul, (lambda x: np.linalg.matmul(x, x), S)),
    (np.linalg.matrix_transpose, (np.linalg.matrix_transpose, M)),
    (np.linalg.tensordot, (lambda x: np.linalg.tensordot(x, A23, axes=2), M)),
    (np.linalg.vector_norm, (np.linalg.vector_norm, M), (lambda x: np.linalg.vector_norm(x, axis=1, ord=3), M)),
    (np.linalg.matrix_norm, (np.linalg.matrix_norm, M)),
    (np.linalg.norm, (np.linalg.norm, M), *[(lambda x, p=p: np.linalg.norm(x, p), MIXED) for p in (1, 2, 3, np.inf, -np.inf)],
     *[(lambda x, p=p: np.linalg.norm(x, p), SPREAD) for p in (1, -1, 2, -2, np.inf, "fro", "nuc")],
     (lambda x: np.linalg.norm(x, axis=1, keepdims=True), SPREAD), (lambda x: np.linalg.norm(x[:2] + 1j * x[2:]), V)),
    (np.linalg.matrix_power, *[(lambda x, n=n: np.linalg.matrix_power(x, n), S) for n in (-2, 0, 1, 3)]),
    (np.linalg.multi_dot, (lambda x: np.linalg.multi_dot([x, S, x.T]), M)),
)  # fmt: skip
NEWER = {
    "unstack": (lambda x: np.unstack(x)[1] ** 2, M),
    "astype": (lambda x: np.astype(x, float) * x, M),
    "matvec": (lambda x: np.matvec(x, x[:, 0, :] ** 2), T3),
    "vecmat": (lambda x: np.vecmat(x[:, :, 0] ** 2, x), T3),
    "cumulative_sum": (lambda x: np.cumulative_sum(x, axis=1, include_initial=True), M),
    "cumulative_prod": (lambda x: np.cumulative_prod(x), V),
}
CASES |= {getattr(np, name): [case] for name, case in NEWER.items() if hasattr(np, name)}
CASES |= table(
    *((f, (lambda x, f=f: f(x[:, np.newaxis], x), V[:3])) for f in (np.add.outer, np.subtract.outer)),
    (np.divide.outer, (lambda x: np.divide.outer(x, x[:2] ** 2), V)),
    (
        np.add.reduceat,
        (lambda x: np.add.reduceat(x**2, [0, 2, 1]), V),
        (lambda x: np.add.reduceat(x, [0, 2], axis=1), M),
    ),
    (np.subtract.reduce, (np.subtract.reduce, V), (lambda x: np.subtract.reduce(x, axis=1, keepdims=True), M)),
    (np.hypot.reduce, (np.hypot.reduce, V), (lambda x: np.hypot.reduce(x, axis=0, initial=0.5), M)),
    (np.logaddexp.accumulate, (np.logaddexp.accumulate, V)),
)

# What is asked of values has no derivative, but f may be built on it.
QUESTIONS = table(
    *((f, (lambda x, f=f: x * f(x, x[::-1] + 0.01), V)) for f in (np.less, np.less_equal, np.equal, np.not_equal, np.greater,
                                                           np.greater_equal, np.logical_and, np.logical_or, np.isclose)),
    *((f, (lambda x, f=f: x * (1 + f(x)), MIXED)) for f in (np.isfinite, np.isnan, np.isinf, np.signbit, np.logical_not,
                                                    np.isreal, np.iscomplex, np.iscomplexobj, np.isrealobj, np.any,
                                                    np.all, np.count_nonzero, np.ndim, np.size, np.argmax, np.argmin)),
    (np.result_type, (lambda x: x * np.ones(4, np.result_type(x.dtype, float)), V)),
    (np.shape, (lambda x: x * np.shape(x)[0], V)),
    *((f, (lambda x, f=f: x + f(x), V)) for f in (np.zeros_like, np.ones_like)),
    (np.empty_like, (lambda x: filled(np.empty_like(x), x[::-1]) * x, V)),
    (np.full_like, (lambda x: x * np.full_like(x, 3.0), V)),
    *((f, (lambda x, f=f: x * (2 + f(x, V + 1)), V)) for f in (np.may_share_memory, np.shares_memory, np.array_equal,
                                                    np.array_equiv, np.allclose)),
    (np.argsort, (lambda x: x[np.argsort(x)], MIXED)),
    (np.argpartition, (lambda x: x[np.argpartition(x, 1)[:2]], MIXED)),
    (np.nonzero, (lambda x: x[np.nonzero(x)], V)),
    (np.flatnonzero, (lambda x: x[np.flatnonzero(x)], V)),
    (np.argwhere, (lambda x: x[np.argwhere(x)[:, 0]], V)),
    (np.searchsorted, (lambda x: x * np.searchsorted([0.0, 0.4, 1.0], x), V)),
    (np.digitize, (lambda x: x * np.digitize(x, [0.0, 0.4, 1.0]), V)),
    (np.histogram, (lambda x: x * np.histogram(x, 4)[0], V)),
    (np.isin, (lambda x: x * np.isin(x, [7.0]), V)),
    (np.lexsort, (lambda x: x[np.lexsort((x,))], MIXED)),
    *((f, (lambda x, f=f: x * (2 + f(x)), MIXED)) for f in (np.isposinf, np.isneginf, np.nanargmax, np.nanargmin)),
    (np.logical_xor, (lambda x: x * np.logical_xor(x, [0, 1, 0, 1]), MIXED)),
    (np.linalg.matrix_rank, (lambda x: x * np.linalg.matrix_rank(x), S)),
    (np.common_type, (lambda x: x * np.ones(4, np.common_type(x)), V)),
    *((f, (lambda x, f=f: x[f(x)], S)) for f in (np.diag_indices_from, np.tril_indices_from, np.triu_indices_from)),
)  # fmt: skip


def written(function, x, *args, **kwargs):
    """x times two, after a function has written into it."""
    y = x * 2.0
    function(y, *args, **kwargs)
    return y


def filled(y, values):
    """What was empty, with values in it."""
    y[...] = values
    return y
