"""Makes testbeds/sources/vader/*.jsonl.xz from the sdist of vaderSentiment 3.3.2.

    pip download --no-deps --no-binary :all: vaderSentiment==3.3.2
    python scripts/vendor_vader.py vaderSentiment-3.3.2.tar.gz testbeds/sources/vader

A row is a sentence with the sign of the mean of its 20 ratings as its label. Left out: means within 0.5 of neutral,
where the raters disagree, and sentences that differ from an earlier one in case and punctuation only.
"""

import io
import json
import lzma
import re
import sys
import tarfile
from hashlib import sha256
from pathlib import Path

from researchfleet_core.testbed import clean

SDIST_SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
SDIST = "vaderSentiment-3.3.2"
RATINGS = f"{SDIST}/additional_resources/hutto_ICWSM_2014.tar.gz"
DOMAINS = {
    "movie": "movieReviewSnippets",
    "amazon": "amazonReviewSnippets",
    "nyt": "nytEditorialSnippets",
    "tweets": "tweets",
}
MARGIN = 0.5


def main(sdist: Path, out: Path) -> None:
    packed = sdist.read_bytes()
    if (found := sha256(packed).hexdigest()) != SDIST_SHA256:
        raise SystemExit(f"{sdist}: sha256 {found} is not allowed ({SDIST_SHA256}, {SDIST})")
    outer = _members(packed)
    inner = _members(outer[RATINGS])
    out.mkdir(parents=True, exist_ok=True)
    (out / "LICENSE").write_bytes(outer[f"{SDIST}/LICENSE.txt"].rstrip() + b"\n")
    for domain, name in DOMAINS.items():
        rows = labelled(inner[f"hutto_ICWSM_2014/{name}_GroundTruth.txt"].decode())
        lines = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n" for row in rows]
        packed_rows = lzma.compress("".join(lines).encode(), preset=9 | lzma.PRESET_EXTREME)
        (out / f"{domain}.jsonl.xz").write_bytes(packed_rows)
        positive = sum(int(row["label"]) for row in rows)
        print(f"{domain}: {len(rows)} rows, {positive} of label 1, {len(packed_rows)} bytes")


def labelled(content: str) -> list[dict[str, str | int]]:
    """Rows of a `<domain>_GroundTruth.txt` (id, mean rating, text by tabs), in its order."""
    rows: dict[str, dict[str, str | int]] = {}
    for line in content.splitlines():
        identity, mean, text = line.split("\t")
        words = re.sub(r"\W+", " ", text.casefold()).strip()
        if abs(float(mean)) > MARGIN and words:
            rows.setdefault(words, {"id": identity, "text": clean(text), "label": int(float(mean) > 0)})
    return list(rows.values())


def _members(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
        files = ((member.name, tar.extractfile(member)) for member in tar.getmembers() if member.isfile())
        return {name: file.read() for name, file in files if file is not None}


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
