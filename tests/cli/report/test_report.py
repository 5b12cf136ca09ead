"""report.html: complete, self-contained, honest, and safe to open whatever agents wrote."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from researchfleet.report import render, write_report
from researchfleet.report.marks import look
from researchfleet.report.scale import of_pgr, spread, time_ticks
from researchfleet.summary import State, Summary
from researchfleet.summary.model import Outcome
from researchfleet_core.families import Family
from researchfleet_core.wire.sync import ReproductionState

VOID = {"meta", "br"}
HOSTILE = (
    "</p></article><script>alert(1)</script><img src=x onerror=alert(1)><style>*{display:none}</style>"
    "<a href='javascript:alert(1)'>x</a> {{ 7 * 7 }} {% raw %} ]]> <!-- &lt;b&gt; \u202egnitset \x1b[2J \u200b"
)


class Page(HTMLParser):
    """The elements of a page, its text, and whether every one is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def page(summary: Summary) -> Page:
    read = Page(render(summary))
    assert read.open == []
    return read


def test_the_report_needs_no_network_and_no_script(run):
    html = render(run.summary())
    assert "//" not in re.sub(r"summary/v1|<!doctype html>", "", html)
    assert not re.search(r"<(script|link|img|iframe|object)|@import|url\(|\ssrc=", html)
    assert "default-src 'none'; style-src 'unsafe-inline'" in html


def test_links_lead_only_to_sections_that_are_there(run):
    elements = page(run.summary()).elements
    ids = {attributes["id"] for _, attributes in elements if "id" in attributes}
    links = [attributes["href"] for tag, attributes in elements if tag == "a"]
    assert len(links) == 7
    assert {link.removeprefix("#") for link in links} <= ids


def test_what_agents_wrote_stays_text(run):
    before = {tag for tag, _ in page(run.summary()).elements}
    name = run.agents[0].name
    run.add_finding(name, HOSTILE[:200], HOSTILE, claims={"<b>": HOSTILE, "list": [1, {"</p>": None}]})
    run.add_finding(name, HOSTILE[:200], HOSTILE, parent=len(run.findings))
    run.experiments[:] = [one.model_copy(update={"title": HOSTILE[:200], "hypothesis": HOSTILE}) for one in run.experiments]
    run.reproductions[:] = [one.model_copy(update={"title": HOSTILE[:200], "why_not": HOSTILE}) for one in run.reproductions]
    run.facts[name] = run.facts[name].model_copy(update={"direction": HOSTILE})
    after = page(run.summary())
    assert {tag for tag, _ in after.elements} == before
    assert not any(key.startswith("on") for _, attributes in after.elements for key in attributes)
    assert "<script>alert(1)</script>" in after.text
    assert "{{ 7 * 7 }}" in after.text
    assert "\\u202egnitset \\u001b[2J \\u200b" in after.text
    assert not set("\u202e\x1b\u200b") & set(after.text)


def test_every_drawing_says_in_words_what_it_shows(run):
    html = render(run.summary())
    drawings = re.findall(r"<svg[^>]*role=\"img\"[^>]*>(.*?)</svg>", html, re.DOTALL)
    assert len(drawings) == 1 + 1 + 3 + 2 + 14 + 2
    assert all(re.match(r"<title>[^<]+</title><desc>[^<]+</desc>", drawing) for drawing in drawings)
    assert "dev 0.77 [0.61, 0.93]; rank 0.72 [0.54, 0.90]; reproduced 0.54 [0.39, 0.69]" in html


def test_every_number_of_the_finalists_stands_in_a_table(run):
    text = page(run.summary()).text
    for one in run.reproductions:
        for score in (one.dev, one.rank, one.reproduced, *(condition.pgr for condition in one.conditions)):
            assert f"{score.value:.2f} [{score.low:.2f}, {score.high:.2f}]" in text


def test_the_same_summary_gives_the_same_page(run):
    summary = run.summary()
    assert render(summary) == render(Summary.model_validate_json(summary.model_dump_json(by_alias=True)))


def test_the_headline_is_the_best_reproduced_pgr_that_counts(run):
    run.add_reproduction(run.experiments[5], 0.91, survives=True)
    text = page(run.summary()).text
    assert "Best reproduced PGR 0.54" in text
    assert "✕ does not count: with the weak labels shuffled its PGR reaches half" in text


@pytest.mark.parametrize(
    ("pgr", "said"),
    [(0.54, "The whole interval lies above 0.23"), (0.3, "The interval includes 0.23"), (0.05, "lies below 0.23")],
)
def test_the_comparison_with_people_says_no_more_than_the_interval(run, pgr, said):
    run.reproductions = []
    run.add_reproduction(run.experiments[5], pgr)
    assert said in page(run.summary()).text


def test_a_run_in_which_nothing_counts_claims_nothing(run):
    run.reproductions = [one for one in run.reproductions if not one.ranked]
    text = page(run.summary()).text
    assert "No finalist counts" in text
    assert "Best reproduced PGR" not in text


def test_a_drained_run_says_that_it_has_no_result_and_how_to_go_on(run):
    run.reproductions = []
    run.outcome = Outcome(state=State.DRAINED, reason="Drained")
    text = page(run.summary()).text
    assert "Nothing has been reproduced yet" in text
    assert "--resume" in text
    assert "Nothing was reproduced, so nothing is known about transfer." in text


def test_a_reproduction_under_way_is_not_called_a_failure(run):
    going = run.reproductions[0].model_copy(
        update={"state": ReproductionState.RUNNING, "delivered": 12, "reproduced": None, "ranked": None, "conditions": []}
    )
    run.reproductions = [going]
    text = page(run.summary()).text
    assert "… being reproduced: 12 of 30 runs" in text
    assert "no run was delivered" in text


def test_a_run_without_a_sandbox_is_warned_of(run):
    summary = run.summary()
    bare = summary.model_copy(update={"provenance": summary.provenance.model_copy(update={"sandbox": "none"})})
    assert "Agents ran without a sandbox" in page(bare).text
    assert "Agents ran without a sandbox" not in page(summary).text


def test_a_run_in_which_nothing_happened_has_a_report(empty_run):
    text = page(empty_run().summary()).text
    assert "No experiment was registered." in text
    assert "Nobody shared anything." in text


def test_a_method_far_off_the_scale_is_named_with_its_number(run):
    assert "-1.18, off scale" in page(run.summary()).text


def test_the_price_of_an_agent_hour_stands_beside_the_studys(run):
    text = " ".join(page(run.summary()).text.split())
    assert "An agent-hour cost 0.050 USD" in text
    assert "The study's cost about 22 USD" in text
    assert "no, it is checking, not research" in text


def test_a_large_fleet_is_drawn_by_its_best_and_listed_in_full(empty_run):
    run = empty_run()
    for number in range(40):
        name = run.add_agent(f"direction {number}")
        for step in range(20):
            run.add_experiment(name, list(Family)[number % 11], 10 + 7 * step, 0.01 * number + 0.01 * step, None)
    text = page(run.summary()).text
    assert "The 12 best of 40 agents are drawn" in text
    assert "The newest 500; all 800 are in summary.json" in text
    assert "quickstart-39" in text
    assert "direction 39" in text
    assert "direction 27" not in text


def test_a_run_of_days_has_days_on_its_axis(run):
    run.agents = [replace(one, attempts=()) for one in run.agents]
    run.now = run.experiments[0].registered.replace(day=26)
    assert "time since start, days" in page(run.summary()).text


def test_the_report_is_put_in_place_in_one_step(run, tmp_path):
    write_report(run.summary(), tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]


def test_thirty_series_look_different():
    assert len({look(number) for number in range(30)}) == 30


def test_labels_are_moved_apart_and_stay_within():
    moved = spread([50, 51, 52, 99], 10, 0, 100)
    assert moved == sorted(moved)
    assert all(later - earlier >= 10 for earlier, later in pairwise(moved))
    assert max(moved) <= 100


def test_a_broken_method_does_not_squeeze_the_others():
    scale = of_pgr([-7.0, 0.4], 0, 100)
    assert scale.low == -0.6
    assert not scale.holds(-7.0)
    assert scale(-7.0) == 0


@pytest.mark.parametrize(
    ("span", "last"), [(150, "2:30"), (90 * 60, "90:00"), (20 * 3600, "20:00"), (5 * 86_400, "5 d"), (400 * 86_400, "400 d")]
)
def test_the_time_axis_has_few_round_moments(span, last):
    ticks = time_ticks(span)
    assert 3 <= len(ticks) <= 8
    assert ticks[-1][1] == last
