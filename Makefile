# One word for each chore; `make` alone lists them. All that they make lies in .venv, build and dist.

define WORDS
make demo        one Jacobian by every method, and a fit to certified data
make test        the C core, then the package as it is installed in .venv
make dev         install numjac in .venv as a link to src, rebuilt at import
make lint        style and types
make format      mend what of the style can be mended
make sanitize    the tests under the address and undefined-behaviour sanitizers
make bench       measure, beside every rival that is installed; writes benchmarks/RESULTS.md
make bench-quick the comparison with the rivals alone, on fewer problems; writes build/bench/RESULTS.md
make docs        build the pages in build/docs/html, from docs, the docstrings and examples/gallery
make bench-guard count instructions and compare them with the stored figures; UPDATE=1 stores them
make wheel       build dist/numjac-*.whl, with all that it is linked to, and look at its ABI
make wheel-test  test that wheel under every Python >= 3.11 of this machine, with its oldest NumPy and the newest
make sdist       build dist/numjac-*.tar.gz, install from it, and test that
make cross       compile the C core for the other machines that wheels are for
make clean       remove .venv, build, dist and caches

PYTHON=...       the Python that .venv is made from (python3)
endef

PYTHON ?= python3
export PIP_DISABLE_PIP_VERSION_CHECK = 1

# One compiler for all: the C tests would take cc, the package the one that Python itself was built with.
ifeq ($(origin CC),default)
CC := $(shell for name in cc gcc clang; do command -v $$name && break; done)
endif
export CC

python := .venv/bin/python
pip := $(python) -m pip --quiet
# A numjac that is linked calls cmake, in .venv, when it is imported; and ninja would heed the flags of make.
run := MAKEFLAGS= PATH="$$PWD/.venv/bin:$$PATH" $(python) -m
c_files := $(wildcard csrc/*.[ch] tests/c/*.[ch])
sources := CMakeLists.txt pyproject.toml $(wildcard csrc/*.*) \
	$(filter-out %.pyc,$(wildcard src/numjac/*.* src/numjac/*/*.*))

# What pyproject.toml requires for the build or for an extra; to install that takes no build of numjac.
requirements = $$($(python) -c 'import tomllib; project = tomllib.load(open("pyproject.toml", "rb")); \
	print(*(project["build-system"] | project["project"]["optional-dependencies"])["$(1)"])')

define ctest
.venv/bin/cmake -S . -B $(1) -G Ninja -DCMAKE_MAKE_PROGRAM="$$PWD/.venv/bin/ninja" $(2)
MAKEFLAGS= .venv/bin/cmake --build $(1)
.venv/bin/ctest --test-dir $(1) --output-on-failure
endef

.PHONY: help demo test dev lint format sanitize sanitize-c sanitize-python bench bench-guard docs wheel wheel-test sdist cross clean always
.NOTPARALLEL:

help: ; $(info $(WORDS)) @:

demo: .venv/numjac
	@$(run) numjac demo

test: .venv/numjac .venv/has-test .venv/has-engines .venv/has-cmake
	$(call ctest,build/c)
	$(run) pytest

dev: .venv/linked .venv/has-test .venv/has-engines .venv/has-lint

lint: .venv/numjac .venv/has-lint
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m mypy
	.venv/bin/clang-format --dry-run -Werror $(c_files)

format: .venv/has-lint
	$(python) -m ruff format
	$(python) -m ruff check --fix
	.venv/bin/clang-format -i $(c_files)

bench bench-quick: .venv/numjac .venv/has-test .venv/has-bench-all
	$(python) benchmarks/run.py $(if $(filter bench-quick,$@),--quick)

docs: .venv/numjac .venv/has-test .venv/has-docs
	$(run) sphinx -W --keep-going -n -q -d build/docs/doctrees docs build/docs/html

wheel: dist/made

wheel-test: dist/made
	sh tests/every_python.sh dist/numjac-*.whl

sdist: .venv/has-wheel
	@rm -f dist/*.tar.gz
	$(python) -m build --sdist --outdir dist .
	sh tests/from_sdist.sh $(python) dist/numjac-*.tar.gz

cross: .venv/has-wheel
	sh tools/cross.sh $(python)

clean:
	rm -rf .venv build dist .benchmarks .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -rf docs/gallery docs/pictures/generated docs/reference/generated

# ------------------------------------------------------------------------------------------------------- .venv
# Empty files in .venv say what it has, and since when.

.venv/made:
	@sh tools/venv.sh "$(PYTHON)" .venv
	@touch $@

.venv/has-%: pyproject.toml | .venv/made
	@echo "numjac: installing what pyproject.toml requires for $(*:requires=the build)"
	@$(pip) install $(call requirements,$*)
	@touch $@

# The names of the sources. Written anew when a file has come or gone, which no time of a file would show.
.venv/names: always | .venv/made
	@[ "$$(cat $@ 2>/dev/null)" = "$(sources)" ] || echo "$(sources)" >$@

# numjac as a copy; or as a link, which follows the sources by itself, once `make dev` was called.
.venv/numjac: $(sources) .venv/names
	@[ ! -e .venv/linked ] || $(MAKE) --silent .venv/linked
	@[ -e .venv/linked ] || { echo "numjac: building and installing numjac"; $(pip) install .; }
	@touch $@

.venv/linked: pyproject.toml .venv/names .venv/has-requires .venv/has-cmake
	@echo "numjac: building and linking numjac"
	@$(pip) install --no-build-isolation --config-settings=editable.rebuild=true --editable .
	@touch $@

dist/made: $(sources) README.md LICENSE .venv/names .venv/has-wheel
	@echo "numjac: building a wheel"
	@rm -rf dist/*.whl build/wheel
	@$(pip) wheel --no-deps --wheel-dir build/wheel .
	@PATH="$$PWD/.venv/bin:$$PATH" sh tools/repair.sh $(python) build/wheel dist
	@touch $@

# -------------------------------------------------------------------------------------------------- sanitizers
# GCC's, because Python is not linked to them and has to load them first: GCC has them as shared libraries.

sanitized := build/sanitize/venv/bin/python
runtime = $$($(CC) -print-file-name=libasan.so) $$($(CC) -print-file-name=libubsan.so)

sanitize:
	@case "$$($(CC) --version 2>&1)$(runtime)" in \
	*"Free Software Foundation"*/libasan.so*/libubsan.so) $(MAKE) --no-print-directory sanitize-c sanitize-python ;; \
	*) echo "numjac: nothing is sanitized: $(CC) is not GCC with libasan and libubsan" ;; esac

sanitize-c: .venv/has-cmake
	$(call ctest,build/sanitize/c,-DNUMJAC_SANITIZE=ON)

# What is sanitized is slow: a test of how fast it is would fail. joblib waits for ever for a dead worker that is.
sanitize-python: build/sanitize/venv/numjac
	LD_PRELOAD="$(runtime)" PYTHONMALLOC=malloc ASAN_OPTIONS=detect_leaks=0 \
		$(sanitized) -m pytest --capture=sys -k 'not tenth_of_a_second and not (dies and joblib)'

build/sanitize/venv/numjac: $(sources) .venv/names
	@echo "numjac: building and installing numjac with sanitizers"
	@$(python) -m venv build/sanitize/venv
	@$(sanitized) -m pip --quiet install --config-settings=cmake.define.NUMJAC_SANITIZE=ON \
		--config-settings=install.strip=false '.[test]'
	@touch $@

# ------------------------------------------------------------------------------------------------------- guard
# What users have: neither linked to the sources nor made for one Python. Names are kept for callgrind_annotate.

guarded := build/guard/venv/bin/python

bench-guard: build/guard/venv/numjac .venv/has-cmake
	.venv/bin/cmake -S benchmarks/guard -B build/guard/c -G Ninja -DCMAKE_MAKE_PROGRAM="$$PWD/.venv/bin/ninja"
	MAKEFLAGS= .venv/bin/cmake --build build/guard/c
	$(guarded) benchmarks/guard/guard.py build/guard $(if $(UPDATE),--update)

build/guard/venv/numjac: $(sources) .venv/names
	@echo "numjac: building and installing numjac as users have it"
	@$(python) -m venv build/guard/venv
	@$(guarded) -m pip --quiet install --config-settings=install.strip=false .
	@touch $@
