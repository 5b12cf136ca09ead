"""A small runtime, hub and fleet of processes on a fake clock: executes what `decide` says, with faults, lag and repeats.

What the runtime itself wrote (that an attempt exists, what it was told, closed, finished) it knows at once, as from its own
database. What others do (a process starts or ends, the hub answers) it may see late. Orders may be lost when it dies halfway
through a list, and may be carried out twice.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random

from researchfleet_core.api import FleetSpec
from researchfleet_core.deciding import (
    Action,
    AgentState,
    Attempt,
    CreateAgent,
    DeleteAgent,
    EndReproduction,
    Finish,
    FinishAgent,
    Nominate,
    StartAttempt,
    StartReproduction,
    StopAttempt,
    Tell,
    World,
    decide,
)
from researchfleet_core.reasons import EndReason, Reason
from researchfleet_core.wire.sync import Directive, ReproductionState, SyncResponse, Verdict

from .worlds import NOW, answer, facts, ledger, reproduction, spec

TICK = timedelta(seconds=10)
INTERVAL = timedelta(seconds=30)
NEVER = datetime.max.replace(tzinfo=NOW.tzinfo)


@dataclass
class Process:
    """An attempt as it really is, and what the runtime has seen of it."""

    uid: str
    owner: str
    number: int
    created: datetime
    starts: datetime
    ends: datetime = NEVER
    reason: EndReason = EndReason.CRASHED
    exit_code: int | None = None
    silent_from: datetime = NEVER
    obeys: bool = True
    told_at: datetime | None = None
    heard: bool = False
    stopping: bool = False
    seen_started: datetime | None = None
    seen_ended: datetime | None = None
    paid_until: datetime | None = None

    def alive(self, now: datetime) -> bool:
        """Whether it holds its place: being started counts."""
        return now < self.ends

    def end(self, at: datetime, reason: EndReason) -> None:
        """It ends then at the latest, for that reason."""
        if at < self.ends:
            self.ends, self.reason, self.exit_code = at, reason, None

    def state(self) -> Attempt:
        """As the runtime reports it to `decide`."""
        ended = self.seen_ended
        return Attempt(
            self.uid,
            self.owner,
            self.number,
            self.created,
            self.seen_started,
            ended,
            self.reason if ended else None,
            self.exit_code if ended else None,
            Directive.WRAP_UP if self.told_at else Directive.CONTINUE,
            self.told_at,
        )

    def spent(self) -> timedelta:
        """What the ledger has booked: bought ahead while it runs, the real time once it ended."""
        if self.seen_started is None or self.paid_until is None:
            return timedelta(0)
        return (min(self.seen_ended, self.ends) if self.seen_ended else self.paid_until) - self.seen_started


@dataclass
class Researcher:
    """An agent as the runtime has it."""

    name: str
    uid: str
    ordinal: int
    created: datetime
    finished: EndReason | None = None
    failed: bool = False
    deleting: bool = False
    processes: list[Process] = field(default_factory=list)

    def state(self) -> AgentState:
        """As the runtime reports it to `decide`."""
        attempts = tuple(process.state() for process in self.processes)
        return AgentState(
            self.name, self.uid, self.ordinal, self.created, attempts, self.finished, self.failed, self.deleting
        )


@dataclass(frozen=True)
class Plan:
    """What happens to a simulated fleet: drawn by hypothesis, the rest follows from `seed`.

    budget, agent_budget: in agent-seconds. faults: probability of most things that go wrong, in each step of the first
    `storm` steps; after them nothing goes wrong any more. snapshots: what reproductions do, good or always bad.
    changes: (step, replicas, desiredState).
    """

    seed: int
    replicas: int
    budget: int | None
    agent_budget: int | None
    faults: float
    storm: int
    every: str | None
    snapshots: str
    changes: tuple[tuple[int, int, str], ...]


class Simulation:
    """One fleet. `step` lets one tick pass; broken promises raise AssertionError."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.random = Random(plan.seed)  # noqa: S311 - a test's dice
        self.now = NOW
        self.steps = 0
        self.spec = self.asked(plan.replicas, "Running")
        self.agents: dict[str, Researcher] = {}
        self.gone: list[Researcher] = []
        self.reproductions: list[Process] = []
        self.finalists: dict[str, ReproductionState] = {}
        self.hub: SyncResponse | None = None
        self.hub_seen: datetime | None = None
        self.hub_back = NOW
        self.hub_dead = False
        self.nominated: datetime | None = None
        self.closed: Reason | None = None
        self.finished: datetime | None = None
        self.watching_since = NOW

    def asked(self, replicas: int, state: str) -> FleetSpec:
        """The spec that a person wrote last."""
        rule = {"onExitCodes": [9], "action": "FailFleet"}
        return spec(
            {
                "desiredState": state,
                "agents": {"replicas": replicas, "idleTimeout": "40s"},
                "evaluation": {"seeds": 1, "reproduction": {"runSeconds": 10, "every": self.plan.every}},
                "failurePolicy": {"maxRestarts": 2, "maxBackoff": "40s", "preRunning": "60s", "rules": [rule]},
            }
        )

    @property
    def stormy(self) -> bool:
        """Whether things still go wrong."""
        return self.steps < self.plan.storm

    def chance(self, share: float = 1.0) -> bool:
        """Whether a fault happens now."""
        return self.stormy and self.random.random() < self.plan.faults * share

    def seconds(self, low: int, high: int) -> timedelta:
        """A random time."""
        return timedelta(seconds=self.random.randint(low, high))

    def processes(self) -> list[Process]:
        """All that ever ran."""
        everyone = [*self.agents.values(), *self.gone]
        return [process for one in everyone for process in one.processes] + self.reproductions

    def step(self) -> list[Action]:
        """One tick: the world moves on, the runtime looks, asks and executes. Returns what was decided."""
        self.now += TICK
        self.steps += 1
        for step, replicas, state in self.plan.changes:
            if step == self.steps:
                self.spec = self.asked(replicas, state)
        self.look()
        if self.chance(0.2):
            self.hub_back = self.now + self.seconds(0, 200)
        if self.hub_up:
            self.sync()
        if self.chance(0.1):
            self.restart_runtime()
        decided = decide(self.spec, self.world(), self.now)
        self.check_orders(decided)
        for action in decided:
            if self.chance(0.1):
                break
            self.execute(action)
            if self.chance(0.3):
                self.execute(action)
        self.check()
        return decided

    @property
    def hub_up(self) -> bool:
        """Whether the hub answers."""
        return self.now >= self.hub_back and not self.hub_dead

    def look(self) -> None:
        """Observe processes, each perhaps late, and remove agents whose end was waited for."""
        for process in self.processes():
            if process.heard and process.obeys:
                process.end(self.now + self.seconds(0, 40), EndReason.COMPLETED)
            if self.chance(2):
                continue
            if process.seen_started is None and process.starts <= self.now and process.starts < process.ends:
                process.seen_started = self.now
            if process.seen_ended is None and process.ends <= self.now:
                process.seen_ended = self.now
        for agent in list(self.agents.values()):
            if agent.deleting and all(process.seen_ended for process in agent.processes):
                self.gone.append(self.agents.pop(agent.name))

    def sync(self) -> None:
        """The hub takes reports, sells leases, passes directives on and answers; the answer may get lost."""
        fleet = self.verdict(None)
        for process in self.processes():
            if process.seen_started is None or process.seen_ended:
                continue
            process.heard = process.heard or process.told_at is not None
            if process.owner in self.finalists:
                refused = self.plan.snapshots == "unpaid"
            else:
                refused = Verdict.HARD in {fleet, self.verdict(process.owner)}
            if refused:
                continue
            process.paid_until = process.paid_until or process.seen_started
            while process.paid_until < self.now + INTERVAL:
                process.paid_until += INTERVAL
        if self.chance(1):
            return
        self.hub_seen = self.now
        self.hub = answer(
            agents={name: self.facts_of(agent) for name, agent in self.agents.items()},
            fleet=ledger(self.verdict(None), "agentHours"),
            reproductions=[reproduction(uid, state) for uid, state in self.finalists.items()],
        ).model_copy(update={"leases": {one.uid: one.paid_until for one in self.processes() if one.paid_until}})

    def facts_of(self, agent: Researcher):
        """What the hub knows of an agent. Those that run are heard of, until they hang."""
        last = agent.processes[-1] if agent.processes else None
        heard = min(self.now, last.silent_from, last.ends) if last and last.starts <= self.now else None
        submitting = self.random.random() < 0.2
        own = ledger(self.verdict(agent.name), "agentHours")
        return facts(heartbeat=heard, submitting=submitting, rank_pgr=self.random.random(), ledger=own)

    def verdict(self, agent: str | None) -> Verdict:
        """What the ledger says: refunds of an attempt that ended early may take a hard verdict back."""
        limit = self.plan.budget if agent is None else self.plan.agent_budget
        if limit is None:
            return Verdict.OPEN
        everyone = [one for one in [*self.agents.values(), *self.gone] if agent in {None, one.name}]
        spent = sum((process.spent() for one in everyone for process in one.processes), timedelta(0)).total_seconds()
        return Verdict.HARD if spent >= limit else Verdict.SOFT if spent >= 0.9 * limit else Verdict.OPEN

    def restart_runtime(self) -> None:
        """kill -9 of the runtime: it forgets the hub's answer; its processes may die with it or live on."""
        self.hub, self.hub_seen, self.watching_since = None, None, self.now
        if self.random.random() < 0.5:
            for process in self.processes():
                process.end(self.now, EndReason.RUNTIME_LOST)

    def world(self) -> World:
        """What the runtime knows."""
        return World(
            agents=tuple(agent.state() for agent in self.agents.values()),
            reproductions=tuple(process.state() for process in self.reproductions),
            hub=self.hub,
            hub_seen=self.hub_seen,
            nominated=self.nominated,
            closed=self.closed,
            finished=self.finished,
            reproduction_slots=2,
            watching_since=self.watching_since,
        )

    def execute(self, action: Action) -> None:
        """Carry one action out; what is done already is not done again."""
        if isinstance(action, CreateAgent | DeleteAgent | FinishAgent):
            self.keep_agents(action)
        elif isinstance(action, Nominate | EndReproduction | Finish):
            self.bring_to_an_end(action)
        else:
            self.handle_process(action)

    def keep_agents(self, action: Action) -> None:
        """Agents come and go."""
        match action:
            case CreateAgent(ordinal=ordinal):
                name = f"f-{ordinal}"
                if name not in self.agents:
                    self.agents[name] = Researcher(name, f"uid-{self.steps}-{ordinal}", ordinal, self.now)
                    assert len(self.agents) <= self.spec.agents.replicas, "more agents than replicas"
            case DeleteAgent(agent=name, reason=reason):
                known = self.hub.agents.get(name) if self.hub else None
                assert not (known and known.submitting), "an agent that submits was dropped"
                self.agents[name].deleting = True
                for process in self.agents[name].processes:
                    process.end(self.now + self.seconds(0, 20), reason)
            case FinishAgent(agent=name, reason=reason, failed=failed):
                self.agents[name].finished, self.agents[name].failed = reason, failed

    def handle_process(self, action: Action) -> None:
        """Processes are started, told and stopped."""
        match action:
            case StartAttempt(agent=name, number=number):
                self.start(self.agents[name], number)
            case StartReproduction(reproduction=uid, number=number):
                if all(one.owner != uid or one.number < number for one in self.reproductions):
                    self.reproductions.append(self.new_process(uid, uid, number))
            case StopAttempt(uid=uid, reason=reason):
                process = next(one for one in self.processes() if one.uid == uid)
                process.end(self.now + self.seconds(0, 20), reason)
            case Tell(uid=uid):
                process = next(one for one in self.processes() if one.uid == uid)
                process.told_at = process.told_at or self.now

    def bring_to_an_end(self, action: Action) -> None:
        """Finalists are chosen and given up by the hub, if it answers."""
        match action:
            case Nominate(closing=closing) if self.hub_up and not self.closed:
                self.nominated, self.closed = self.now, closing
                wanted = self.spec.evaluation.reproduction.finalists
                for agent in list(self.agents.values())[:wanted]:
                    self.finalists.setdefault(f"r-{agent.uid}", ReproductionState.PENDING)
            case EndReproduction(reproduction=uid) if self.hub_up:
                self.finalists[uid] = ReproductionState.FAILED
            case Finish():
                assert self.closed, "finished without having chosen finalists"
                self.finished = self.finished or self.now

    def start(self, agent: Researcher, number: int) -> None:
        """A new process of an agent, unless there is one of that number."""
        assert agent.finished is None, "an agent that has ended was started"
        if all(process.number < number for process in agent.processes):
            agent.processes.append(self.new_process(agent.uid, agent.name, number))

    def new_process(self, prefix: str, owner: str, number: int) -> Process:
        """A process, and what will become of it."""
        assert self.finished is None, "something was started after the end"
        starts = self.now + self.seconds(0, 15)
        process = Process(f"{prefix}-{number}", owner, number, self.now, starts)
        if owner in self.finalists and self.plan.snapshots != "hang":
            fine = self.plan.snapshots == "good"
            process.end(starts + self.seconds(10, 40), EndReason.COMPLETED if fine else EndReason.CRASHED)
        if self.chance(1) or (owner in self.finalists and self.plan.snapshots == "never start"):
            process.starts, process.ends = NEVER, NEVER
        if self.chance(1):
            process.silent_from = starts + self.seconds(0, 60)
        if self.chance(1):
            process.end(starts + self.seconds(0, 120), EndReason.COMPLETED)
        if self.chance(2):
            process.end(starts + self.seconds(0, 120), EndReason.CRASHED)
            process.exit_code = self.random.choice([1, 1, 1, 9])
        process.obeys = not self.chance(2)
        return process

    def check_orders(self, decided: list[Action]) -> None:
        """What must hold for every decision."""
        if self.finished:
            assert all(isinstance(action, StopAttempt) for action in decided), "something is begun after the end"
        if self.closed:
            assert not any(isinstance(action, Nominate) for action in decided), "finalists were chosen after the last ones"
        told = [action.uid for action in decided if isinstance(action, StopAttempt | Tell)]
        assert len(told) == len(set(told)), "an attempt got two orders at once"

    def check(self) -> None:
        """What must hold at every moment; and reproductions deliver when they complete."""
        for agent in self.agents.values():
            assert sum(process.alive(self.now) for process in agent.processes) <= 1, "two attempts of one agent"
        for process in self.reproductions:
            done = process.ends <= self.now and process.reason is EndReason.COMPLETED and process.starts < process.ends
            if done and not self.finalists[process.owner].over:
                self.finalists[process.owner] = ReproductionState.DONE

    def alive(self) -> list[Process]:
        """What runs or is being started."""
        return [process for process in self.processes() if process.alive(self.now)]
