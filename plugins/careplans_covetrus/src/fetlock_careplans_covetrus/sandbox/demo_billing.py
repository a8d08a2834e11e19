"""Terms of a year, their monthly payments and statements, as of a day."""

import calendar
from datetime import date, timedelta
from decimal import Decimal

from fetlock_careplans_covetrus.sandbox.documents import Billing, Payment, Statement

PAYMENTS = 12


def months_after(day: date, months: int) -> date:
    """The same day some months later (or earlier), or the last day of a shorter month."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(starts_on: date) -> date:
    """The last day of a year of services (CP-31)."""
    return months_after(starts_on, 12) - timedelta(days=1)


def payment_days(starts_on: date) -> list[date]:
    """The days on which the twelve payments fall due; the first at once."""
    return [months_after(starts_on, month) for month in range(PAYMENTS)]


def billing(starts_on: date, monthly: Decimal, today: date) -> Billing:
    """Billing of a plan that has been paid on time (CP-32, CP-33)."""
    days = payment_days(starts_on)
    paid = [day for day in days if day <= today]
    coming = [day for day in days if day > today]
    return Billing(
        monthly_payment=monthly,
        plan_amount=monthly * PAYMENTS,
        contract_balance=monthly * len(coming),
        remaining_scheduled=len(coming),
        final_scheduled_billing_on=days[-1],
        next_payment_on=coming[0] if coming else None,
        last_payment=Payment(amount=monthly, paid_on=paid[-1]) if paid else None,
    )


def statements(plan_id: str, starts_on: date, monthly: Decimal, today: date) -> list[Statement]:
    """One statement a payment, newest first."""
    paid = [day for day in payment_days(starts_on) if day <= today]
    return [
        Statement(number=f"{plan_id}-{number:02d}", dated=day, amount=monthly)
        for number, day in reversed(list(enumerate(paid, start=1)))
    ]
