"""What is written runs, and what is public is described."""

import doctest
import importlib
import inspect
import pkgutil

import pytest

import numjac as nj

MODULES = ["numjac"] + [
    module.name for module in pkgutil.walk_packages(nj.__path__, "numjac.") if "_core" not in module.name
]
PUBLIC = [getattr(nj, name) for name in nj.__all__ if callable(getattr(nj, name))]


@pytest.mark.parametrize("name", [name for name in MODULES if not name.endswith("__main__")])
def test_examples_run(name):
    results = doctest.testmod(importlib.import_module(name), optionflags=doctest.NORMALIZE_WHITESPACE)
    assert results.failed == 0


@pytest.mark.parametrize("name", MODULES)
def test_every_module_and_public_function_says_what_it_is(name):
    module = importlib.import_module(name)
    assert module.__doc__
    for public in getattr(module, "__all__", []):
        value = getattr(module, public)
        if (inspect.isclass(value) or inspect.isfunction(value)) and value.__module__ == name:
            assert value.__doc__, public


@pytest.mark.parametrize("value", [v for v in PUBLIC if inspect.isfunction(v)], ids=lambda v: v.__name__)
def test_public_functions_have_the_sections_of_numpydoc(value):
    doc = inspect.getdoc(value)
    for section in (
        "Returns",
        "Examples",
        *(["Parameters", "Raises"] if inspect.signature(value).parameters else []),
    ):
        assert f"\n{section}\n{'-' * len(section)}\n" in doc, section


def test_names_are_sorted_and_exist():
    for name in MODULES:
        names = getattr(importlib.import_module(name), "__all__", [])
        assert list(names) == sorted(names, key=lambda n: (not n.isupper(), n)), name


def test_only_numpy_is_needed():
    from importlib import metadata

    needed = [requirement for requirement in metadata.requires("numjac") if "extra ==" not in requirement]
    assert [requirement.partition(">")[0] for requirement in needed] == ["numpy"]


def test_the_configuration_shows_itself():
    config = nj.show_config()
    assert config.version == nj.__version__
    text = repr(config)
    assert all(name in text for name in ("numjac", "python", "numpy", "compiler", "parallel", "found"))
    assert config.numpy in text
