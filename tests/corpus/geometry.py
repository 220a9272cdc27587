"""Robots, cameras, rotations, splines, geodesy and measurement models."""

import math
from collections import namedtuple
from math import atan2, hypot

import numpy as np

from corpus import Shelf

piece = Shelf(__name__)


@piece([0.3, 0.9], "Craig 1986, plane arm of two links")
def two_link_arm(q):
    l1, l2 = 1.0, 0.7
    x = l1 * np.cos(q[0]) + l2 * np.cos(q[0] + q[1])
    y = l1 * np.sin(q[0]) + l2 * np.sin(q[0] + q[1])
    return np.array([x, y])


@piece([0.3, 0.9, -0.5, 0.4], "Craig 1986, plane arm of many links")
def planar_arm(q):
    angles = np.cumsum(q)
    lengths = np.array([1.0, 0.8, 0.5, 0.2])
    return np.array([np.sum(lengths * np.cos(angles)), np.sum(lengths * np.sin(angles)), angles[-1]])


@piece([0.3, -0.9, 1.5, 0.4, -0.5, 0.7], "Denavit and Hartenberg 1955, a PUMA")
def puma_arm(q):
    table = [
        (0, 0, np.pi / 2),
        (0.4318, 0, 0),
        (0.0203, 0.15, -np.pi / 2),
        (0, 0.4318, np.pi / 2),
        (0, 0, -np.pi / 2),
        (0, 0.1, 0),
    ]
    T = np.eye(4)
    for theta, (a, d, alpha) in zip(q, table, strict=True):
        ct, st, ca, sa = np.cos(theta), np.sin(theta), np.cos(alpha), np.sin(alpha)
        T = T @ np.array(
            [[ct, -st * ca, st * sa, a * ct], [st, ct * ca, -ct * sa, a * st], [0, sa, ca, d], [0, 0, 0, 1]]
        )
    return T[:3, 3]


@piece([0.3, -0.9, 1.5], "Denavit and Hartenberg 1955, frames filled in place")
def frames_in_place(q):
    A = np.zeros((3, 4, 4))
    for i in range(3):
        c, s = math.cos(q[i]), math.sin(q[i])
        A[i, 0, :] = [c, -s, 0, 0.5 * c]
        A[i, 1, :] = [s, c, 0, 0.5 * s]
        A[i, 2, 2] = A[i, 3, 3] = 1
        A[i, 2, 3] = 0.1
    return np.linalg.multi_dot(A).ravel()[:12]


@piece([0.2, 0.1, 0.9, 0.05, -0.1, 0.3], "Stewart 1965, legs of a platform")
def stewart_platform(pose):
    t, (roll, pitch, yaw) = pose[:3], pose[3:]
    R = rotation_z(yaw) @ rotation_y(pitch) @ rotation_x(roll)
    phi = np.deg2rad([0, 60, 120, 180, 240, 300])
    base = np.array([np.cos(phi), np.sin(phi), 0 * phi])
    top = 0.6 * np.array([np.cos(phi + 0.2), np.sin(phi + 0.2), 0 * phi])
    return np.linalg.norm(t.reshape(3, 1) + R @ top - base, axis=0)


def rotation_x(a):
    return np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])


def rotation_y(a):
    c, s = np.cos(a), np.sin(a)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def rotation_z(a):
    R = np.eye(3)
    R[0, 0] = R[1, 1] = np.cos(a)
    R[1, 0] = np.sin(a)
    R[0, 1] = -np.sin(a)
    return R


@piece([0.4, -0.2, 0.7], "Diebel 2006, matrix of Euler angles")
def euler_angles(a):
    return rotation_x(a[0]).dot(rotation_y(a[1])).dot(rotation_z(a[2]))


@piece([0.4, -0.2, 0.7], "Rodrigues 1840")
def rodrigues(r):
    theta = np.sqrt(np.sum(r**2))
    if theta < 1e-12:
        return np.eye(3)
    k = r / theta
    K = np.array([[0, -k[2], k[1]], [k[2], 0, -k[0]], [-k[1], k[0], 0]])
    return np.eye(3) + np.sin(theta) * K + (1 - np.cos(theta)) * K @ K


@piece([0.4, -0.2, 0.7, 1.0, 2.0, -0.5], "Rodrigues 1840, a rotated point by cross products")
def rotate_point(p):
    r, v = p[:3], p[3:]
    theta = np.linalg.norm(r)
    k = r / theta
    return v * np.cos(theta) + np.cross(k, v) * np.sin(theta) + k * np.dot(k, v) * (1 - np.cos(theta))


@piece([0.4, -0.2, 0.7, 0.3, 0.1, -0.3], "Lynch and Park 2017, exponential of a twist")
def twist(xi):
    w, v = xi[:3], xi[3:]
    th = np.linalg.norm(w)
    W = np.zeros((3, 3))
    W[0, 1], W[0, 2], W[1, 2] = -w[2], w[1], -w[0]
    W = W - W.T
    V = np.eye(3) + (1 - np.cos(th)) / th**2 * W + (th - np.sin(th)) / th**3 * W @ W
    R = np.eye(3) + np.sin(th) / th * W + (1 - np.cos(th)) / th**2 * W @ W
    return np.block([[R, (V @ v)[:, None]], [np.zeros((1, 3)), np.ones((1, 1))]])


@piece([0.8, 0.1, -0.5, 0.3], "Hamilton 1843, matrix of a quaternion")
def quaternion_matrix(q):
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


@piece([0.8, 0.1, -0.5, 0.3, 0.2, 0.9, 0.1, -0.4], "Hamilton 1843, product of quaternions")
def quaternion_product(pq):
    a, b = pq[:4], pq[4:]
    scalar = a[0] * b[0] - a[1:] @ b[1:]
    vector = a[0] * b[1:] + b[0] * a[1:] + np.cross(a[1:], b[1:])
    return np.concatenate(([scalar], vector))


@piece([0.8, 0.1, -0.5, 0.3, 0.2, 0.9, 0.1, -0.4, 0.3], "Shoemake 1985, slerp")
def slerp(p):
    a, b, t = p[:4] / np.linalg.norm(p[:4]), p[4:8] / np.linalg.norm(p[4:8]), p[8]
    d = np.dot(a, b)
    if d < 0:
        b, d = -b, -d
    omega = np.arccos(d)
    return (np.sin((1 - t) * omega) * a + np.sin(t * omega) * b) / np.sin(omega)


@piece([0.8, 0.1, -0.5, 0.3], "Diebel 2006, Euler angles of a quaternion")
def quaternion_angles(q):
    w, x, y, z = q
    roll = math.atan2(2 * (w * x + y * z), 1 - 2 * (x**2 + y**2))
    pitch = math.asin(2 * (w * y - z * x))
    yaw = math.atan2(2 * (w * z + x * y), 1 - 2 * (y**2 + z**2))
    return np.degrees([roll, pitch, yaw])


@piece([1.0, 2.0, 0.5, 1.1, 0.1], "Thrun, Burgard and Fox 2005, velocity motion model")
def velocity_motion(s):
    x, y, yaw, v, omega = s
    dt = 0.1
    r = v / omega
    return np.array(
        [
            x - r * np.sin(yaw) + r * np.sin(yaw + omega * dt),
            y + r * np.cos(yaw) - r * np.cos(yaw + omega * dt),
            yaw + omega * dt,
        ]
    )


@piece([1.0, 2.0, 0.5, 1.1], "Thrun, Burgard and Fox 2005, motion by matrices")
def motion_by_matrices(x):
    x = x.reshape(4, 1)
    u = np.array([[1.0], [0.1]])
    F = np.diag([1.0, 1.0, 1.0, 0])
    B = np.array([[0.1 * math.cos(x[2, 0]), 0], [0.1 * math.sin(x[2, 0]), 0], [0.0, 0.1], [1.0, 0.0]])
    return F @ x + B @ u


@piece([1.0, 2.0, 0.5, 4.0, 6.0], "Thrun, Burgard and Fox 2005, range and bearing")
def range_bearing(s):
    dx, dy = s[3] - s[0], s[4] - s[1]
    bearing = atan2(dy, dx) - s[2]
    return np.array([hypot(dx, dy), (bearing + math.pi) % (2 * math.pi) - math.pi])


@piece([1.0, 2.0, 0.5, 4.0, 6.0, -3.0, 3.1], "Thrun, Burgard and Fox 2005, simultaneous localisation")
def slam_observations(s):
    pose, landmarks = s[:3], s[3:].reshape(-1, 2)
    d = landmarks - pose[:2]
    return np.column_stack((np.linalg.norm(d, axis=1), np.arctan2(d[:, 1], d[:, 0]) - pose[2])).ravel()


@piece([1.0, 2.0, 0.5, 2.0, 2.5, 0.9], "Grisetti et al. 2010, error of an edge of a pose graph")
def pose_graph_edge(s):
    a, b, z = s[:3], s[3:], np.array([0.9, 0.1, 0.3])
    c, sn = np.cos(a[2]), np.sin(a[2])
    R = np.array([[c, -sn], [sn, c]])
    t = R.T @ (b[:2] - a[:2]) - z[:2]
    e = np.zeros(3)
    e[:2] = t
    e[2] = b[2] - a[2] - z[2]
    return e


@piece([10.0, 0.3, 0.1, 0.5, -0.2, 0.05], "Rajamani 2011, bicycle model with tyre slip")
def bicycle_model(s):
    vx, vy, r, _, psi, delta = s
    front = delta - np.arctan((vy + 1.2 * r) / vx)
    rear = -np.arctan((vy - 1.6 * r) / vx)
    Ff, Fr = 8e4 * np.sin(1.3 * np.arctan(front)), 9e4 * np.sin(1.3 * np.arctan(rear))
    dvy = (Ff * np.cos(delta) + Fr) / 1500 - vx * r
    dr = (1.2 * Ff * np.cos(delta) - 1.6 * Fr) / 2500
    return np.array([r * vy, dvy, dr, vx * np.cos(psi) - vy * np.sin(psi), r, s[3]])


Camera = namedtuple("Camera", "fx fy cx cy")


@piece([0.4, -0.3, 4.0, 0.1, 0.05, -0.02], "Hartley and Zisserman 2003, pinhole")
def pinhole(p):
    cam = Camera(800.0, 790.0, 320.0, 240.0)
    X = p[:3] + p[3:]
    return np.array([cam.fx * X[0] / X[2] + cam.cx, cam.fy * X[1] / X[2] + cam.cy])


@piece([500.0, 0.1, -0.02, 0.001, 0.002, 0.3, -0.2, 2.0], "Brown 1966, lens distortion")
def lens_distortion(p):
    f, k1, k2, p1, p2, X, Y, Z = p
    x, y = X / Z, Y / Z
    r2 = x**2 + y**2
    radial = 1 + k1 * r2 + k2 * r2**2
    xd = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x**2)
    yd = y * radial + p1 * (r2 + 2 * y**2) + 2 * p2 * x * y
    return f * xd, f * yd


BUNDLE = [0.1, -0.2, 0.15, 0.1, 0.2, -5.0, 500.0, -0.02, 0.01, -0.1, 0.1, 0.3, -0.1, 0.2, -6.0, 520.0, 0.01, 0.002]
BUNDLE += [0.5, 0.3, -1.0, -0.4, 0.8, -0.5, 0.2, -0.6, 0.4]


@piece(BUNDLE, "Agarwal et al. 2010, bundle adjustment: two cameras, three points")
def bundle_adjustment(params):
    cameras, points = params[:18].reshape((2, 9)), params[18:].reshape((3, 3))
    camera_indices, point_indices = np.array([0, 0, 1, 1, 1]), np.array([0, 2, 0, 1, 2])
    cam, pts = cameras[camera_indices], points[point_indices]
    theta = np.linalg.norm(cam[:, :3], axis=1)[:, np.newaxis]
    v = cam[:, :3] / theta
    dot = np.sum(pts * v, axis=1)[:, np.newaxis]
    rotated = np.cos(theta) * pts + np.sin(theta) * np.cross(v, pts) + dot * (1 - np.cos(theta)) * v
    moved = rotated + cam[:, 3:6]
    image = -moved[:, :2] / moved[:, 2, np.newaxis]
    n = np.sum(image**2, axis=1)
    r = 1 + cam[:, 7] * n + cam[:, 8] * n**2
    return (image * (r * cam[:, 6])[:, np.newaxis] - 10.0).ravel()


@piece([1.1, 0.1, 5.0, -0.05, 0.9, 3.0, 0.001, 0.002], "Hartley and Zisserman 2003, homography")
def homography(h):
    H = np.append(h, 1.0).reshape(3, 3)
    pts = np.array([[0, 0, 1], [100, 0, 1], [0, 100, 1], [100, 100, 1.0]]).T
    w = H @ pts
    return (w[:2] / w[2]).T.flatten()


@piece([0.3, 0.2, 0.9, 1.1, 1.8, 0.4, 2.4, 1.5], "De Casteljau 1959")
def de_casteljau(p):
    P, t = p.reshape(4, 2), 0.3
    while len(P) > 1:
        P = (1 - t) * P[:-1] + t * P[1:]
    return P[0]


@piece([0.3, 0.2, 0.9, 1.1, 1.8, 0.4, 2.4, 1.5], "De Boor 1972, cubic basis spline, length of its polygon")
def spline_length(p):
    M = np.array([[1, 4, 1, 0], [-3, 0, 3, 0], [3, -6, 3, 0], [-1, 3, -3, 1]]) / 6
    u = np.linspace(0, 1, 9)
    curve = np.vander(u, 4, increasing=True) @ M @ p.reshape(-1, 2)
    return np.sum(np.hypot(*np.diff(curve, axis=0).T))


@piece([1.0, 2.0, 0.5, 3.0, 2.5], "Press et al. 2007, natural cubic spline through values")
def natural_spline(y):
    n = len(y)
    A, b = np.eye(n), np.zeros(n)
    for i in range(1, n - 1):
        A[i, i - 1 : i + 2] = 1, 4, 1
        b[i] = 6 * (y[i - 1] - 2 * y[i] + y[i + 1])
    M = np.linalg.solve(A, b)
    t = 0.3
    i = np.arange(n - 1)
    return (1 - t) * y[i] + t * y[i + 1] + ((1 - t) ** 3 - (1 - t)) * M[i] / 6 + (t**3 - t) * M[i + 1] / 6


@piece([1.0, 2.0, 0.5, 3.0], "Linear interpolation of given heights")
def linear_interpolation(y):
    return np.interp([0.25, 1.5, 2.9], np.arange(4), y)


@piece([0.9, 0.2, 250.0], "WGS 84, geodetic to Cartesian; Hofmann-Wellenhof et al. 2007")
def geodetic_to_ecef(g):
    lat, lon, h = g
    a, e2 = 6378137.0, 6.69437999014e-3
    N = a / math.sqrt(1 - e2 * math.sin(lat) ** 2)
    x = (N + h) * math.cos(lat) * math.cos(lon)
    y = (N + h) * math.cos(lat) * math.sin(lon)
    return np.array([x, y, (N * (1 - e2) + h) * math.sin(lat)])


@piece([4.0e6, 8.0e5, 4.9e6], "Bowring 1976, Cartesian to geodetic")
def ecef_to_geodetic(r):
    x, y, z = r
    a, b = 6378137.0, 6356752.314245
    e2, ep2 = 1 - (b / a) ** 2, (a / b) ** 2 - 1
    p = np.sqrt(x**2 + y**2)
    th = np.arctan2(z * a, p * b)
    lat = np.arctan2(z + ep2 * b * np.sin(th) ** 3, p - e2 * a * np.cos(th) ** 3)
    return np.array([lat, np.arctan2(y, x), p / np.cos(lat) - a / np.sqrt(1 - e2 * np.sin(lat) ** 2)])


@piece([50.0, 8.0, 48.0, 11.5], "Sinnott 1984, haversine")
def haversine(p):
    lat1, lon1, lat2, lon2 = np.radians(p)
    a = np.sin((lat2 - lat1) / 2) ** 2 + np.cos(lat1) * np.cos(lat2) * np.sin((lon2 - lon1) / 2) ** 2
    return 6371.0 * 2 * np.arcsin(np.sqrt(a))


@piece([0.3, 0.4], "Snyder 1987, Mercator and Lambert's azimuthal projection")
def map_projections(p):
    lon, lat = p
    mercator = [lon, np.arctanh(np.sin(lat))]
    k = np.sqrt(2 / (1 + np.cos(lat) * np.cos(lon)))
    return np.array([*mercator, k * np.cos(lat) * np.sin(lon), k * np.sin(lat)])


@piece([1.2e6, 2.3e6, 5.8e6, 1e-4], "Hofmann-Wellenhof et al. 2007, pseudoranges")
def pseudoranges(s):
    sats = 2.66e7 * np.array([[0.5, 0.1, 0.86], [-0.4, 0.3, 0.87], [0.1, -0.6, 0.79], [0.6, 0.6, 0.53]])
    return [np.linalg.norm(sat - s[:3]) + 299792458.0 * s[3] for sat in sats]


@piece(
    [0.2, 0.3, 1.0, 0.1, 1.2, 0.9, 0.3, 1.1], "Shoelace formula, Meister 1769: area, perimeter and centre of a polygon"
)
def polygon(p):
    x, y = p[::2], p[1::2]
    cross = x * np.roll(y, -1) - np.roll(x, -1) * y
    area = 0.5 * cross.sum()
    perimeter = np.sum(np.sqrt((np.roll(x, -1) - x) ** 2 + (np.roll(y, -1) - y) ** 2))
    return area, perimeter, np.sum((x + np.roll(x, -1)) * cross) / (6 * area)


@piece([0.3, 0.4, 0.1, 1.2, 0.9, 0.3, 0.2, 1.1, 0.8, 0.7, 0.1, 1.4], "Blondel and Karplus 1996, dihedral angle")
def dihedral(p):
    a, b, c, d = np.reshape(p, (4, 3))
    n1, n2 = np.cross(b - a, c - b), np.cross(c - b, d - c)
    axis = (c - b) / np.linalg.norm(c - b)
    return np.rad2deg(np.arctan2(np.dot(np.cross(n1, n2), axis), np.dot(n1, n2)))


@piece([3.0, 4.0, 5.0, 80.0, 95.0, 110.0], "Giacovazzo 2011, metric, volume and reciprocal lengths of a cell")
def unit_cell(p):
    (a, b, c), (al, be, ga) = p[:3], np.cos(np.radians(p[3:]))
    G = np.array([[a * a, a * b * ga, a * c * be], [a * b * ga, b * b, b * c * al], [a * c * be, b * c * al, c * c]])
    return np.hstack((np.sqrt(np.linalg.det(G)), np.sqrt(np.diagonal(np.linalg.inv(G)))))
