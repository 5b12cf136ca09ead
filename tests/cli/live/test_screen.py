"""The live picture on a terminal, and the tables at the end."""

import io
from datetime import timedelta

import pytest
from researchfleet.live import Screen, picture, tables
from researchfleet.live.events import Event, Kind
from researchfleet.live.screen import draw
from researchfleet_core.deciding import Phase
from rich.console import Console


def printed(thing, width: int = 120) -> str:
    console = Console(width=width, file=io.StringIO(), force_terminal=False)
    console.print(thing)
    return console.file.getvalue()


def at(run, seconds: float, phase: Phase = Phase.RESEARCH):
    status = run.status(phase=phase)
    return picture(status, status.started + timedelta(seconds=seconds))


def test_the_picture_shows_the_fleet_and_each_agent(run):
    name = run.agents[0].name
    run.facts[name] = run.facts[name].model_copy(update={"dev_pgr": 0.71, "rank_pgr": 0.66})
    text = printed(draw(at(run, 70), height=40))
    assert "research, 1m 10s, 1m 20s left" in text
    assert "0.54 reproduced, 0.66 rank by quickstart-0   (people in the study: 0.23)" in text
    assert "0.0079 of 0.050 USD, 0.050 USD an agent-hour   budget.deadline: hard limit" in text
    assert "2.31 of 3.46 bits" in text
    assert "30 experiments, 12 findings" in text
    line = next(line for line in text.splitlines() if line.startswith(name))
    assert line.split()[-4:] == ["10", "0.71", "0.66", "0.0021"]
    assert "PGR 0.49, does not count" in text


def test_no_time_is_left_when_research_is_over(run):
    text = printed(draw(at(run, 200, Phase.REPRODUCTION), height=40))
    assert (
        "reproduction, 3m 20s\n" in " ".join(text.split(" ")).replace(" \n", "\n").replace("  ", " ") or "left" not in text
    )
    assert "ended: BudgetExhausted" in text


def test_a_picture_of_a_fleet_before_the_hub_answered_has_no_numbers(empty_run):
    run = empty_run()
    run.add_agent("anything")
    status = run.status(phase=Phase.RESEARCH).model_copy(update={"sync": None})
    text = printed(draw(picture(status, status.started), height=40))
    assert "0 experiments, 0 findings" in text
    assert "0.00 of 0.050 USD" in text


def test_a_low_terminal_shows_fewer_agents(empty_run):
    run = empty_run()
    for number in range(60):
        run.add_agent(f"direction {number}")
    lines = printed(draw(at(run, 10), height=24)).splitlines()
    assert len(lines) <= 24
    assert any("and 48 more" in line for line in lines)


def test_what_agents_wrote_is_no_markup_and_moves_nothing(run):
    name = run.agents[0].name
    run.facts[name] = run.facts[name].model_copy(update={"direction": "[red]x[/red]\x1b[2J"})
    text = printed(draw(at(run, 10), height=40), width=200)
    assert "[red]x[/red]\\u001b[2J" in text
    assert "\x1b" not in text


def test_the_screen_takes_itself_away_and_leaves_what_was_told(run):
    console = Console(width=100, height=40, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    screen = Screen(console)
    screen.show(at(run, 10))
    screen.tell(Event(Kind.TROUBLE, "preparing [b]features[/b]"))
    screen.close()
    drawn, _, after = console.file.getvalue().rpartition("preparing [b]features[/b]")
    assert "quickstart-0" in drawn
    assert "\x1b[2K" in after
    assert console.file.getvalue().count("\x1b[?25l") == console.file.getvalue().count("\x1b[?25h") == 1


@pytest.mark.parametrize("width", [80, 140])
def test_the_final_tables_show_every_score_at_any_width(run, width):
    text = printed(tables.results(run.summary()), width)
    for one in run.reproductions:
        for score in (one.dev, one.rank, one.reproduced):
            assert f"{score.value:.2f} [{score.low:.2f}, {score.high:.2f}]" in text
        for condition in one.conditions:
            assert f"{condition.pgr.value:.2f}" in text
    flat = " ".join(text.split())
    assert "with the weak labels shuffled its PGR reaches half" in flat
    assert "minilm-cut3" in text
    assert "An agent-hour cost 0.050 USD" in flat


def test_the_leaderboard_has_one_line_a_snapshot_best_first(run):
    again = run.experiments[0]
    run.experiments.append(again.model_copy(update={"experiment": "e-again"}))
    lines = printed(tables.experiments(run.experiments, most=100)).splitlines()[2:]
    ranks = [float(line.split("[")[0].split()[-1]) for line in lines]
    assert ranks == sorted(ranks, reverse=True)
    assert len(ranks) == len({one.snapshot for one in run.experiments}) == 30


def test_a_leaderboard_that_is_cut_says_how_much_is_left(run):
    assert "27 more: --all" in printed(tables.experiments(run.experiments, most=3))


def test_tables_of_nothing_say_so(empty_run):
    run = empty_run()
    assert "No experiment has been scored yet." in printed(tables.leaderboard(run.scores, 10))
    assert "No finalist was chosen" in printed(tables.results(run.summary()))
