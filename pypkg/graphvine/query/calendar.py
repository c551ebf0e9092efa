"""Days and their names in the proleptic Gregorian calendar, for years far beyond what `datetime` can hold.

A day is an integer: days from 1970-01-01. Weeks are ISO 8601.
"""

from __future__ import annotations

from graphvine.model.temporal import MAX_DAY, MIN_DAY
from graphvine.query.fault import argument_error

MIN_YEAR, MAX_YEAR = -999_999_999, 999_999_999
_MONTH_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def day_of(year: int, month: int, day: int) -> int:
    """Return the day number of a date whose parts are in range.

    Source: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", days_from_civil.
    """
    year -= month <= 2
    era, year_of_era = divmod(year, 400)
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146_097 + day_of_era - 719_468


def date_of(days: int) -> tuple[int, int, int]:
    """Return year, month and day of a day number."""
    era, day_of_era = divmod(days + 719_468, 146_097)
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * day_of_year + 2) // 153
    month = shifted + (3 if shifted < 10 else -9)
    return year_of_era + era * 400 + (month <= 2), month, day_of_year - (153 * shifted + 2) // 5 + 1


def is_leap(year: int) -> bool:
    """Tell whether the year has 366 days."""
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_days(year: int, month: int) -> int:
    """Return how many days a month has."""
    return 29 if month == 2 and is_leap(year) else _MONTH_DAYS[month - 1]


def weekday(days: int) -> int:
    """Return 1 for Monday to 7 for Sunday."""
    return (days + 3) % 7 + 1


def week_of(days: int) -> tuple[int, int]:
    """Return the ISO week-year and week."""
    thursday = days + 4 - weekday(days)
    year = date_of(thursday)[0]
    return year, (thursday - day_of(year, 1, 1)) // 7 + 1


def day_of_week_date(year: int, week: int, day: int) -> int:
    """Return the day number of an ISO week date."""
    fourth = day_of(year, 1, 4)
    return fourth - weekday(fourth) + (week - 1) * 7 + day


def quarter_start(year: int, quarter: int) -> int:
    """Return the first day of a quarter."""
    return day_of(year, quarter * 3 - 2, 1)


def add_months(days: int, months: int) -> int:
    """Return the same day of another month, or its last day where there is none."""
    year, month, day = date_of(days)
    year, month = divmod(year * 12 + month - 1 + months, 12)
    month += 1
    return check_day(day_of(year, month, min(day, month_days(year, month))))


def check_day(days: int) -> int:
    """Return `days` if it is in the range of dates, or raise Fault."""
    if MIN_DAY <= days <= MAX_DAY:
        return days
    raise argument_error("NumberOutOfRange", "A date lies between the years -999,999,999 and 999,999,999.")
