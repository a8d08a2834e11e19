"""The pages of patients, and their place in the menu and among the tabs."""

from fetlock.contracts.registration import NavigationItem, PatientTab
from fetlock_hostapp.web.patients import (
    form_pages,
    list_pages,
    owner_pages,
    panel_pages,
    part_pages,
    photo_pages,
    plans_pages,
    record_pages,
)
from fetlock_hostapp.web.patients.strip import PLANS, RECORD

HANDLERS = [
    *list_pages.HANDLERS,
    *record_pages.HANDLERS,
    *panel_pages.HANDLERS,
    *plans_pages.HANDLERS,
    *form_pages.HANDLERS,
    *part_pages.HANDLERS,
    *photo_pages.HANDLERS,
    *owner_pages.HANDLERS,
]

NAVIGATION = [
    NavigationItem(label="Patients", href="patients", permission="patients.view", icon="paw", weight=10),
]

PATIENT_TABS = [
    PatientTab(key=RECORD, label="Record", permission="patients.view", weight=10),
    PatientTab(key=PLANS, label="Care Plans", permission="patients.view", weight=60),
]
