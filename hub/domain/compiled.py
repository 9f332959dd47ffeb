"""Number-crunching loops, compiled to machine code on first use."""

from collections.abc import Callable
from typing import TypeVar, cast

import numba

_F = TypeVar("_F", bound=Callable[..., object])


def compiled(function: _F) -> _F:
    """Return `function` compiled by numba, which keeps the result on disk for the next process.

    Arguments must be numbers and numpy arrays. Calls of other compiled functions are
    inlined; nothing of Python's own objects is available inside.
    """
    return cast(_F, numba.njit(cache=True, nogil=True)(function))
