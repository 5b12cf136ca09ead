"""Arrays of a testbed: weak labels, true labels, slices."""

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray

from researchfleet_core.testbed.errors import TestbedError

FloatArray = NDArray[np.float32]
LabelArray = NDArray[np.uint8]

# Weak labels keep three decimals: the bits below carry nothing about a teacher's belief, but could carry a true label.
WEAK_DECIMALS = 3


def dump_array(array: NDArray[Any]) -> bytes:
    """The array as NumPy's .npy."""
    out = io.BytesIO()
    np.save(out, np.ascontiguousarray(array), allow_pickle=False)
    return out.getvalue()


def load_labels(data: bytes, file: str, rows: int) -> LabelArray:
    """0/1 of shape [rows], uint8. Raises TestbedError naming dtype, shape or value."""
    array = _load(data, file, np.dtype(np.uint8), (rows,))
    if (array > 1).any():
        raise TestbedError(f"{file}[{int(np.argmax(array > 1))}]", f"{int(array[array > 1][0])} is not allowed (0 or 1)")
    return array


def load_weak(data: bytes, file: str, teachers: int, rows: int) -> FloatArray:
    """P(label = 1) by each weak teacher, float32 [teachers, rows]. Raises TestbedError naming dtype, shape or value."""
    array = _load(data, file, np.dtype(np.float32), (teachers, rows))
    wrong = ~((array >= 0) & (array <= 1) & (array == as_weak(array)))
    if wrong.any():
        teacher, row = (int(i[0]) for i in np.nonzero(wrong))
        raise TestbedError(
            f"{file}[{teacher}, {row}]", f"{array[teacher, row]!r} is not allowed (0 to 1, {WEAK_DECIMALS} decimals)"
        )
    return array


def as_weak(probabilities: NDArray[Any]) -> FloatArray:
    """Probabilities as weak.npy holds them."""
    return np.round(probabilities.astype(np.float64), WEAK_DECIMALS).astype(np.float32)


def _load(data: bytes, file: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    try:
        array = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError, OSError) as error:
        raise TestbedError(file, f"not a plain .npy array: {error}") from None
    if not isinstance(array, np.ndarray) or array.dtype != dtype or array.shape != shape:
        found = f"{array.dtype} {list(array.shape)}" if isinstance(array, np.ndarray) else "an archive"
        raise TestbedError(file, f"{found} is not allowed ({dtype} {list(shape)})")
    return array
