# SPDX-License-Identifier: BSD-3-Clause
"""
How wrong a derivative is, for how many evaluations, and whether it says so.

Every case is generated from a seed, and no method was tuned on the default one; ``--seed`` takes others. ``--only``
shows some of the tables, and ``--plot`` draws error against evaluations.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from itertools import starmap
from pathlib import Path
from typing import Any

import numpy as np
from estimators import ADAPTIVE, AUTO, COMPLEX, MISSING, OURS, RIVALS, Contender, higher, reported
from goals import EIGHT, FOUR, Scores, errors_wanted, evaluations_wanted, failures, honesty, median, of, p90
from plot import evaluations
from report import table
from score import HEAD, Case, Score, Unavailable, at_least, at_most, quiet, score, score_rows, small

import numjac as nj

sys.path.append(str(Path(__file__).parent.parent / "tests"))

import problems
import trees

SEED = 20261
# Those who take milliseconds for one derivative take part in every so-manyth case.
SLOW = {"numdifftools": 4, "scipy.differentiate": 4}
TREES, SYSTEMS = 1000, 200


def case_of(p: Any) -> Case:
    return Case(p.f, p.x, p.exact, p.size)


def compare(cases: Sequence[Case], contenders: Mapping[str, Contender], thin: bool = True) -> dict[str, Score | None]:
    """Every contender on the cases; the slow ones on some of them, as their names then say."""
    kind = "jacobian" if np.ndim(cases[0].x) else "derivative"
    scores = {}
    for name, contender in contenders.items():
        every = SLOW.get(name, 1) if thin else 1
        label = name if every == 1 else f"{name} (1 in {every})"
        scores[label] = score(cases[::every], getattr(contender, kind))
    return scores


# ------------------------------------------------------------------------------------------------- 1. 2. trees


@lru_cache
def tree_scores(seed: int) -> Scores:
    return compare([case_of(p) for p in trees.scalar_trees(seed, TREES)], OURS | RIVALS)


@lru_cache
def system_scores(seed: int) -> Scores:
    return compare([case_of(p) for p in trees.vector_trees(seed, SYSTEMS)], OURS | RIVALS)


def of_one_number(seed: int) -> str:
    """Table 1."""
    scores = tree_scores(seed)
    return "\n".join(
        [
            f"1. trees: {TREES} random expressions of one number, x from 1e-11 to 1e11.",
            *evaluations_wanted(scores),
            *errors_wanted(scores),
            *failures(scores, FOUR),
            *failures(scores, EIGHT),
            *honesty(scores, ADAPTIVE),
            table(HEAD, score_rows(scores)),
        ]
    )


def of_four_numbers(seed: int) -> str:
    """Table 2."""
    scores = system_scores(seed)
    return "\n".join(
        [
            f"2. systems: {SYSTEMS} Jacobians of random expressions, 3 outputs of 4 numbers, each with its own scale.",
            *evaluations_wanted(scores),
            *errors_wanted(scores),
            *failures(scores, FOUR),
            *honesty(scores, ADAPTIVE),
            table(HEAD, score_rows(scores)),
        ]
    )


# ------------------------------------------------------------------------------------------ 3. the literature


@lru_cache
def vector_scores(seed: int) -> Scores:
    """The problems are the same for every seed."""
    return compare([case_of(p) for p in problems.VECTORS], OURS | RIVALS, thin=False)


def of_vectors(seed: int) -> str:
    """Table 3."""
    scores = vector_scores(seed)
    return "\n".join(
        [
            "3. vectors: the entries of the Jacobians of 16 systems from the literature, n = 2 ... 20; no seed.",
            *evaluations_wanted(scores),
            at_most(f"{FOUR}: median", of(scores, FOUR, median), 5e-13),
            at_most(f"{FOUR}: p90", of(scores, FOUR, p90), 1e-10),
            *honesty(scores, ADAPTIVE),
            table(HEAD, score_rows(scores)),
        ]
    )


# ---------------------------------------------------------------------------------- 4. x does not tell the scale


def of_scales(seed: int) -> str:
    """Table 4."""
    sets = {
        "at x = 1, over lengths of 1e-6 ... 1e6": [case_of(p) for p in problems.misscaled()],
        "at x = 0, over lengths of 1e-10 ... 1e10": [case_of(p) for p in problems.hidden_scale()],
    }
    parts = [
        f"\n   {name}: {len(cases)}\n{table(HEAD, score_rows(compare(cases, OURS | RIVALS)))}"
        for name, cases in sets.items()
    ]
    return "\n".join(
        ["4. scales: functions that change over a length which x does not tell; no seed, no goal.", *parts]
    )


# ------------------------------------------------------------------------------------------------- 5. edges


def of_domain(seed: int) -> str:
    """Table 5."""
    cases = [case_of(p) for p in problems.DOMAIN]
    contenders = {name: one for name, one in (OURS | RIVALS).items() if "central" not in name and "2-point" not in name}
    scores = compare(cases, contenders, thin=False)
    rows = [[p.name, *(domain_cell(found, i) for found in scores.values())] for i, p in enumerate(problems.DOMAIN)]
    rows += [["below 1e-8", *("" if found is None else str(below(found)) for found in scores.values())]]
    return "\n".join(
        [
            "5. domain: near an edge, a pole, an overflow; no seed. A star: the error bar does not cover the error.",
            *(at_least(f"{name}: cases below 1e-8", of(scores, name, below), 16) for name in (AUTO, *ADAPTIVE)),
            table(["", *(name.removeprefix("numjac ") for name in scores)], rows),
        ]
    )


def below(found: Score) -> int:
    return int(np.sum(found.error < 1e-8))


def domain_cell(found: Score | None, i: int) -> str:
    if found is None:
        return "n/a"
    error, bar = found.error[i], found.bar[i]
    return small(error) + ("*" if error > bar + 1e-16 else " ")


# --------------------------------------------------------------------------------------------------- 6. noise

LEVELS = (1e-14, 1e-12, 1e-10, 1e-8, 1e-6, 1e-4, 1e-3)


def noisy_cases(seed: int, systems: bool) -> dict[str, list[Case]]:
    """The smooth functions, spoilt at every level and by float32; their exact derivatives are those without."""
    spoil = problems.noisy_system if systems else problems.noisy
    plain = list(problems.systems(seed, 2) if systems else problems.near_smooth(seed, 6))
    made = {
        small(noise): [Case(spoil(p.f, noise, i), p.x, p.exact, p.size) for i, p in enumerate(plain)]
        for noise in LEVELS
    }
    return made | {"float32": [Case(problems.single_inside(p.f), p.x, p.exact, p.size) for p in plain]}


def of_noise(seed: int) -> str:
    """Table 6."""
    text = ["6. noise: smooth functions times 1 + noise * normal, or in float32, in tables of median and of coverage."]
    for systems, name in ((False, "functions of one number"), (True, "systems, 4 outputs of 4 numbers")):
        cases = noisy_cases(seed, systems)
        contenders = OURS | RIVALS
        del contenders[COMPLEX]
        scores = {level: compare(some, contenders) for level, some in cases.items()}
        worst = {one: worst_coverage(scores, one) for one in ADAPTIVE}
        text += [f"\n   {name}, {len(cases['float32'])} at each level"]
        text += [at_least(f"{one}: least coverage in % of finite bars", worst[one], 95) for one in ADAPTIVE]
        text += [noise_table("median", scores, lambda s: small(s.quantile(0.5)))]
        text += [noise_table("covered; infinite", scores, covered_cell)]
    return "\n".join(text)


def worst_coverage(scores: Mapping[str, Scores], name: str) -> float | None:
    found = [by_name[name] for by_name in scores.values()]
    return min(100 * one.coverage for one in found if one is not None) if all(found) else None


def covered_cell(found: Score) -> str:
    if not found.has_bars:
        return "-"
    return f"{found.coverage:.3f} {found.unresolved:.2f}"


def noise_table(what: str, scores: Mapping[str, Scores], cell: Callable[[Score], str]) -> str:
    names = next(iter(scores.values()))
    rows = [[name, *(noise_cell(by_name[name], cell) for by_name in scores.values())] for name in names]
    return "\n" + table([what, *scores], [row for row in rows if set(row[1:]) != {"-"}])


def noise_cell(found: Score | None, cell: Callable[[Score], str]) -> str:
    return "n/a" if found is None else cell(found)


# -------------------------------------------------------------------------------------------------- 7. verdicts

POINTS = 40


def of_verdicts(seed: int) -> str:
    """Table 7."""
    rows, wrong = [], {True: 0, False: 0}
    for valid, codes in ((True, problems.VALID), (False, problems.INVALID)):
        for code in codes:
            ways = [way_taken(code.f, x) for x in code.points(seed, POINTS)]
            missed = [way for way in ways if (way == "complex") != valid]
            wrong[valid] += len(missed)
            if missed:
                rows += [[code.name, "valid" if valid else "invalid", str(len(missed)), missed[0]]]
    return "\n".join(
        [
            f"7. verdicts: is the complex step taken where it is right, and there only? {POINTS} points each.",
            at_most(f"the {len(problems.VALID)} valid functions refused, in points,", wrong[True], 0),
            at_most(f"the {len(problems.INVALID)} invalid functions believed, in points,", wrong[False], 0),
            table(["wrong verdicts", "it is", "points", "taken"], rows or [["none", "", "", ""]]),
        ]
    )


def way_taken(f: Callable[..., Any], x: Any) -> str:
    """The method of ``method="auto"``, or the error that it ends with."""
    with quiet():
        try:
            return str(nj.jacobian(f, x, full_output=True)[1].method)
        except Exception as error:
            return type(error).__name__


# ------------------------------------------------------------------------------------------ 8. k-th derivatives

ORDERS = (1, 2, 3, 4, 5, 6, 8, 10)
WANTED = {5: 1e-12, 10: 1e-8}


def of_higher(seed: int) -> str:
    """Table 8."""
    scores = {k: {name: score(cases_of_order(k), one) for name, one in higher(k).items()} for k in ORDERS}
    names = list(scores[1])
    bound = worst_coverage({str(k): by_name for k, by_name in scores.items()}, AUTO)
    looks: dict[str, Callable[[Score], str]] = {
        "median / p90": lambda s: f"{s.quantile(0.5):.0e}/{s.quantile(0.9):.0e}".replace("e-0", "e-"),
        "covered; infinite": covered_cell,
        "evaluations": lambda s: f"{s.points:.0f}",
    }
    return "\n".join(
        [
            "8. higher: the k-th derivative of 30 functions of one number; no seed.",
            *(at_most(f"{AUTO}: k = {k}, median", of(scores[k], AUTO, median), most) for k, most in WANTED.items()),
            at_least(f"{AUTO}: least coverage in %", bound, 99),
            *(order_table(what, scores, names, cell) for what, cell in looks.items()),
        ]
    )


def cases_of_order(k: int) -> list[Case]:
    derivatives = [(one.f, one.x, one.exact[k]) for one in problems.SCALARS]
    return [Case(f, x, slope, abs(slope)) for f, x, slope in derivatives]


def order_table(what: str, scores: Mapping[int, Scores], names: Sequence[str], cell: Callable[[Score], str]) -> str:
    rows = [[name, *(noise_cell(scores[k][name], cell) for k in ORDERS)] for name in names]
    return "\n" + table([what, *(f"k = {k}" for k in ORDERS)], rows)


# ------------------------------------------------------------------------------------------ 9. kinks and jumps


CORNERS = [("kink", one) for one in problems.KINKS] + [("jump", one) for one in problems.JUMPS]


def of_kinks(seed: int) -> str:
    """Table 10."""
    try:
        answers = [adaptive(one.f, one.x) for _, one in CORNERS]
        alarms = [adaptive(p.f, p.x)[2] for p in trees.scalar_trees(seed, TREES)]
    except Unavailable:
        return "9. kinks: not available"
    found = [(*corner, *answer) for corner, answer in zip(CORNERS, answers, strict=True)]
    false = np.mean(["kink" in flags or "jump" in flags for flags in alarms])
    return "\n".join(
        [
            f"9. kinks: what {FOUR} says where f is not smooth at x.",
            at_least("kinks named, of 10,", sum(kind in flags for kind, *_, flags in found if kind == "kink"), 8),
            at_least("jumps named, of 6,", sum(kind in flags for kind, *_, flags in found if kind == "jump"), 6),
            at_least(
                "bars that are infinite, or hold for both slopes of a kink, of 16,", sum(starmap(holds, found)), 16
            ),
            at_most(f"% of {TREES} smooth trees named so,", float(100 * false), 0.2),
            table(["", "it is", "slopes", "found", "bar", "flags"], list(starmap(corner_row, found))),
        ]
    )


def adaptive(f: Callable[..., Any], x: float) -> tuple[float, float, str]:
    """Value, error bar and the names of the flags."""
    with quiet():
        value, report = reported("derivative", f, x, method="adaptive")
    return float(value), float(report.error), ", ".join(name for name in report.counts() if name != "ok")


def holds(kind: str, corner: Any, value: float, bar: float, flags: str) -> bool:
    """A jump has no slope, so nothing but infinity holds for it."""
    return bool(np.isinf(bar)) or (kind == "kink" and max(abs(value - corner.left), abs(value - corner.right)) <= bar)


def corner_row(kind: str, corner: Any, value: float, bar: float, flags: str) -> list[str]:
    return [corner.name, kind, f"{corner.left:.4g}, {corner.right:.4g}", f"{value:.4g}", small(bar), flags]


TABLES = {
    "trees": of_one_number,
    "systems": of_four_numbers,
    "vectors": of_vectors,
    "scales": of_scales,
    "domain": of_domain,
    "noise": of_noise,
    "verdicts": of_verdicts,
    "higher": of_higher,
    "kinks": of_kinks,
}


def main() -> None:
    """The tables alone."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED, help=f"of what is drawn at random ({SEED})")
    parser.add_argument(
        "--only", choices=TABLES, nargs="+", default=list(TABLES), metavar="NAME", help=", ".join(TABLES)
    )
    parser.add_argument("--plot", metavar="FILE", help="draw error against evaluations; needs numjac[plot]")
    wishes = parser.parse_args()
    print(f"numjac {nj.__version__}, Python {sys.version.split()[0]}, NumPy {np.__version__}, seed {wishes.seed}")
    for name in wishes.only:
        print(f"\n{TABLES[name](wishes.seed)}", flush=True)
    print(*MISSING, sep="\n")
    if wishes.plot:
        title = f"{TREES} random expressions, seed {wishes.seed}"
        evaluations(Path(wishes.plot), {title: tree_scores(wishes.seed), "16 systems": vector_scores(wishes.seed)})


if __name__ == "__main__":
    main()
