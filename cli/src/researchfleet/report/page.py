"""The page: template, style and drawings in one text."""

import json
from datetime import datetime
from functools import cache
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from pydantic import JsonValue

from researchfleet.report import cost, families, finalists, hero, over_time
from researchfleet.report.marks import Look, look, mark
from researchfleet.report.svg import el
from researchfleet.summary import Summary, finalist, said, words

# A page of thousands of findings opens slowly; the rest is in summary.json.
MOST_FINDINGS = 200
OPEN_FINDINGS = 8
MOST_EXPERIMENTS = 500


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("researchfleet.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "said": words.visible,
        "line": words.line,
        "number": words.number,
        "interval": words.interval,
        "usd": words.usd,
        "dollars": words.dollars,
        "hours": words.hours,
        "short": words.short,
        "claim": _claim,
        "moment": datetime.fromisoformat,
    }
    return environment


def render(summary: Summary) -> str:
    """The report as HTML. It uses nothing but the summary, so the same summary gives the same page."""
    shown = over_time.shown_agents(summary)
    started = summary.times.started

    def after(moment: datetime | None) -> str:
        return words.since(started, moment) if moment else "-"

    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            summary=summary,
            style=Markup(_style()),  # noqa: S704 - our own file
            after=after,
            count=words.count,
            hero=hero.drawing,
            said=said,
            shown=shown,
            key={agent.uid: _key(look(number)) for number, agent in enumerate(shown)},
            over_time=over_time,
            rank_key=_key(over_time.RANK),
            dev_key=_key(over_time.DEV, hollow=True),
            finalist=finalist,
            finalists=finalists,
            families=families,
            cost=cost,
            most_experiments=MOST_EXPERIMENTS,
            **_forum(summary),
        )
    )


def write_report(summary: Summary, path: Path) -> None:
    """Put the report in place in one step."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(render(summary), encoding="utf-8")
    fresh.replace(path)


@cache
def _style() -> str:
    return (Path(__file__).parent / "templates" / "style.css").read_text(encoding="utf-8")


def _key(its: Look, *, hollow: bool = False) -> Markup:
    """A mark to stand in a line of text."""
    return el("svg", mark(8, 8, its, 5, hollow=hollow), viewBox="0 0 16 16", class_="key", aria_hidden="true")


def _forum(summary: Summary) -> dict[str, object]:
    """Findings by thread, newest threads first; only so many."""
    threads = [one for one in reversed(summary.findings) if one.parent is None]
    return {
        "threads": threads[:MOST_FINDINGS],
        "open_findings": OPEN_FINDINGS,
        "left_out": max(0, len(threads) - MOST_FINDINGS),
        "answers": {one.id: [each for each in summary.findings if each.parent == one.id] for one in threads},
    }


def _claim(value: JsonValue) -> str:
    return words.line(json.dumps(value, ensure_ascii=False), 300)
