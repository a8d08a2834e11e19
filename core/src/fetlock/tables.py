"""The tables of core that a plugin may read, so that one indexed query can join them.

This list is published: a name stays, with its columns, for as long as the plugin API version says.
Writing to any of them goes through `fetlock.services` alone.
"""

from fetlock.database import Base, Identified, Json, Money, Percent, Quantity, UtcDateTime
from fetlock.domain.catalogue.models import Product, ProductPrice
from fetlock.domain.clients.models import Client, ClientEmail, ClientPhone
from fetlock.domain.entitlements.models import Entitlement, EntitlementEntry, EntitlementState
from fetlock.domain.invoices.models import Invoice, InvoiceLine, LineCoverage
from fetlock.domain.patients.models import Patient, PatientAlias, PatientWeight
from fetlock.domain.sites.models import Site
from fetlock.domain.staff.models import Staff
from fetlock.domain.treatment.models import TreatmentItem
from fetlock.outbox.models import AskRow, OutboxRow

__all__ = [
    "AskRow",
    "Base",
    "Client",
    "ClientEmail",
    "ClientPhone",
    "Entitlement",
    "EntitlementEntry",
    "EntitlementState",
    "Identified",
    "Invoice",
    "InvoiceLine",
    "Json",
    "LineCoverage",
    "Money",
    "OutboxRow",
    "Patient",
    "PatientAlias",
    "PatientWeight",
    "Percent",
    "Product",
    "ProductPrice",
    "Quantity",
    "Site",
    "Staff",
    "TreatmentItem",
    "UtcDateTime",
]
