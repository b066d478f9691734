"""What a user may rely on when opening hours are read: German notices, OpenStreetMap, no guess."""

import re
from datetime import date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from opening_hours import OpeningHours

from geodata.places.hours import read_german
from geodata.places.opening import read_hours
from geodata.places.osm_hours import read_osm
from geodata.places.week import DAY, DAY_NAMES, HoursError, Window, in_words, joined, without

DAY_ONE = date(2025, 12, 31)

# Notices as they hang at the doors of offices, libraries and neighbourhood houses.
NOTICES = {
    "Mo, Di, Do, Fr 8.30-12.30, Do 14-17 Uhr": (
        "Mo 08:30-12:30, Di 08:30-12:30, Do 08:30-12:30, Do 14:00-17:00, Fr 08:30-12:30"
    ),
    "Montag bis Mittwoch 9–12 Uhr und 14–16 Uhr": (
        "Mo 09:00-12:00, Mo 14:00-16:00, Di 09:00-12:00, Di 14:00-16:00, "
        "Mi 09:00-12:00, Mi 14:00-16:00"
    ),
    "Mo.-Mi. 8:00-16:00 Uhr, Fr. 8-13 Uhr": (
        "Mo 08:00-16:00, Di 08:00-16:00, Mi 08:00-16:00, Fr 08:00-13:00"
    ),
    "Mo\u00a0–\u00a0Di\u00a09.00\u00a0–\u00a012.00\u00a0Uhr": "Mo 09:00-12:00, Di 09:00-12:00",
    "Mo+Mi 10 bis 12 Uhr": "Mo 10:00-12:00, Mi 10:00-12:00",
    "Di u. Do 14-16 Uhr": "Di 14:00-16:00, Do 14:00-16:00",
    "Sprechzeiten: Di 9.00-12.00 Uhr; Do 13.00-18.00 Uhr.": "Di 09:00-12:00, Do 13:00-18:00",
    "Dienstag von 9 bis 12 und 13 bis 15.30 Uhr": "Di 09:00-12:00, Di 13:00-15:30",
    "Mo-Mi 9-12 Uhr, dienstags geschlossen": "Mo 09:00-12:00, Mi 09:00-12:00",
    "Mo-Mi 9-12 Uhr (außer feiertags)": "Mo 09:00-12:00, Di 09:00-12:00, Mi 09:00-12:00",
    "Mo, Di 9-12 Uhr, an Feiertagen geschlossen": "Mo 09:00-12:00, Di 09:00-12:00",
    "täglich außer Mo, Di und am Wochenende 10-18 Uhr": (
        "Mi 10:00-18:00, Do 10:00-18:00, Fr 10:00-18:00"
    ),
    "Di: 9.00-12.00 Uhr\nDo: 14.00-18.00 Uhr": "Di 09:00-12:00, Do 14:00-18:00",
    "Mo 9-12 Uhr, Mo 11-14 Uhr, Mo 14-15 Uhr": "Mo 09:00-15:00",
    "samstags 10 – 14 h": "Sa 10:00-14:00",
    "So-Mo 10-11 Uhr": "Mo 10:00-11:00, So 10:00-11:00",
    "Fr 20-2 Uhr": "Fr 20:00-24:00, Sa 00:00-02:00",
    "So 22.30-24 Uhr": "So 22:30-24:00",
    "täglich 0-24 Uhr, Di-So geschlossen": "Mo 00:00-24:00",
}


@pytest.mark.parametrize(("text", "week"), NOTICES.items())
def test_a_german_notice_is_read_as_it_is_meant(text, week):
    found = read_german(text)
    assert in_words(found.windows) == week
    assert found.unsure == found.reasons == ()


@pytest.mark.parametrize(
    ("text", "week", "reason"),
    [
        ("nach Vereinbarung", "geschlossen", "nur nach Vereinbarung"),
        ("Termine nach telefonischer Absprache", "geschlossen", "nur nach Vereinbarung"),
        ("n. V.", "geschlossen", "nur nach Vereinbarung"),
        ("Di 9-12 Uhr und nach Vereinbarung", "Di 09:00-12:00", "außerdem nach Vereinbarung"),
        ("Di 9-12 Uhr, Fr nach Vereinbarung", "Di 09:00-12:00", "Fr nach Vereinbarung"),
        ("mittwochs geschlossen", "geschlossen", "nur Schließtage genannt"),
        ("geschlossen", "geschlossen", "immer geschlossen"),
        ("jeden 1. und 3. Mittwoch im Monat 10-12 Uhr", "geschlossen", "nicht jede Woche gleich"),
        ("Di 10-12 Uhr, 14-tägig", "geschlossen", "nicht jede Woche gleich"),
        ("Mo-Fr 9-12 Uhr, in den Schulferien zu", "geschlossen", "nicht jede Woche gleich"),
        ("April bis Oktober Mo 9-12 Uhr", "geschlossen", "nicht jede Woche gleich"),
        ("ab 1.9. Mo 9-12 Uhr", "geschlossen", "nicht jede Woche gleich"),
    ],
)
def test_what_is_no_weekly_pattern_is_no_window_but_named(text, week, reason):
    found = read_german(text)
    assert in_words(found.windows) == week
    assert reason in "; ".join(found.reasons)


def test_a_condition_in_brackets_makes_the_time_unsure():
    found = read_german("Mo 9-12 Uhr, Do 14-17 Uhr (nur Berufstätige)")
    assert in_words(found.windows) == "Mo 09:00-12:00"
    assert in_words(found.unsure) == "Do 14:00-17:00"
    assert found.reasons == ("nur unter einer Bedingung (nur Berufstätige)",)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("Di u. Do ab 14 Uhr", "nach „ab“ fehlt das Ende"),
        ("Mo 9", "nach „9“ fehlt das Ende"),
        ("Mo, Di", "nach einem Tag fehlt die Uhrzeit"),
        ("9-12 Uhr Mo", "vor der Uhrzeit fehlt der Wochentag"),
        ("Mo 14-9 Uhr", "Ende nicht nach dem Anfang"),
        ("Mo 24-8 Uhr", "Ende nicht nach dem Anfang"),
        ("Mo 12-12 Uhr", "Ende nicht nach dem Anfang"),
        ("Mo 25-26 Uhr", "„25“ ist keine Uhrzeit"),
        ("Mo 9.75-12 Uhr", "„9.75“ ist keine Uhrzeit"),
        ("werktags 9-12 Uhr", "„werktags“ ist nicht zu verstehen"),
        ("Mo vormittags", "„vormittags“ ist nicht zu verstehen"),
        ("Mo 9-12 oder 14-16 Uhr", "„oder“ ist nicht zu verstehen"),
        ("Mo-Mo 9-12 Uhr", "die Spanne der Tage ist nicht eindeutig"),
        ("Mo-Mi-Fr 9-12 Uhr", "die Spanne der Tage ist nicht eindeutig"),
        ("Mo 8-12-14 Uhr", "drei Uhrzeiten"),
        ("Do 9-12 Uhr, Do geschlossen", "Do hat Zeiten und ist geschlossen"),
        ("Mo-Fr 9-12 und 14-16 Uhr außer Mi", "„außer“ kann eine oder alle Zeiten meinen"),
        ("Mo-Fr 9-12 Uhr, außer Mi 14-16 Uhr", "Uhrzeit nach „außer“ und Tagen"),
        ("Mo 9-12 Uhr, geschlossen", "„geschlossen“ steht ohne Tag"),
        ("-", "steht allein"),
    ],
)
def test_nothing_is_guessed(text, why):
    with pytest.raises(HoursError, match=re.escape(why)) as error:
        read_german(text)
    assert error.value.allowed


OSM = {
    "Mo-We 08:30-12:30; Th 14:00-17:00; PH off": (
        "Mo 08:30-12:30, Di 08:30-12:30, Mi 08:30-12:30, Do 14:00-17:00"
    ),
    "Mo-We 08:00-12:00; We 14:00-17:00": "Mo 08:00-12:00, Di 08:00-12:00, Mi 14:00-17:00",
    "Mo 08:00-12:00, Mo 14:00-17:00": "Mo 08:00-12:00, Mo 14:00-17:00",
    "Sa 22:00-02:00": "Sa 22:00-24:00, So 00:00-02:00",
    "Su 22:00-02:00": "Mo 00:00-02:00, So 22:00-24:00",
    "24/7; Tu-Su off": "Mo 00:00-24:00",
    'Mo 09:00-12:00 || "nach Vereinbarung"': "Mo 09:00-12:00",
    "Mo 09:00-12:00; Dec 24-Jan 1 off": "Mo 09:00-12:00",
}


@pytest.mark.parametrize(("text", "week"), OSM.items())
def test_openstreetmaps_syntax_becomes_a_week(text, week):
    assert in_words(read_osm(text, DAY_ONE).windows) == week


@pytest.mark.parametrize(
    ("text", "week", "unsure", "reason"),
    [
        ("sunrise-sunset", "geschlossen", "geschlossen", "Stand der Sonne"),
        ("Mo 14:00+", "geschlossen", "geschlossen", "ein Ende ist nicht genannt"),
        ('"by appointment"', "geschlossen", "geschlossen", "by appointment"),
        ('Mo 09:00-12:00 "nur Mitglieder"', "geschlossen", "Mo 09:00-12:00", "nur Mitglieder"),
        ("Mo 09:00-12:00 unknown", "geschlossen", "Mo 09:00-12:00", "als unsicher"),
        ("Mo[1] 10:00-12:00", "geschlossen", "Mo 10:00-12:00", "nicht jede Woche"),
        ("week 1-53/2 Mo 10:00-12:00", "geschlossen", "Mo 10:00-12:00", "nicht jede Woche"),
        (
            "Apr-Sep Mo 09:00-18:00; Oct-Mar Mo 09:00-16:00",
            "Mo 09:00-16:00",
            "Mo 16:00-18:00",
            "nicht jede Woche",
        ),
        ("Mo 09:00-12:00; SH off", "Mo 09:00-12:00", "geschlossen", "Schulferien"),
        ("Mo-Fr", "geschlossen", "geschlossen", "Tage ohne Uhrzeit"),
        ("off", "geschlossen", "geschlossen", "immer geschlossen"),
        ("2020 Mo 09:00-12:00", "geschlossen", "geschlossen", "immer geschlossen"),
        ("Mo 09:00-12:00; Dec 24-Jan 1 off", "Mo 09:00-12:00", "geschlossen", "nicht jede Woche"),
    ],
)
def test_what_openstreetmap_leaves_open_is_not_known(text, week, unsure, reason):
    found = read_osm(text, DAY_ONE)
    assert (in_words(found.windows), in_words(found.unsure)) == (week, unsure)
    assert reason in "; ".join(found.reasons)


def test_a_text_in_neither_syntax_says_where_it_breaks():
    with pytest.raises(HoursError, match="ab „9-12“ nicht zu verstehen"):
        read_osm("Mo-Fr 9-12", DAY_ONE)
    with pytest.raises(HoursError, match="„Quatsch“"):
        read_hours("Quatsch", "auto", DAY_ONE)


def test_a_text_with_two_meanings_is_refused_until_the_project_says_which():
    # In OpenStreetMap's syntax the second rule replaces Monday, in German it adds to it.
    text = "Mo-Fr 08:00-12:00; Mo 14:00-17:00"
    with pytest.raises(HoursError, match="zwei Bedeutungen"):
        read_hours(text, "auto", DAY_ONE)
    assert Window(0, 480, 720) not in read_hours(text, "osm", DAY_ONE).windows
    assert Window(0, 480, 720) in read_hours(text, "german", DAY_ONE).windows
    assert Window(0, 840, 1020) in read_hours(text, "german", DAY_ONE).windows


@pytest.mark.parametrize(
    "text",
    [
        "Mi 15-17 Uhr mit Anmeldung",
        "Mi 15-17 Uhr nur nach Terminvereinbarung",
        "Mi 15-17 Uhr, nur nach Vereinbarung",
        "Mi 15-17 Uhr nach Vereinbarung",
    ],
)
def test_a_time_by_appointment_only_is_unsure(text):
    week = read_german(text)
    assert (in_words(week.windows), in_words(week.unsure)) == ("geschlossen", "Mi 15:00-17:00")
    assert "nur unter einer Bedingung" in week.reasons[0]


@pytest.mark.parametrize(
    "text", ["Mi 15-17 Uhr (ohne Anmeldung)", "Mi 15-17 Uhr ohne Anmeldung", "jeden Mi 15-17 h"]
)
def test_a_time_that_is_open_to_all_is_known(text):
    week = read_german(text)
    assert (in_words(week.windows), week.reasons) == ("Mi 15:00-17:00", ())


def test_lines_are_apart():
    week = read_german("Mi 15-17 Uhr\nnach Vereinbarung")
    assert in_words(week.windows) == "Mi 15:00-17:00"
    assert week.reasons == ("außerdem nach Vereinbarung",)


def test_a_slip_in_a_german_text_is_no_long_night_in_the_other_syntax():
    with pytest.raises(HoursError, match="Ende nicht nach dem Anfang"):
        read_hours("Mo 14:00-09:00", "auto", DAY_ONE)


@pytest.mark.parametrize("text", ["", "  ", "\u00a0"])
def test_an_empty_text_says_nothing(text):
    week = read_hours(text, "auto", DAY_ONE)
    assert week.windows == week.unsure == week.reasons == ()


def windows(start: int = 0, end: int = DAY) -> st.SearchStrategy[Window]:
    """A window of whole minutes within a day."""
    spans = st.tuples(st.integers(start, end - 1), st.integers(start + 1, end))
    return st.builds(
        lambda day, span: Window(day, *span),
        st.integers(0, 6),
        spans.filter(lambda s: s[0] < s[1]),
    )


WEEKS = st.lists(windows(), min_size=1, max_size=8).map(joined)
ENGLISH = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
LONG = ("Montag", "dienstags", "Mi.", "Do", "FREITAG", "sonnabends", "So.")
DASHES = st.sampled_from(["-", " - ", "–", " – ", " bis ", "\u00a0—\u00a0"])
BETWEEN = st.sampled_from([", ", "; ", " und ", " + ", "\n", " / ", " sowie "])


@settings(deadline=None)
@given(WEEKS, st.data())
@example(joined([Window(0, 0, DAY)]), None)
def test_a_week_written_in_german_is_read_back(week, data):
    def draw(strategy, default):
        return data.draw(strategy) if data else default

    def time(minutes: int) -> str:
        hour, minute = divmod(minutes, 60)
        dot = draw(st.sampled_from([".", ":"]), ":")
        short = minute == 0 and draw(st.booleans(), True)
        return str(hour) if short else f"{hour}{dot}{minute:02d}"

    text = ""
    for window in week:
        day = draw(st.sampled_from([LONG[window.weekday], DAY_NAMES[window.weekday]]), "Mo")
        dash, uhr = draw(DASHES, "-"), draw(st.sampled_from(["", " Uhr"]), "")
        span = f"{day} {time(window.start)}{dash}{time(window.end)}{uhr}"
        text += (draw(BETWEEN, ", ") if text else "") + span
    found = read_german(text)
    assert (found.windows, found.unsure, found.reasons) == (week, (), ())


PIECES = st.sampled_from(
    [
        *("Mo", "Di", "Tu", "So", "Mo-Fr", "Sa.", "PH", "SH", "24/7", "off", "unknown", "Jan-Mar"),
        *("8", "12", "24", "8.30", "14:00", "26:00", "9-12", "14:00-17:00", "22:00-02:00", "1."),
        *(",", ";", "-", "–", "+", "||", "(", ")", '"', "[1]", "/", "und", "bis", "ab", "außer"),
        *("geschlossen", "feiertags", "täglich", "nach Vereinbarung", "Uhr", "week 2", "sunset"),
    ]
)


@settings(deadline=None)
@given(st.lists(st.tuples(PIECES, st.sampled_from(["", " "])), min_size=1, max_size=8))
@pytest.mark.parametrize("syntax", ["auto", "german", "osm"])
def test_any_text_is_a_week_in_order_or_an_error_and_no_text_vanishes(syntax, pieces):
    text = "".join(word + space for word, space in pieces)
    try:
        week = read_hours(text, syntax, DAY_ONE)
    except HoursError as error:
        assert error.why and error.allowed
        return
    assert joined(week.windows) == week.windows and joined(week.unsure) == week.unsure
    assert without(week.unsure, week.windows) == week.unsure
    assert all(w.start < w.end <= DAY for w in (*week.windows, *week.unsure))
    assert week.windows or week.unsure or week.reasons


@settings(deadline=None)
@given(WEEKS)
def test_a_week_in_openstreetmaps_syntax_is_read_back_and_is_what_the_package_says(week):
    rules = ", ".join(
        f"{ENGLISH[w.weekday]} {w.start // 60:02d}:{w.start % 60:02d}-"
        f"{w.end // 60:02d}:{w.end % 60:02d}"
        for w in week
    )
    found = read_osm(rules, DAY_ONE)
    assert (found.windows, found.unsure, found.reasons) == (week, (), ())
    monday, hours = datetime(2026, 3, 2), OpeningHours(rules)
    for minutes in range(0, 7 * DAY, 97):
        day, minute = divmod(minutes, DAY)
        inside = any(w.weekday == day and w.start <= minute < w.end for w in week)
        assert hours.is_open(monday + timedelta(minutes=minutes)) == inside


@settings(deadline=None)
@given(st.lists(windows(), max_size=8), st.lists(windows(), max_size=8))
def test_joining_and_cutting_keep_every_minute(some, taken):
    def minutes(spans):
        return {(w.weekday, m) for w in spans for m in range(w.start, w.end)}

    assert minutes(joined(some)) == minutes(some)
    assert minutes(without(joined(some), taken)) == minutes(some) - minutes(taken)
    left = joined(some)
    assert all(a.weekday < b.weekday or a.end < b.start for a, b in pairwise(left))
