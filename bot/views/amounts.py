"""Numbers, money, durations and times as people read them; one way to write each, everywhere."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from babel.dates import format_skeleton

from bot.texts import language, t


def percent(share: float, digits: int = 1) -> str:
    """ "93.6%" for 0.936; never "100%" for less than all, never "0%" for more than nothing."""
    text = f"{share * 100:.{digits}f}"
    step = 10**-digits
    if share < 1 and float(text) >= 100:
        text = f"{100 - step:.{digits}f}"
    if share > 0 and float(text) == 0:
        return f"<{step:.{digits}f}%"
    return f"{text}%"


def usd(amount: Decimal) -> str:
    """ "$0.00", "$12.34", "<$0.01" for less than a cent."""
    if Decimal(0) < amount < Decimal("0.005"):
        return "<$0.01"
    return f"${amount:,.2f}"


def duration(seconds: float) -> str:
    """ "8 s", "3 min", "1 h 20 min"."""
    if seconds < 60:
        return t("{number} s", number=max(0, round(seconds)))
    minutes = round(seconds / 60)
    if minutes < 60:
        return t("{number} min", number=minutes)
    return t("{hours} h {minutes} min", hours=minutes // 60, minutes=minutes % 60)


def loss(value: float) -> str:
    """Three significant digits, as training logs have it."""
    return f"{value:.3f}" if value < 100 else f"{value:.3g}"


def month_name(month: str) -> str:
    """ "November 2026" for "2026-11", in the language in use."""
    first = date.fromisoformat(f"{month}-01")
    return format_skeleton("yMMMM", first, locale=language())


def moment(when: datetime) -> str:
    """A time in the reader's own time zone, UTC where it cannot be shown (Slack's date format)."""
    fallback = when.strftime("%Y-%m-%d %H:%M UTC")
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time}}|{fallback}>"
