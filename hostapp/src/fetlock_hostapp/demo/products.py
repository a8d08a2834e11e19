"""What the demo clinic sells: code, name, kind, unit, decimals, price, taxed, excluded from percentages."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final


@dataclass(frozen=True, slots=True)
class DemoProduct:
    """A product with its price everywhere, and at the second site where that differs."""

    code: str
    name: str
    kind: str
    price: Decimal
    elsewhere: Decimal | None = None
    taxed: bool = False
    excluded: bool = False
    unit: str = "each"
    decimals: int = 0


def _read(table: str) -> tuple[DemoProduct, ...]:
    found = []
    for line in table.strip().splitlines():
        code, name, kind, price, *marks = (part.strip() for part in line.split("|"))
        words = marks[0].split() if marks else []
        unit = next((word.removeprefix("unit=") for word in words if word.startswith("unit=")), "each")
        elsewhere = next((word.removeprefix("quayside=") for word in words if "quayside=" in word), "")
        found.append(
            DemoProduct(
                code,
                name,
                kind,
                Decimal(price),
                Decimal(elsewhere) if elsewhere else None,
                taxed="taxed" in words,
                excluded="excluded" in words,
                unit=unit,
                decimals=2 if unit != "each" else 0,
            )
        )
    return tuple(found)


PRODUCTS: Final = _read(
    """
    EXAM-ANN    | Annual wellness exam                            | service   | 68.00  | quayside=72.00
    EXAM-RE     | Recheck exam, any reason                        | service   | 49.00  | quayside=52.00
    EXAM-KIT    | Kitten exam                                     | service   | 55.00
    EXAM-PUP    | Puppy exam                                      | service   | 55.00
    EXAM-EMERG  | Emergency exam, out of hours                    | service   | 145.00
    NW-CHK      | Nurse weight check                              | service   | 12.00
    VAC-RAB3    | Rabies, 3-year, killed virus                    | procedure | 42.00
    VAC-RAB1    | Rabies, 1-year                                  | procedure | 34.00
    VAC-DAPP3   | DAPP, 3-year                                    | procedure | 46.00
    VAC-LEPTO4  | Leptospirosis, 4-serovar                        | procedure | 38.00
    VAC-FVRCP   | Feline core vaccine                             | procedure | 39.00
    VAC-FELV    | Feline leukemia                                 | procedure | 41.00
    BORD-ORAL   | Bordetella, oral                                | procedure | 36.00
    FEC-GIA     | Fecal flotation with Giardia antigen            | lab       | 58.00
    HW-4DX      | Heartworm and tick, 4-way                       | lab       | 62.00
    LAB-C17     | Chemistry 17 with blood count                   | lab       | 164.00
    LAB-SEN     | Senior panel with T4 and SDMA                   | lab       | 198.00
    LAB-UA      | Urinalysis, complete                            | lab       | 48.00
    SKN-SCR     | Skin scraping                                   | lab       | 46.00
    CYT-EAR     | Ear cytology                                    | lab       | 46.00
    NAIL-M      | Nail trim, dog, 15–25 kg                        | procedure | 30.00
    DENT-1      | Dental cleaning under anesthesia, ASA 1–2       | procedure | 640.00 | quayside=690.00
    RAD-DENT-FM | Dental radiographs, full mouth, with report     | procedure | 180.00
    RAD-2       | Radiographs, two views                          | procedure | 195.00
    SURG-NEU    | Neutering                                       | procedure | 310.00
    INJ-NSAID-S | Pain relief injection, under 10 kg              | procedure | 36.00
    INJ-NSAID-M | Pain relief injection, 10–25 kg                 | procedure | 36.00
    INJ-NSAID-L | Pain relief injection, over 25 kg               | procedure | 36.00
    MELOX-INJ   | Meloxicam 5 mg/mL, injection                    | inventory | 18.50  | taxed unit=mL
    MELOX-ORAL  | Meloxicam 1.5 mg/mL, oral, 32 mL                | inventory | 44.00  | taxed
    EAR-CLEAN   | Ear cleanser, 237 mL                            | inventory | 19.80  | taxed
    FLEA-DOG-M  | Flea and tick, dog, 10–25 kg, 3 tablets         | inventory | 71.00  | taxed
    FOOD-REN12  | Renal support diet, chicken, 12 kg bag          | inventory | 94.50  | taxed excluded
    FOOD-GI4    | Gastrointestinal diet, cat, 4 kg bag            | inventory | 48.90  | taxed excluded
    CHIP        | Microchip with registration                     | procedure | 49.50
    CERT-TRAVEL | Travel health certificate                       | fee       | 85.00  | excluded
    FEE-WASTE   | Clinical waste                                  | fee       | 4.50   | excluded
    """
)
