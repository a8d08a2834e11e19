"""The commands by which a plugin may write core's tables, each under its permission.

Every command takes the unit of work (`fetlock.Work`) that the plugin was handed.
"""

from inspect import isfunction

from fetlock.database.holding import command
from fetlock.domain.accounts.remitting import (
    keep_insurer,
    record_insurer_payment,
    record_receivable,
    settle_difference,
)
from fetlock.domain.audit.service import record as record_audit
from fetlock.domain.entitlements.ledger import Balance, balances
from fetlock.domain.entitlements.models import EntitlementState
from fetlock.domain.entitlements.service import EntitlementTerms
from fetlock.domain.entitlements.service import keep as keep_entitlements
from fetlock.domain.entitlements.service import record_external as record_external_use
from fetlock.domain.invoices.lines import Changed, NewLine, reprice_invoice
from fetlock.domain.invoices.lines import add_lines as add_invoice_lines
from fetlock.domain.invoices.models import LineSource
from fetlock.domain.invoices.payments import take_payment
from fetlock.domain.messages.service import queue_message
from fetlock.domain.tasks.by_cause import close_task, open_task
from fetlock.domain.treatment.service import Ordered as OrderedTreatment
from fetlock.domain.treatment.service import order as order_treatment
from fetlock.outbox.asks import ask
from fetlock.outbox.asks import find as find_ask
from fetlock.outbox.asks import latest as latest_ask
from fetlock.outbox.store import store_parcel
from fetlock.signals.sending import signal

__all__ = [
    "Balance",
    "Changed",
    "EntitlementState",
    "EntitlementTerms",
    "LineSource",
    "NewLine",
    "OrderedTreatment",
    "add_invoice_lines",
    "ask",
    "balances",
    "close_task",
    "find_ask",
    "keep_entitlements",
    "keep_insurer",
    "latest_ask",
    "open_task",
    "order_treatment",
    "queue_message",
    "record_audit",
    "record_external_use",
    "record_insurer_payment",
    "record_receivable",
    "reprice_invoice",
    "settle_difference",
    "signal",
    "store_parcel",
    "take_payment",
]

# whatever a plugin calls here may write core's tables; all else that it does may not
for _name in __all__:
    if isfunction(globals()[_name]):
        globals()[_name] = command(globals()[_name])
