# SPDX-License-Identifier: BSD-3-Clause
"""
Signatures of compiled functions, read from their texts.

The signature of the core is ``int f(size_t n, const double *x, size_t m, double *y, void *data)``; the two sizes, data
and the status may each be missing. The texts come from C, cffi, Cython, ctypes and numba, and spell types differently.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from numjac._native import DATA, SIZES, STATUS
from numjac.errors import SignatureError

__all__ = ["Signature", "signature_of"]

SIZE = frozenset({
    "size_t", "unsigned long", "unsigned long int", "unsigned long long", "unsigned long long int", "uint64",
    "uint64_t", "uintp", "uintptr_t", "long", "long int", "long long", "int64", "int64_t", "intp", "ptrdiff_t",
    "ssize_t", "Py_ssize_t", "npy_intp",
})  # fmt: skip
REAL = frozenset({"double", "float64", "real(c_double)"})
COMPLEX = frozenset({"complex128", "double complex", "complex double", "double _Complex", "_Complex double",
                     "numjac_complex", "npy_cdouble", "_cffi_double_complex_t", "__pyx_t_double_complex"})  # fmt: skip
STATUSES = frozenset({"int", "signed int", "int32", "int32_t", "intc"})
NOTHING = frozenset({"void", "none", "None"})

# What the arguments may be: (s)izes, (p)ointers to numbers, (v)oid or (o)ther pointers.
FORMS = {
    r"pp": 0,
    r"spsp": SIZES,
    r"pp[vop]": DATA,
    r"spsp[vop]": SIZES | DATA,
}
LETTERS = {"size": "s", "real": "p", "complex": "p", "void": "v", "other": "o", "none": "?"}
EXPECTED = "int f([size_t n,] const double *x, [size_t m,] double *y[, void *data]), or void instead of int"


@dataclass(frozen=True)
class Signature:
    """
    How a function is called.

    Parameters
    ----------
    has : int
        SIZES, DATA, STATUS, or-ed.
    of_complex : bool or None
        Its numbers are complex; None if the text does not tell pointers apart.
    """

    has: int
    of_complex: bool | None


def signature_of(text: str) -> Signature:
    """
    Read the text of a signature.

    Parameters
    ----------
    text : str
        In the words of C, with or without names of arguments, or of numba.

    Returns
    -------
    Signature

    Raises
    ------
    SignatureError
        It is none that can be called; the message has both texts.

    Examples
    --------
    >>> signature_of("int (double const *, double *, void *)").of_complex
    False
    >>> signature_of("(uint64, complex128*, uint64, complex128*, none*) -> int32").of_complex
    True
    """
    arguments, returned = _parts(text)
    kinds = [_kind(argument) for argument in arguments]
    letters = "".join(LETTERS[kind] for kind in kinds)
    has = next((has for form, has in FORMS.items() if re.fullmatch(form, _loosely(letters))), None)
    if has is None or returned not in STATUSES | NOTHING:
        raise SignatureError(f"the signature is {text!r}, expected {EXPECTED}")
    numbers = {kind for kind, letter in zip(kinds, _loosely(letters), strict=True) if letter == "p"} - {"void"}
    if len(numbers) > 1:
        raise SignatureError(f"the signature is {text!r}: x and y are not of one kind, expected {EXPECTED}")
    of_complex = None if not numbers else numbers == {"complex"}
    return Signature(has | (STATUS if returned in STATUSES else 0), of_complex)


def _loosely(letters: str) -> str:
    """Pointers to void, where x and y are expected, are taken for those."""
    sized = letters.startswith("s")
    first, second = (1, 3) if sized else (0, 1)
    return "".join("p" if k in (first, second) and c == "v" else c for k, c in enumerate(letters))


def _parts(text: str) -> tuple[list[str], str]:
    """The arguments, and what is returned."""
    flat = re.sub(r"\(\s*\*\s*\w*\s*\)", "", " ".join(text.split()))  # a pointer to a function, or its name in brackets
    if "->" in flat:
        before, _, returned = flat.partition("->")
        inner = before.strip().removeprefix("(").removesuffix(")")
    else:
        found = re.fullmatch(r"\s*(.*?)\s*(?:\b\w+\s*)?\((.*)\)\s*;?\s*", flat)
        if found is None:
            raise SignatureError(f"the signature is {text!r}, expected {EXPECTED}")
        returned, inner = found.groups()
        if not returned:  # int (double *, ...): the one word is the type
            returned = flat.partition("(")[0]
    return [part for part in inner.split(",") if part.strip()], _plain(returned)


def _plain(kind: str) -> str:
    """A type without what does not matter for how it is passed."""
    words = re.sub(r"\b(const|restrict|__restrict|volatile|static|extern)\b", " ", kind)
    return " ".join(words.split())


def _kind(argument: str) -> str:
    """size, real, complex, void, other (a pointer) or none of them."""
    plain = _plain(argument)
    pointer = re.fullmatch(r"(.*?)\s*(?:\*|\[\s*\w*\s*\])\s*\w*", plain)
    array = re.fullmatch(r"(.*?)\s+\w+\s*\[\s*\w*\s*\]", plain)
    if array is not None:
        pointer = array
    if plain in ("voidptr", "c_void_p") or (pointer is not None and pointer[1] in NOTHING):
        return "void"
    if pointer is not None:
        return "real" if pointer[1] in REAL else "complex" if pointer[1] in COMPLEX else "other"
    if plain in SIZE or plain.rpartition(" ")[0] in SIZE:
        return "size"
    return "none"
