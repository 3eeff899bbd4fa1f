"""Opening hours over every change of the clocks: nothing is lost, nothing counts twice (R-A4, R-B8)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent_core.conversation.hours import Hours

BERLIN = "Europe/Berlin"
WORK = (8 * 60, 18 * 60)
WEEK = (WORK, WORK, WORK, WORK, (8 * 60, 16 * 60), None, None)
ZONES = (
    BERLIN, "America/New_York", "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo",
    "America/St_Johns", "Asia/Tehran", "UTC",
)  # fmt: skip


def at(zone: str, *parts: int, fold: int = 0) -> datetime:
    year, month, day, hour, minute = parts
    return datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone), fold=fold).astimezone(UTC)


def test_work_goes_on_the_next_working_day() -> None:
    hours = Hours(BERLIN, WEEK)
    friday = at(BERLIN, 2026, 11, 20, 15, 0)
    assert hours.after(friday, timedelta(hours=1)) == at(BERLIN, 2026, 11, 20, 16, 0)
    assert hours.after(friday, timedelta(hours=1, seconds=1)) == at(BERLIN, 2026, 11, 23, 8, 0) + timedelta(seconds=1)
    assert hours.next_open(at(BERLIN, 2026, 11, 21, 12, 0)) == at(BERLIN, 2026, 11, 23, 8, 0)
    assert hours.is_open(friday)
    assert not hours.is_open(at(BERLIN, 2026, 11, 20, 16, 0)), "closed at the very minute of closing"


def test_the_night_of_a_clock_change_is_an_hour_shorter_or_longer_than_the_wall_says() -> None:
    always = Hours(BERLIN, tuple((0, 24 * 60) for _ in range(7)))
    assert always.worked(at(BERLIN, 2026, 3, 29, 0, 0), at(BERLIN, 2026, 3, 30, 0, 0)) == timedelta(hours=23)
    assert always.worked(at(BERLIN, 2026, 10, 25, 0, 0), at(BERLIN, 2026, 10, 26, 0, 0)) == timedelta(hours=25)


def test_an_hour_that_a_clock_change_skips_opens_at_the_change() -> None:
    early = Hours(BERLIN, tuple((150, 360) for _ in range(7)))  # 02:30 to 06:00
    opens = early.next_open(at(BERLIN, 2026, 3, 29, 0, 0))
    assert opens == at(BERLIN, 2026, 3, 29, 3, 0)
    assert early.worked(at(BERLIN, 2026, 3, 29, 0, 0), at(BERLIN, 2026, 3, 30, 0, 0)) == timedelta(hours=3)


def test_hours_that_lie_wholly_in_the_skipped_hour_do_not_exist_that_day() -> None:
    night = Hours(BERLIN, tuple((130, 170) for _ in range(7)))
    assert night.next_open(at(BERLIN, 2026, 3, 29, 0, 0)) == at(BERLIN, 2026, 3, 30, 2, 10)


def test_an_hour_that_a_clock_change_repeats_opens_at_the_first_and_closes_at_the_second() -> None:
    night = Hours(BERLIN, tuple((150, 165) for _ in range(7)))  # 02:30 to 02:45, there twice on 25 October 2026
    first, second = at(BERLIN, 2026, 10, 25, 2, 30), at(BERLIN, 2026, 10, 25, 2, 45, fold=1)
    assert night.next_open(at(BERLIN, 2026, 10, 25, 0, 0)) == first
    assert night.after(first, second - first) == second


def test_a_brand_that_never_opens_counts_wall_clock_time() -> None:
    never = Hours(BERLIN, (None,) * 7)
    now = at(BERLIN, 2026, 11, 21, 9, 0)
    assert never.after(now, timedelta(hours=1)) == now + timedelta(hours=1)
    assert never.next_open(now) is None


def test_work_that_would_take_years_is_due_some_day() -> None:
    seldom = Hours("UTC", ((0, 1), *(None,) * 6))
    now = datetime(2026, 1, 1, tzinfo=UTC)
    due = seldom.after(now, timedelta(days=30))
    assert now < due < now + timedelta(days=1200)


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    window = st.tuples(st.integers(0, 1439), st.integers(1, 1440)).filter(lambda w: w[0] < w[1])
    week = draw(st.lists(st.none() | window, min_size=7, max_size=7).filter(any))
    return Hours(draw(st.sampled_from(ZONES)), tuple(week))


MOMENTS = st.integers(0, 4 * 365 * 86_400).map(lambda s: datetime(2024, 1, 1, tzinfo=UTC) + timedelta(seconds=s))
SPANS = st.integers(0, 14 * 86_400).map(lambda s: timedelta(seconds=s))


@settings(max_examples=150, deadline=None)
@given(some_hours(), MOMENTS, SPANS)
def test_after_so_much_work_exactly_so_much_was_worked(hours: Hours, start: datetime, span: timedelta) -> None:
    due = hours.after(start, span)
    assert due >= start
    if due < start + timedelta(days=1000):
        assert hours.worked(start, due) == span
    if span:
        assert hours.worked(start, due - timedelta(seconds=1)) < span, "due no later than needed"


@settings(max_examples=150, deadline=None)
@given(some_hours(), MOMENTS, SPANS, SPANS)
def test_work_adds_up_and_never_goes_backwards(hours: Hours, start: datetime, one: timedelta, two: timedelta) -> None:
    middle = hours.after(start, one)
    if hours.after(start, one + two) < start + timedelta(days=1000):
        assert hours.after(middle, two) == hours.after(start, one + two)
    assert hours.after(start, one) <= hours.after(start + timedelta(hours=1), one)


@settings(max_examples=150, deadline=None)
@given(some_hours(), MOMENTS)
def test_the_next_opening_is_open_and_nothing_before_it_is(hours: Hours, start: datetime) -> None:
    opens = hours.next_open(start)
    assert opens is not None
    assert hours.is_open(opens)
    assert hours.worked(start, opens) == timedelta(0)


@pytest.mark.parametrize("zone", ZONES)
def test_a_year_of_office_hours_has_its_hours_whatever_the_clocks_do(zone: str) -> None:
    hours = Hours(zone, WEEK)
    year = hours.worked(at(zone, 2026, 1, 1, 0, 0), at(zone, 2027, 1, 1, 0, 0))
    weekdays = [datetime(2026, 1, 1) + timedelta(days=n) for n in range(365)]  # noqa: DTZ001 - only its weekday counts
    wanted = sum({4: 8}.get(day.weekday(), 10) for day in weekdays if day.weekday() < 5)
    assert year == timedelta(hours=wanted)
