"""The names by which everybody else knows this plugin and its parts."""

from typing import Final

NAME: Final = "careplans_covetrus"
LABEL: Final = "Care Plans"
TABLE_PREFIX: Final = "careplans"
PREFIX: Final = "Care Plan: "
"""What stands before the name of a plan of the outside vendor (CP-45)."""

VIEW: Final = f"{NAME}.view"
USE: Final = f"{NAME}.use"

TEST_CREDENTIALS: Final = "test_credentials"
REFRESH: Final = "refresh"


def source_key(plan_id: str, term_id: str, item_id: str) -> str:
    """Our name for an item's entitlement, made of the vendor's ids."""
    return "/".join(part.replace("%", "%25").replace("/", "%2F") for part in (plan_id, term_id, item_id))


def vendor_ids(key: str) -> tuple[str, str, str]:
    """Plan, term and item id of a source key."""
    plan_id, term_id, item_id = (part.replace("%2F", "/").replace("%25", "%") for part in key.split("/"))
    return plan_id, term_id, item_id


def chain(plan_id: str) -> str:
    """What joins the terms of one plan among entitlements."""
    return f"{NAME}:{plan_id}"


def aggregate(plan_id: str) -> str:
    """The aggregate under which core posts the usage of a plan."""
    return f"entitlement:{chain(plan_id)}"


def patient_subject(patient_id: int) -> str:
    """The subject of asks about one patient."""
    return f"patient:{patient_id}"
