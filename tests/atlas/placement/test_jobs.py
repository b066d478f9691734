"""A plan in the background: told how far it is, stopped, forgotten, one of several."""

import gc
import threading
import weakref

import pytest

from atlas.placement import jobs
from atlas.placement.jobs import AT_ONCE, Job
from atlas.placement.plan import compute_plan
from atlas.placement.result import plan_json
from geodata.errors import PlacementError
from tests.atlas.test_week import PLAN

LONG = 30.0


class Search:
    """A search that goes on until it is let go or stopped."""

    def __init__(self, ending=PLAN):
        self.begun, self.go, self.ending = threading.Event(), threading.Event(), ending
        self.stopped = threading.Event()

    def __call__(self, edition, scenario, name, progress, stop):
        progress("Suche", 0.5)
        progress("Suche", 0.25)
        self.begun.set()
        while not self.go.wait(0.005):
            if stop():
                self.stopped.set()
                break
        if isinstance(self.ending, Exception):
            raise self.ending
        return self.ending


def started(search, city=None, scenario=None):
    return Job(city, scenario, "entwurf", search, files=lambda *_: {})


def test_a_running_search_tells_its_step_and_never_goes_back():
    search = Search()
    job = started(search)
    assert search.begun.wait(LONG)
    state = job.state
    assert (state.step, state.share, state.done, state.waiting) == ("Suche", 0.5, False, False)
    search.go.set()
    job.join(LONG)
    assert job.state.plan is PLAN and job.state.error is None and job.state.done


def test_a_stopped_search_gives_the_best_it_has():
    search = Search()
    job = started(search)
    job.stop()
    job.join(LONG)
    assert job.state.stopping and job.state.plan is PLAN
    assert search.stopped.is_set()


def test_a_search_stopped_before_any_plan_says_so():
    job = started(Search(PlacementError("Mindestens 0 neue Sprechstunden passen nicht.")))
    job.stop()
    job.join(LONG)
    assert str(job.state.error) == "Angehalten, bevor ein Plan gefunden war."


def test_the_message_of_a_scenario_that_cannot_be_planned_arrives():
    search = Search(PlacementError("Es geht nicht."))
    search.go.set()
    job = started(search)
    job.join(LONG)
    assert str(job.state.error) == "Es geht nicht." and job.state.plan is None


def test_a_defect_of_the_program_is_one_sentence_for_the_reader(caplog):
    search = Search(KeyError("secret"))
    search.go.set()
    job = started(search)
    job.join(LONG)
    assert "secret" not in str(job.state.error) and "Fehler des Programms" in str(job.state.error)
    assert "secret" in caplog.text


def test_a_search_that_nobody_holds_any_longer_ends():
    search = Search()
    job = started(search)
    assert search.begun.wait(LONG)
    gone = weakref.ref(job)
    del job
    gc.collect()
    assert gone() is None
    assert search.stopped.wait(LONG)


def test_more_searches_than_seats_wait_and_then_run():
    first = [Search() for _ in range(AT_ONCE)]
    running = [started(s) for s in first]
    assert all(s.begun.wait(LONG) for s in first)
    last = Search()
    waiting = started(last)
    assert waiting.state.waiting and not last.begun.is_set()
    first[0].go.set()
    assert last.begun.wait(LONG)
    for search in (*first, last):
        search.go.set()
    for job in (*running, waiting):
        job.join(LONG)
        assert job.state.plan is PLAN


def test_a_waiting_search_can_be_called_off(monkeypatch):
    monkeypatch.setattr(jobs, "_seats", threading.BoundedSemaphore(1))
    search, never_begun = Search(), Search()
    running = started(search)
    assert search.begun.wait(LONG)
    waiting = started(never_begun)
    waiting.stop()
    waiting.join(LONG)
    assert waiting.state.error is not None and not never_begun.begun.is_set()
    search.go.set()
    running.join(LONG)


def test_a_real_plan_is_the_same_as_without_a_thread(city, scenario):
    job = Job(city, scenario, "entwurf")
    job.join(LONG)
    plan = job.state.plan
    assert plan is not None
    again = compute_plan(city, scenario, "entwurf")
    assert plan.sessions == again.sessions and plan.groups == again.groups
    assert job.state.files["plan.json"] == plan_json(plan).encode()
    assert {"plan.xlsx", "plan.gpkg", "teams/Team_1.ics"} <= set(job.state.files)


@pytest.mark.parametrize("hours", [3.0, 7.5])
def test_two_readers_get_each_their_own_plan(city, changed, hours):
    from atlas.placement.scenario import Staff

    one = Job(city, changed(staff=Staff(hours, 1)), "a")
    two = Job(city, changed(staff=Staff(0.0, 1)), "b")
    for job in (one, two):
        job.join(LONG)
    assert one.state.plan.hours_per_week == hours
    assert two.state.plan.new_sessions == ()
