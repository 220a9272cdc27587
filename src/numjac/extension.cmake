# The doors to C: _colors.pyx, _core.pyx, _native.pyx, _tape.pyx and _trials.pyx, translated by Cython and linked to the core.
find_package(Python REQUIRED COMPONENTS Interpreter Development.Module NumPy ${SKBUILD_SABI_COMPONENT})
include(UseCython)

set(NUMJAC_PACKAGE ${CMAKE_CURRENT_SOURCE_DIR}/src/numjac)
if(SKBUILD_SABI_VERSION)
  set(NUMJAC_SABI USE_SABI ${SKBUILD_SABI_VERSION})
endif()
foreach(door IN ITEMS _colors _core _native _tape _trials)
  cython_transpile(${NUMJAC_PACKAGE}/${door}.pyx LANGUAGE C MODULE_NAME numjac.${door} OUTPUT_VARIABLE NUMJAC_DOOR_C)
  python_add_library(${door} MODULE ${NUMJAC_SABI} WITH_SOABI ${NUMJAC_DOOR_C})
  target_link_libraries(${door} PRIVATE numjac_core Python::NumPy)
  target_compile_definitions(${door} PRIVATE NPY_NO_DEPRECATED_API=NPY_2_0_API_VERSION
    NPY_TARGET_VERSION=NPY_2_0_API_VERSION
    NUMJAC_COMPILER="${CMAKE_C_COMPILER_ID} ${CMAKE_C_COMPILER_VERSION}")
  if(CMAKE_C_COMPILER_ID MATCHES "GNU|Clang" AND UNIX AND NOT APPLE)
    # What Cython writes is long, and no loop of weight is in it: where it is not called for each operation of f, smaller
    # is better. What nobody calls is left out, and so are tables for exceptions of C++, which C does not throw.
    target_compile_options(${door} PRIVATE $<IF:$<IN_LIST:${door},_core$<SEMICOLON>_tape>,-O2,-Os>
      -ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables)
    target_link_options(${door} PRIVATE -Wl,--gc-sections)
  endif()
  if(NUMJAC_SANITIZE)
    target_compile_options(${door} PRIVATE -O0) # only the core is sanitized closely; this halves the build time
  endif()
endforeach()

# An editable tree is rebuilt at import. CMake compares whole seconds when it installs, so of two edits within a
# second the later one would be lost.
if(SKBUILD_STATE STREQUAL "editable")
  install(CODE "set(ENV{CMAKE_INSTALL_ALWAYS} 1)")
endif()
install(TARGETS _colors _core _native _tape _trials LIBRARY DESTINATION numjac)
install(FILES csrc/numjac.h DESTINATION numjac/include)
