"""The frozen values that cross the plugin boundary, one module per topic, one public list here."""

from fetlock.contracts.actor import SYSTEM, Actor
from fetlock.contracts.checks import Veto
from fetlock.contracts.claims import (
    Claim,
    ClaimInvoiceItem,
    ClaimItem,
    ClaimProblem,
    ClaimReceipt,
    Declaration,
)
from fetlock.contracts.facts import ClientFacts, EventFacts, PatientFacts, SiteFacts
from fetlock.contracts.http import Http, HttpAnswer
from fetlock.contracts.manifest import HOOK_API, Manifest
from fetlock.contracts.messages import TextMessage
from fetlock.contracts.outside import Ask, AskAnswer, Delivery, DeliveryState, Parcel, Question, Receiver
from fetlock.contracts.panels import (
    BenefitPlan,
    Block,
    Facts,
    HeaderIcon,
    Link,
    Meter,
    Meters,
    Notice,
    PatientContext,
    Series,
    Status,
    SummaryPanel,
    Text,
)
from fetlock.contracts.pricing import (
    AdjustmentKind,
    EntitlementFacts,
    ExpectedPayer,
    InvoiceFacts,
    LineAdjustment,
    LineCandidate,
    Outcome,
    Phase,
    Quote,
    QuoteLine,
)
from fetlock.contracts.reading import NoReading, Reading
from fetlock.contracts.registration import Job, JobScope, NavigationItem, PatientTab, Permission, Topic
from fetlock.contracts.staff import StaffContext, StaffFacts, StaffIntegration

__all__ = [
    "HOOK_API",
    "SYSTEM",
    "Actor",
    "AdjustmentKind",
    "Ask",
    "AskAnswer",
    "BenefitPlan",
    "Block",
    "Claim",
    "ClaimInvoiceItem",
    "ClaimItem",
    "ClaimProblem",
    "ClaimReceipt",
    "ClientFacts",
    "Declaration",
    "Delivery",
    "DeliveryState",
    "EntitlementFacts",
    "EventFacts",
    "ExpectedPayer",
    "Facts",
    "HeaderIcon",
    "Http",
    "HttpAnswer",
    "InvoiceFacts",
    "Job",
    "JobScope",
    "LineAdjustment",
    "LineCandidate",
    "Link",
    "Manifest",
    "Meter",
    "Meters",
    "NavigationItem",
    "NoReading",
    "Notice",
    "Outcome",
    "Parcel",
    "PatientContext",
    "PatientFacts",
    "PatientTab",
    "Permission",
    "Phase",
    "Question",
    "Quote",
    "QuoteLine",
    "Reading",
    "Receiver",
    "Series",
    "SiteFacts",
    "StaffContext",
    "StaffFacts",
    "StaffIntegration",
    "Status",
    "SummaryPanel",
    "Text",
    "TextMessage",
    "Topic",
    "Veto",
]
