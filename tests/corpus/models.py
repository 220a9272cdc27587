"""Larger models of statistics and machine learning: filters, Gaussian processes, networks, attention."""

import math
from itertools import pairwise

import numpy as np
from numpy.linalg import cholesky, det, inv, slogdet, solve

from corpus import Shelf

piece = Shelf(__name__)
T = np.linspace(0, 2, 8)
Y = np.sin(3 * T) + 0.1 * np.cos(20 * T)
X = np.column_stack([np.sin(np.arange(8.0)), np.cos(2 * np.arange(8.0)), np.arange(8.0) / 8])


@piece([0.2, -0.4, 0.3], "Kalman 1960, likelihood of a local level and slope")
def kalman_filter(p):
    q1, q2, r = np.exp(p)
    F, H, Q = np.array([[1, 1], [0, 1.0]]), np.array([[1.0, 0]]), np.diag([q1, q2])
    m, P, logl = np.zeros(2), np.eye(2) * 10, 0.0
    for y in Y:
        m, P = F @ m, F @ P @ F.T + Q
        S = H @ P @ H.T + r
        v = y - H @ m
        K = P @ H.T @ np.linalg.inv(S)
        m = m + K @ v
        P = P - K @ S @ K.T
        logl += -0.5 * (np.log(2 * np.pi * np.linalg.det(S)) + v @ np.linalg.solve(S, v))
    return logl


@piece([0.5, 0.3, 1.1], "Harvey 1989, local level by scalars")
def local_level(p):
    q, r, a0 = p[0] ** 2, p[1] ** 2, p[2]
    a, P, ll = a0, 1.0, 0.0
    for y in Y:
        F = P + r
        v = y - a
        ll += -0.5 * (math.log(2 * math.pi) + math.log(F) + v**2 / F)
        K = P / F
        a += K * v
        P = P * (1 - K) + q
    return ll


@piece([0.3, -0.2, 0.5], "Rasmussen and Williams 2006, likelihood of a Gaussian process")
def gaussian_process(theta):
    length, scale, noise = np.exp(theta)
    K = scale**2 * np.exp(-0.5 * (T[:, None] - T[None, :]) ** 2 / length**2) + noise**2 * np.eye(len(T))
    L = cholesky(K)
    alpha = solve(L.T, solve(L, Y))
    return -0.5 * Y @ alpha - np.sum(np.log(np.diag(L))) - len(T) / 2 * np.log(2 * np.pi)


@piece([0.7, 0.8, 0.3], "Rasmussen and Williams 2006, by a determinant and a loop over pairs")
def gaussian_process_in_loops(theta):
    n = len(T)
    K = np.zeros((n, n))
    for i in range(n):
        for j in range(n):
            r = abs(T[i] - T[j]) / theta[0]
            K[i, j] = theta[1] ** 2 * (1 + math.sqrt(3) * r) * math.exp(-math.sqrt(3) * r)
        K[i, i] += theta[2] ** 2
    sign, logdet = slogdet(K)
    return 0.5 * sign * logdet + 0.5 * np.dot(Y, np.linalg.solve(K, Y))


@piece([0.7, 0.8, 0.3], "Rasmussen and Williams 2006, prediction at new points")
def gaussian_process_prediction(theta):
    def k(a, b):
        return theta[1] ** 2 * np.exp(-(np.subtract.outer(a, b) ** 2) / (2 * theta[0] ** 2))

    new = np.array([0.33, 1.4])
    K = k(T, T) + theta[2] ** 2 * np.identity(T.size)
    mean = k(new, T) @ inv(K) @ Y
    cov = k(new, new) - k(new, T) @ inv(K) @ k(T, new)
    return np.concatenate([mean, np.diag(cov)])


@piece([0.2, 0.5, -0.3], "Hoerl and Kennard 1970, ridge regression: error left out by its penalty and weights")
def ridge_cross_validation(p):
    W = np.diag(np.exp(p[1] * T + p[2]))
    A = X.T @ W @ X + np.exp(p[0]) * np.eye(3)
    H = X @ np.linalg.solve(A, X.T @ W)
    r = (Y - H @ Y) / (1 - np.diag(H))
    return np.mean(r**2)


@piece([0.3, -0.2], "Laird and Ware 1982, random intercepts by maximum likelihood")
def mixed_model(theta):
    Z = np.kron(np.eye(4), np.ones((2, 1)))
    V = np.exp(theta[0]) * Z @ Z.T + np.exp(theta[1]) * np.eye(8)
    Vi = inv(V)
    XtVi = X.T @ Vi
    beta = solve(XtVi @ X, XtVi @ Y)
    r = Y - X @ beta
    return np.log(det(V)) + r @ Vi @ r + np.log(det(XtVi @ X))


def unpack(p, *shapes):
    out, k = [], 0
    for shape in shapes:
        size = int(np.prod(shape))
        out.append(p[k : k + size].reshape(shape))
        k += size
    return out


@piece(0.3 * np.sin(np.arange(21.0)), "Rumelhart, Hinton and Williams 1986, a network with one hidden layer")
def neural_network(p):
    W1, b1, W2, b2 = unpack(p, (3, 4), (4,), (4, 1), (1,))
    hidden = np.tanh(X @ W1 + b1)
    return np.mean((np.squeeze(hidden @ W2 + b2) - Y) ** 2)


@piece(0.3 * np.sin(np.arange(21.0)), "Glorot, Bordes and Bengio 2011, rectified")
def relu_network(p):
    W1, b1, W2, b2 = unpack(p, (4, 3), (4,), (1, 4), (1,))
    total = 0.0
    for xi, yi in zip(X, Y, strict=True):
        h = np.maximum(0, W1 @ xi + b1)
        total += (float((W2 @ h + b2)[0]) - yi) ** 2
    return total / len(X)


class Perceptron:
    """Layers that keep their weights in a list, as in many a course."""

    def __init__(self, sizes):
        self.shapes = list(pairwise(sizes))

    def forward(self, p, x):
        self.weights = []
        for a, b in self.shapes:
            self.weights.append(p[: a * b].reshape(a, b))
            p = p[a * b :]
        for W in self.weights:
            x = 1 / (1 + np.exp(-(x @ W)))
        return x

    def loss(self, p):
        return float(((self.forward(p, X).ravel() - Y) ** 2).sum())


piece.add(
    "perceptron", Perceptron([3, 2, 1]).loss, 0.4 * np.cos(np.arange(8.0)), "Rumelhart et al. 1986; a bound method"
)


def softmax(z, axis=-1):
    e = np.exp(z - np.max(z, axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


@piece(np.sin(np.arange(27.0)).reshape(3, 3, 3), "Vaswani et al. 2017, attention by three matrices; x has three axes")
def attention(W):
    Q, K, V = (X[:4] @ w for w in W)
    return softmax(Q @ K.T / np.sqrt(3)) @ V


@piece(np.sin(np.arange(16.0)), "Vaswani et al. 2017, two heads by einsum")
def attention_heads(p):
    q = p.reshape(2, 4, 2)
    scores = np.einsum("hid,hjd->hij", q, q) / 2**0.5
    scores = np.where(np.tri(4, dtype=bool), scores, -1e9)
    return np.einsum("hij,hjd->ihd", softmax(scores), q).reshape(4, -1)


@piece([0.4, 1.2, -0.7, 2.0, 0.1, 0.5], "Ba, Kiros and Hinton 2016, layer normalisation; Hendrycks and Gimpel 2016")
def layer_norm_gelu(x):
    z = (x - x.mean()) / np.sqrt(x.var() + 1e-5)
    return 0.5 * z * (1 + np.tanh(np.sqrt(2 / np.pi) * (z + 0.044715 * z**3)))


@piece([0.3, -0.5, 0.8, 0.2, 0.4, -0.6, 0.7, 0.1], "Elman 1990, recurrent network")
def recurrent_network(p):
    U, W, v = p[:4].reshape(2, 2), p[4:6], p[6:]
    h = np.zeros(2)
    outputs = []
    for y in Y[:5]:
        h = np.tanh(U @ h + W * y)
        outputs.append(v @ h)
    return np.array(outputs)


@piece(np.cos(np.arange(13.0)) / 3, "Hochreiter and Schmidhuber 1997, one cell over a series")
def lstm(p):
    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    w, u, b = p[:4], p[4:8], p[8:12]
    h, c = 0.0, 0.0
    for y in Y:
        i, f, o, g = w * y + u * h + b
        c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
        h = sigmoid(o) * np.tanh(c)
    return p[12] * h


@piece([0.2, -0.5, 0.3, 0.1, 0.9, -0.4, 0.5, 0.7, -0.2], "LeCun et al. 1989, a convolution of an image")
def convolution(kernel):
    image = np.sin(np.arange(25.0)).reshape(5, 5)
    k = kernel.reshape(3, 3)
    out = np.zeros((3, 3))
    for i in range(3):
        for j in range(3):
            out[i, j] = np.sum(image[i : i + 3, j : j + 3] * k)
    return np.maximum(out, 0.1 * out)


@piece(np.sin(np.arange(12.0)) + 1.2, "Lee and Seung 1999, factors of a matrix")
def matrix_factorization(p):
    U, V = p[:6].reshape(3, 2), p[6:].reshape(2, 3)
    A = np.array([[5, 3, 1], [4, 2, 1], [1, 1, 5.0]])
    return np.linalg.norm(A - U @ V, "fro") ** 2 + 0.1 * np.sum(p**2)


@piece([1.0, 0.2, 0.4, 2.1, 2.2, 1.8, 0.9, 0.7], "Kruskal 1964, multidimensional scaling: stress")
def stress(p):
    P = p.reshape(-1, 2)
    target = np.array([1.0, 2.2, 0.6, 1.5, 1.9, 1.1])
    i, j = np.triu_indices(4, 1)
    d = np.linalg.norm(P[i] - P[j], axis=1)
    return np.sqrt(np.sum((d - target) ** 2) / np.sum(d**2))


@piece([0.5, -0.4, 1.2, 0.3, -1.0, 0.8], "Van der Maaten and Hinton 2008, t-SNE")
def tsne(p):
    P = p.reshape(3, 2)
    target = np.array([[0, 0.3, 0.1], [0.3, 0, 0.1], [0.1, 0.1, 0.0]])
    d2 = np.sum((P[:, None] - P[None]) ** 2, -1)
    q = 1 / (1 + d2)
    q[np.diag_indices(3)] = 0
    q /= q.sum()
    mask = target > 0
    return np.sum(target[mask] * np.log(target[mask] / q[mask]))


@piece([0.4, 0.3, -0.5, 0.2], "Rabiner 1989, forward algorithm of a hidden Markov chain")
def hidden_markov(p):
    A = np.array([[1 - 1 / (1 + np.exp(p[0])), 1 / (1 + np.exp(p[0]))], [0.3, 0.7]])
    means, logl = p[1:3], 0.0
    alpha = np.array([0.5, 0.5])
    for y in Y:
        alpha = (alpha @ A) * np.exp(-0.5 * (y - means) ** 2) * np.exp(p[3] * 0.1)
        c = alpha.sum()
        logl += np.log(c)
        alpha /= c
    return logl


@piece([0.4, 0.3, 0.5], "Cuturi 2013, entropic transport by Sinkhorn's iterations")
def sinkhorn(p):
    C = (p[:, None] - np.array([0.1, 0.9])[None, :]) ** 2
    K = np.exp(-C / 0.2)
    u = np.ones(3)
    for _ in range(10):
        v = np.array([0.5, 0.5]) / (K.T @ u)
        u = np.full(3, 1 / 3) / (K @ v)
    return np.sum(u[:, None] * K * v * C)


@piece([0.3, 0.9, -0.2, 0.4, 0.1], "Hotelling 1933, leading variance of weighted data")
def principal_variance(p):
    Z = X * np.exp(p[:3]) + p[3] * T[:, None]
    C = np.cov(Z, rowvar=False) + p[4] ** 2 * np.eye(3)
    return np.linalg.eigh(C)[0][::-1]


@piece([0.2, -0.3, 0.7, 1.1], "Rezende and Mohamed 2015, planar flow: point and log-determinant")
def planar_flow(p):
    w, b, u = p[:2], p[2], np.array([0.3, p[3]])
    z, logdet = np.array([0.4, -0.9]), 0.0
    for _ in range(3):
        a = np.tanh(np.dot(w, z) + b)
        logdet += np.log(np.abs(1 + (1 - a**2) * np.dot(w, u)))
        z = z + u * a
    return np.r_[z, logdet]


@piece([0.5, 1.5, -0.7], "Levenberg 1944: a step of regularised least squares")
def damped_step(p):
    J = np.stack([T**0, T, T**2], axis=1) * p
    r = Y - J.sum(axis=1)
    return np.linalg.lstsq(np.vstack([J, 0.1 * np.eye(3)]), np.append(r, np.zeros(3)), rcond=None)[0]
