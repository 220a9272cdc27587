"""The tree is the architecture: imports point downward only."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

import numjac

# From the ground up; a module may import those of lower floors only.
FLOORS = [
    ["errors", "result"],
    ["formats"],
    ["layouts", "_colors", "_core", "_tape", "_trials"],
    ["_native"],
    ["native.signatures", "native.sources", "native.threads"],
    ["native.jitted"],
    ["native.function"],
    ["numeric.stencils", "numeric.points", "numeric.series", "numeric.coloring"],
    ["numeric.peeling", "numeric.pattern", "numeric.outputs"],
    ["numeric.functions", "numeric.bounds", "numeric.contours", "numeric.chebyshev"],
    ["numeric.steps", "numeric.recall"],
    ["engines.failure", "engines.parcel"],
    ["engines.pool", "engines.worker"],
    ["engines.engine"],
    ["engines.crowd"],
    ["numeric.differences"],
    ["numeric.lines", "numeric.convergence"],
    ["numeric.families", "numeric.proof"],
    ["numeric.noise", "numeric.pencils", "numeric.bend", "numeric.probing", "numeric.missing", "numeric.missing_pairs"],
    ["numeric.compression"],
    ["numeric.adaptive", "numeric.around"],
    ["numeric.higher", "numeric.curvature"],
    ["analytic.structured.matrix", "analytic.methods"],
    ["analytic.structured.diagonals"],
    ["analytic.structured.selections"],
    ["analytic.structured.products"],
    ["analytic.structured"],
    ["analytic.rules.rule", "analytic.tangents"],
    ["analytic.rules.elementwise", "analytic.rules.linear", "analytic.rules.moving", "analytic.rules.reduction"],
    ["analytic.rules"],
    [
        "analytic.primitives",
        "analytic.identities.elementwise",
        "analytic.identities.complexes",
        "analytic.identities.unknown",
    ],
    [
        "analytic.identities.moves",
        "analytic.identities.reductions",
        "analytic.identities.products",
        "analytic.identities.special",
    ],
    [
        "analytic.identities.assembly",
        "analytic.identities.matrices",
        "analytic.identities.norms",
        "analytic.identities.polynomials",
        "analytic.identities.signals",
        "analytic.identities.statistics",
    ],
    ["analytic.identities.decompositions", "analytic.identities.folds"],
    ["analytic.identities"],
    ["analytic.rebinding.context", "analytic.rebinding.obstacles"],
    ["analytic.rebinding.standins"],
    ["analytic.rebinding.math_proxy", "analytic.rebinding.numpy_proxy"],
    ["analytic.rebinding.scipy_proxy"],
    ["analytic.rebinding.copies"],
    ["analytic.rebinding"],
    ["analytic.chain"],
    ["analytic.tracing"],
    ["analytic.second"],
    ["containers"],
    ["covariance", "seeds"],
    ["options", "config"],
    ["exact", "tasks", "ways"],
    ["second_tasks", "sparse_tasks", "agreement"],
    ["sparse_second"],
    ["policy", "findings"],
    ["seconds"],
    ["operators"],
    ["planned", "sparse", "memo", "consumers"],
    ["curved", "extension", "linear", "adapters"],
    ["api", "plans", "halving", "faults"],
    ["claims"],
    ["plot", "tables", "paths"],
    ["shrinking"],
    ["study"],
    ["check", "demo", "propagation"],
    ["cli"],
    ["__init__", "__main__"],
]
PACKAGE = Path(numjac.__file__).parent
CSRC = Path(__file__).parent.parent / "csrc"
VOCABULARY = {"errors", "result", "layouts"}
DOORKEEPERS = {"numeric.stencils", "numeric.bounds", "numeric.functions", "numeric.steps", "numeric.differences",
               "numeric.lines", "numeric.adaptive", "numeric.pattern", "numeric.compression", "numeric.recall",
    "operators",
    "_native", "native.threads",
    "config"}  # fmt: skip
# Who writes on a tape, and who reads it.
RECORDERS = {"analytic.structured.diagonals", "analytic.structured.selections", "analytic.tangents",
             "analytic.rules.rule", "analytic.rules.elementwise", "analytic.rules.moving", "analytic.rules.reduction",
             "analytic.rules.linear", "analytic.primitives", "analytic.chain",
             "analytic.tracing", "analytic.identities.moves", "analytic.identities.products",
             "analytic.identities.complexes", "analytic.identities.assembly",
             "analytic.identities.statistics", "analytic.rebinding.context",
             "analytic.rebinding.standins", "analytic.rebinding.math_proxy", "analytic.rebinding.numpy_proxy",
             "analytic.rebinding.scipy_proxy", "analytic.rebinding.copies", "containers",
             "exact"}  # fmt: skip
# What is imported where it is used, and by whom alone.
EXTRAS = {
    "engines.parcel": {"cloudpickle"},
    "engines.worker": {"threadpoolctl"},
    "containers": {"scipy"},
    "linear": {"scipy"},
    "plot": {"matplotlib"},
    "analytic.identities.special": {"scipy"},
}


def floor_of(module):
    return next(number for number, modules in enumerate(FLOORS) if module in modules)


def modules_in(tree):
    files = {p for p in tree.rglob("*.py") if p.name != "__init__.py" or p.parent == tree} | set(tree.rglob("*.pyx"))
    packages = {p for p in tree.rglob("__init__.py") if "import" in p.read_text() and p.parent != tree}
    named = {".".join(p.relative_to(tree).with_suffix("").parts): p for p in files}
    return named | {".".join(p.parent.relative_to(tree).parts): p for p in packages}


def imports_of(path, known):
    """The modules of the package that a file imports."""
    if path.suffix == ".pyx":
        lines = [
            line
            for line in path.read_text().splitlines()
            if line.startswith("from numjac.") and " cimport " not in line
        ]
        tree = ast.parse("\n".join(lines))
    else:
        tree = ast.parse(path.read_text())
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return {name.removeprefix("numjac.") for name in found if name.removeprefix("numjac.") in known}


def outsiders_of(path):
    """The packages outside the standard library and numjac that a Python file imports."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.split(".")[0])
    return names - set(sys.stdlib_module_names) - {"numjac", "__future__"}


def wing_of(module):
    return module.split(".")[0]


def violations(tree):
    """Every import that does not point downward, every room that is on no floor, every door opened by the wrong one."""
    modules = modules_in(tree)
    on_floors = {module for floor in FLOORS for module in floor}
    bad = [f"{module} is on no floor" for module in sorted(set(modules) - on_floors)]
    for module, path in sorted(modules.items()):
        if module not in on_floors:
            continue
        for other in sorted(imports_of(path, on_floors) - {module}):
            if floor_of(other) >= floor_of(module):
                bad.append(f"{module} imports {other}, which is not below it")
            if other == "_core" and module not in DOORKEEPERS:
                bad.append(f"{module} opens the door to C")
            if other == "_tape" and module not in RECORDERS:
                bad.append(f"{module} handles the tape")
            if {wing_of(module), wing_of(other)} == {"numeric", "analytic"}:
                bad.append(f"{module} imports {other}, of the other wing")
        others = outsiders_of(path) - {"numpy"} - EXTRAS.get(module, set()) if path.suffix == ".py" else set()
        if others:
            bad.append(f"{module} imports {sorted(others)}")
    return bad


def test_imports_point_downward():
    assert violations(PACKAGE) == []


def test_every_floor_is_lived_on():
    compiled = {"_colors", "_core", "_native", "_tape", "_trials"}  # the wheel holds no source of these
    known = set(modules_in(PACKAGE)) | compiled
    assert {module for floor in FLOORS for module in floor} == known


@pytest.mark.parametrize(
    ("module", "line", "complaint"),
    [
        (
            "numeric/stencils.py",
            "from numjac.api import jacobian",
            "numeric.stencils imports api, which is not below it",
        ),
        ("errors.py", "import numjac.layouts", "errors imports layouts, which is not below it"),
        ("result.py", "from numjac import _core", "result opens the door to C"),
        ("numeric/steps.py", "import scipy.sparse", "numeric.steps imports ['scipy']"),
        ("algebra.py", "import numpy", "algebra is on no floor"),
        ("analytic/chain.py", "from numjac.numeric.steps import Wishes", "of the other wing"),
        ("numeric/noise.py", "from numjac.analytic.chain import Graph", "of the other wing"),
        ("analytic/second.py", "import numjac._tape as _tape", "analytic.second handles the tape"),
        ("exact.py", "import scipy", "exact imports ['scipy']"),
        ("numeric/bounds.py", "from numjac.numeric.functions import Batch", "not below it"),
    ],
)
def test_a_planted_violation_is_found(tmp_path, module, line, complaint):
    for path in modules_in(PACKAGE).values():
        copy = tmp_path / path.relative_to(PACKAGE)
        copy.parent.mkdir(exist_ok=True, parents=True)
        copy.write_text(path.read_text())
    assert violations(tmp_path) == []
    planted = tmp_path / module
    planted.write_text((planted.read_text() if planted.exists() else "") + f"\n{line}\n")
    assert any(complaint in found for found in violations(tmp_path))


def found_in(pattern):
    """The files of the core in which a pattern occurs."""
    return sorted(p.name for p in CSRC.glob("*.[ch]") if re.search(pattern, p.read_text(), re.MULTILINE))


def test_the_core_knows_no_python_and_allocates_nothing():
    assert found_in(r"Python\.h|PyObject") == []
    assert found_in(r"\b(malloc|calloc|realloc|free|alloca)\b *\(") == []


def test_the_core_keeps_no_state():
    """But for the threads, where they are a pool."""
    assert found_in(r"^(?!const|typedef|return| |}|extern)[^(){}/#*]+;$") == []
    assert found_in(r"^static (?!const\b|inline\b)[\w ]*(\([\w ]*\) \w+)?(;| =| \{$)") == ["parallel.c"]


def test_only_one_file_knows_what_a_thread_is():
    assert found_in(r"#pragma omp|omp\.h|pthread_|pthread\.h") == ["parallel.c"]


def test_public_names_are_imported_when_they_are_asked_for():
    tree = ast.parse((PACKAGE / "__init__.py").read_text())
    told = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("numjac."):
            told |= {alias.name: node.module.removeprefix("numjac.") for alias in node.names}
    assert told == numjac._HOME  # what type checkers see is what is there
    assert sorted({*told, *numjac._MODULES}) == sorted(numjac.__all__)
    for name in numjac.__all__:
        assert getattr(numjac, name) is not None
        assert name in dir(numjac)
    with pytest.raises(AttributeError, match="no attribute 'jacobean'"):
        numjac.jacobean  # noqa: B018
    code = "import sys, numjac; print([name for name in sys.modules if name.startswith('numjac.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
