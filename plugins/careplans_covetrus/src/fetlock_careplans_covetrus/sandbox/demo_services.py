"""The services of the demo's plans: groups, codes, alternates, allotments, what is used today."""

from dataclasses import dataclass

from fetlock_careplans_covetrus.sandbox.documents import Alternate, Item


@dataclass(frozen=True)
class Service:
    """One service of a plan: ``used`` is the count on the day the demo starts."""

    group: str
    name: str
    code: str
    included: int
    used: int = 0
    alternates: tuple[tuple[str, str], ...] = ()


ADULT = (
    Service("Exams and visits", "Annual wellness exam", "EXAM-ANN", 1, 1),
    Service("Exams and visits", "Recheck exam, any reason", "EXAM-RE", 2),
    Service("Exams and visits", "Nurse weight check", "NW-CHK", 24, 9),
    Service("Vaccines", "Core vaccine", "VAC-RAB3", 2, 1,
            (("VAC-DAPP3", "DAPP, 3-year"), ("VAC-RAB1", "Rabies, 1-year"))),
    Service("Vaccines", "Leptospirosis, 4-serovar", "VAC-LEPTO4", 1),
    # The demo clinic has no product with this code: the case of CP-18.
    Service("Vaccines", "Bordetella, oral", "BORD-O-2026", 1),
    Service("Diagnostics", "Parasite screen", "FEC-GIA", 2, 0, (("HW-4DX", "Heartworm and tick, 4-way"),)),
    Service("Diagnostics", "Wellness blood panel", "LAB-C17", 1, 0,
            (("LAB-SEN", "Senior panel with T4 and SDMA"),)),
    Service("Diagnostics", "Skin and ear diagnostics", "SKN-SCR", 2, 1, (("CYT-EAR", "Ear cytology"),)),
    Service("Care", "Nail trims", "NAIL-M", 4, 2),
    Service("Care", "Dental cleaning under anesthesia, ASA 1–2", "DENT-1", 1),
    Service("Care", "Pain relief injection", "INJ-NSAID-S", 6, 1,
            (("INJ-NSAID-M", "10–25 kg"), ("INJ-NSAID-L", "over 25 kg"))),
)  # fmt: skip

KITTEN = (
    Service("Exams and visits", "Kitten exam", "EXAM-KIT", 4, 2),
    Service("Exams and visits", "Recheck exam, any reason", "EXAM-RE", 2),
    Service("Vaccines", "Feline core vaccine", "VAC-FVRCP", 3, 2, (("VAC-FELV", "Feline leukemia"),)),
    Service("Vaccines", "Rabies, 1-year", "VAC-RAB1", 1),
    Service("Diagnostics", "Fecal flotation", "FEC-GIA", 2, 1),
    Service("Care", "Nail trims", "NAIL-M", 4, 1),
    Service("Care", "Neutering", "SURG-NEU", 1),
)

PUPPY = (
    Service("Exams and visits", "Puppy exam", "EXAM-PUP", 4, 3),
    Service("Vaccines", "Core vaccine", "VAC-DAPP3", 3, 3, (("VAC-RAB1", "Rabies, 1-year"),)),
    Service("Diagnostics", "Parasite screen", "FEC-GIA", 2, 1),
    Service("Care", "Nail trims", "NAIL-M", 4, 1),
)

SENIOR = (
    Service("Exams and visits", "Senior exam", "EXAM-ANN", 2, 1),
    Service("Exams and visits", "Recheck exam, any reason", "EXAM-RE", 4, 1),
    Service("Diagnostics", "Senior panel with T4 and SDMA", "LAB-SEN", 2, 1),
    Service("Care", "Pain relief injection", "INJ-NSAID-M", 12, 4, (("INJ-NSAID-L", "over 25 kg"),)),
)

SMALL_MAMMAL = (
    Service("Exams and visits", "Annual wellness exam", "EXAM-ANN", 1),
    Service("Care", "Nail trims", "NAIL-M", 6, 2),
)


def items(term_id: str, services: tuple[Service, ...], used: bool | None = True) -> list[Item]:
    """The items of a term. ``used``: the demo's counts; False nothing used; None everything used."""
    return [
        Item(
            id=f"{term_id}-{service.code}",
            position=position,
            group=service.group,
            name=service.name,
            code=service.code,
            alternates=[Alternate(code=code, name=name) for code, name in service.alternates],
            included=service.included,
            opening_used=service.included if used is None else service.used if used else 0,
        )
        for position, service in enumerate(services, start=1)
    ]
