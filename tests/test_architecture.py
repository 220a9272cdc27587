"""The tree is the architecture: imports point downward only."""

import ast
import re
import sys
from pathlib import Path

import pytest

import numjac

# From the ground up; a module may import those of lower floors only.
FLOORS = [
    ["errors", "result"],
    ["formats"],
    ["layouts", "_core", "_trials", "analytic.structured"],
    ["numeric.stencils", "numeric.points", "numeric.series"],
    ["numeric.functions", "numeric.bounds", "numeric.contours", "numeric.chebyshev"],
    ["numeric.steps"],
    ["numeric.differences"],
    ["numeric.lines"],
    ["numeric.families", "numeric.proof"],
    ["numeric.noise", "numeric.pencils", "numeric.bend"],
    ["numeric.adaptive", "numeric.around"],
    ["numeric.higher", "numeric.curvature"],
    ["options", "config"],
    ["tasks"],
    ["policy", "findings"],
    ["seconds"],
    ["operators"],
    ["planned"],
    ["curved"],
    ["api"],
    ["demo"],
    ["__init__", "__main__"],
]
PACKAGE = Path(numjac.__file__).parent
CSRC = Path(__file__).parent.parent / "csrc"
VOCABULARY = {"errors", "result", "layouts"}
DOORKEEPERS = {"numeric.stencils", "numeric.bounds", "numeric.functions", "numeric.steps", "numeric.differences",
               "numeric.lines", "numeric.adaptive",
    "operators",
    "config"}  # fmt: skip


def floor_of(module):
    return next(number for number, modules in enumerate(FLOORS) if module in modules)


def modules_in(tree):
    files = {p for p in tree.rglob("*.py") if p.name != "__init__.py" or p.parent == tree} | set(tree.rglob("*.pyx"))
    return {".".join(p.relative_to(tree).with_suffix("").parts): p for p in files}


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


def violations(tree):
    """Every import that does not point downward, every room that is on no floor, every door opened by the wrong one."""
    modules = modules_in(tree)
    on_floors = {module for floor in FLOORS for module in floor}
    bad = [f"{module} is on no floor" for module in sorted(set(modules) - on_floors)]
    for module, path in sorted(modules.items()):
        if module not in on_floors:
            continue
        for other in sorted(imports_of(path, on_floors)):
            if floor_of(other) >= floor_of(module):
                bad.append(f"{module} imports {other}, which is not below it")
            if other == "_core" and module not in DOORKEEPERS:
                bad.append(f"{module} opens the door to C")
        if path.suffix == ".py" and outsiders_of(path) - {"numpy"}:
            bad.append(f"{module} imports {sorted(outsiders_of(path) - {'numpy'})}")
    return bad


def test_imports_point_downward():
    assert violations(PACKAGE) == []


def test_every_floor_is_lived_on():
    known = set(modules_in(PACKAGE)) | {"_core", "_trials"}  # the wheel holds it compiled
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
        ("analytic.py", "import numpy", "analytic is on no floor"),
        ("numeric/bounds.py", "from numjac.numeric.functions import Batch", "not below it"),
    ],
)
def test_a_planted_violation_is_found(tmp_path, module, line, complaint):
    for name, path in modules_in(PACKAGE).items():
        copy = tmp_path / Path(*name.split(".")).with_suffix(path.suffix)
        copy.parent.mkdir(exist_ok=True)
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
    assert found_in(r"^(?!const|typedef|return| |}|extern)[^(){}/#*]+;$") == []


def test_only_one_file_knows_what_a_thread_is():
    assert found_in(r"#pragma omp|omp\.h|pthread") == ["parallel.c"]
