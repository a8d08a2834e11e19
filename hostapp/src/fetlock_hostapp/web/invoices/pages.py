"""The pages of invoices, and their places in the menu and on the patient's page."""

from fetlock.contracts.registration import NavigationItem, PatientTab
from fetlock_hostapp.web.invoices import (
    dialog_pages,
    invoice_pages,
    line_pages,
    list_pages,
    money_pages,
    patient_tab,
    picking_pages,
    settling_pages,
)

HANDLERS = [
    *list_pages.HANDLERS,
    *invoice_pages.HANDLERS,
    *line_pages.HANDLERS,
    *picking_pages.HANDLERS,
    *dialog_pages.HANDLERS,
    *money_pages.HANDLERS,
    *settling_pages.HANDLERS,
    *patient_tab.HANDLERS,
]

NAVIGATION = [
    NavigationItem(label="Invoices", href="invoices", permission="invoices.view", icon="money", weight=30)
]

PATIENT_TABS = [PatientTab(key="invoices", label="Invoices", permission="invoices.view", weight=40)]
