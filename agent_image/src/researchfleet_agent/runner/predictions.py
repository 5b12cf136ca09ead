"""The file a run has to write: a JSON list, one number from 0 to 1 for each test row."""

import json
from math import isfinite
from pathlib import Path
from typing import NoReturn

# 2,400 rows at 20 characters are 48 kB; a file above this is no list of predictions of any testbed here.
MAX_BYTES = 16 * 1024 * 1024


class PredictionsError(ValueError):
    """The file is not as docs/snapshots.md says: the place, the value, what is allowed."""


def read_predictions(file: Path, rows: int) -> list[float]:
    """The predictions of a run, [rows]. Raises PredictionsError naming the first thing that is wrong."""
    try:
        if file.is_symlink() or not file.is_file():
            raise PredictionsError(f"{file.name}: no such file; the run has to write its predictions to --out")
        if (size := file.stat().st_size) > MAX_BYTES:
            raise PredictionsError(f"{file.name}: {size} bytes are not allowed (at most {MAX_BYTES})")
        content = json.loads(file.read_bytes(), parse_constant=_refuse)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, PredictionsError):
            raise
        raise PredictionsError(f"{file.name}: not JSON ({error})") from None
    if not isinstance(content, list):
        raise PredictionsError(f"{file.name}: {type(content).__name__} is not allowed (a list of {rows} numbers)")
    if len(content) != rows:
        raise PredictionsError(f"{file.name}: {len(content)} predictions are not allowed ({rows}, one for each test row)")
    for at, value in enumerate(content):
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1 or not isfinite(value):
            raise PredictionsError(f"{file.name}[{at}]: {value!r} is not allowed (a number from 0 to 1)"[:300])
    return [float(value) for value in content]


def _refuse(constant: str) -> NoReturn:
    raise PredictionsError(f"predictions: {constant} is not allowed (numbers from 0 to 1)")
