"""Who works at the demo clinic, and whose animals it treats. All names are made up."""

from dataclasses import dataclass
from typing import Final

PASSWORD: Final = "demo-fetlock-2026"  # noqa: S105 - the demo's own, printed at each start
"""Everybody's; `fetlock demo` prints it. Nothing but the demo knows it."""


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """An employee with a role at both sites, or at the first alone."""

    user_name: str
    first_name: str
    last_name: str
    role: str
    prefix: str = ""
    group: str = ""
    both_sites: bool = True


STAFF: Final = (
    DemoPerson("lena", "Lena", "Marchetti", "Administrator", group="Practice management"),
    DemoPerson("ruth", "Ruth", "Okonkwo", "Receptionist", group="Front desk"),
    DemoPerson("priya", "Priya", "Raghunathan", "Veterinarian", prefix="Dr.", group="Doctors"),
    DemoPerson("tomasz", "Tomasz", "Wiśniewski-Okafor", "Veterinarian", prefix="Dr.", group="Doctors"),
    DemoPerson("ann", "Ann", "Kowalczyk", "Nurse", group="Nurses", both_sites=False),
)

CLIENTS: Final = """
57 | Aoife | O’Shaughnessy-Featherstonehaugh | (860) 555-0142 | aoife.osf@mail.example | 12 Quillhaven Lane | sms
61 | Marcus | Lindqvist | (860) 555-0177 | marcus.lindqvist@mail.example | 4 Harbor Street | email
63 | Beatriz | Carvalho | (860) 555-0109 | b.carvalho@mail.example | 88 Asylum Avenue | phone
64 | Desmond | Achterberg | (860) 555-0163 | desmond.achterberg@mail.example | 301 Farmington Avenue | email
70 | Yuki | Tanabe | (860) 555-0120 | yuki.tanabe@mail.example | 17 Elm Street | sms
71 | Samuel | Okafor | (860) 555-0131 | s.okafor@mail.example | 9 Prospect Place | email
72 | Ingrid | Haugen | (860) 555-0138 | ingrid.haugen@mail.example | 45 Maple Avenue | phone
73 | Rosa | Delgado-Whitmore | (860) 555-0145 | rosa.dw@mail.example | 210 Retreat Avenue | sms
74 | Peter | D’Angelo | (860) 555-0151 | p.dangelo@mail.example | 33 Wethersfield Avenue | email
75 | Niamh | Kavanagh | (860) 555-0158 | niamh.kavanagh@mail.example | 6 Girard Avenue | email
76 | Jonas | Weber | (860) 555-0166 | jonas.weber@mail.example | 71 Kenyon Street | phone
77 | Amara | Nwosu | (860) 555-0172 | amara.nwosu@mail.example | 140 Scarborough Street | sms
78 | Lucía | Fernández | (860) 555-0183 | lucia.f@mail.example | 52 Tremont Street | email
79 | Henry | Abernathy | (860) 555-0188 | henry.abernathy@mail.example | 19 Steele Road | phone
80 | Mei | Zhang | (860) 555-0192 | mei.zhang@mail.example | 8 Bishop Road | email
81 | Olivier | Lambert | (860) 555-0114 | olivier.lambert@mail.example | 27 Beacon Street | email
82 | Fatima | El-Sayed | (860) 555-0126 | fatima.elsayed@mail.example | 63 Whitney Street | sms
83 | Grace | Mbeki | (860) 555-0134 | grace.mbeki@mail.example | 90 Oxford Street | phone
84 | Tom | Reilly | (860) 555-0147 | tom.reilly@mail.example | 2 Sisson Avenue | sms
85 | Nora | Lindgren | (860) 555-0155 | nora.lindgren@mail.example | 118 Evergreen Avenue | email
86 | Viktor | Petrov | (860) 555-0169 | viktor.petrov@mail.example | 36 Warrenton Avenue | email
87 | Chloe | Bennett | (860) 555-0174 | chloe.bennett@mail.example | 77 Fern Street | sms
88 | Rahul | Iyer | (860) 555-0181 | rahul.iyer@mail.example | 5 Terry Road | email
89 | Eleanor | Smith | (860) 555-0199 | eleanor.smith@mail.example | 41 Capitol Avenue | phone
90 | Tamar | Smith-Abubakar | (860) 555-0116 | tamar.sa@mail.example | 18 Zion Street | sms
91 | Anahit | Petrosyan | (860) 555-0129 | anahit.petrosyan@mail.example | 60 Lafayette Street | email
"""  # noqa: E501 - a table reads best unbroken
"""Account number, first name, last name, mobile phone, e-mail, street, preferred channel."""

PATIENTS: Final = """
57A | Sir Barnaby Featherstone of Quillhaven | Dog | Soft-coated Wheaten Terrier | MN | 7 y 4 m | wheaten | 985112004337218 | 16.9 17.1 16.4 17.0 17.8 18.4
57B | Dolly | Cat | Domestic Shorthair | FS | 3 y | tortoiseshell | 985112004337219 | 4.1 4.3
57C | Nutmeg | Rabbit | Lop-eared | F | 4 y | fawn | | 2.2
57D | Mr. Pickles | Dog | Beagle | MN | 14 y 8 m | tricolour | | 12.4 11.8
61A | Pixel | Cat | Maine Coon | M | 7 m | brown tabby | 985112004400101 | 1.1 2.0 3.4
63A | Chuva | Cat | Siamese | FS | 11 y | seal point | 985112004400162 | 3.9 3.8
63B | Trovão | Dog | Labrador Retriever | MN | 2 y | black | 985112004400163 | 24.5 28.9 31.2
64A | Duchess | Dog | Great Dane | FS | 9 y | harlequin | 985112004400210 | 58.0 57.2
70A | Mochi | Dog | Shiba Inu | FS | 5 y | red | 985112004400301 | 9.6 9.9
70B | Kuro | Cat | Domestic Shorthair | MN | 8 y | black | | 5.2
71A | Zuri | Dog | Rhodesian Ridgeback | F | 4 y | wheaten | 985112004400310 | 33.1
72A | Fjord | Dog | Samoyed | MN | 6 y | white | 985112004400322 | 25.4
72B | Loki | Cat | Norwegian Forest | MN | 6 y | grey tabby | | 6.1
73A | Canela | Dog | Chihuahua | FS | 10 y | cinnamon | 985112004400331 | 2.9
74A | Nero | Dog | Cane Corso | M | 3 y | black brindle | 985112004400340 | 46.0
75A | Saoirse | Horse | Connemara Pony | F | 12 y | grey | | 330
75B | Bran | Dog | Irish Terrier | MN | 2 y | red | 985112004400355 | 12.1
76A | Fritz | Dog | Dachshund | MN | 7 y | black and tan | 985112004400360 | 8.8
77A | Tembo | Dog | Mastiff | MN | 5 y | fawn | 985112004400377 | 71.5
78A | Paloma | Bird | Cockatiel | ? | 3 y | lutino | | 0.09
79A | Winston | Dog | Bulldog | MN | 8 y | brindle | 985112004400390 | 24.0
79B | Clementine | Cat | Persian | FS | 12 y | cream | | 4.4
80A | Bao | Rabbit | Holland Lop | MN | 2 y | orange | | 1.6
81A | Filou | Dog | Papillon | MN | 9 y | white and sable | 985112004400410 | 4.0
82A | Noor | Cat | Turkish Angora | FS | 4 y | white | 985112004400421 | 3.7
83A | Simba | Cat | Domestic Longhair | MN | 9 y | orange | | 6.8
84A | Murphy | Dog | Golden Retriever | MN | 11 y | gold | 985112004400440 | 33.6
84B | Biscuit | Guinea pig | American | F | 2 y | tricolour | | 0.95
85A | Saga | Dog | Finnish Lapphund | FS | 6 y | brown | 985112004400450 | 18.2
86A | Laika | Dog | Borzoi | F | 5 y | white | 985112004400460 | 29.8
87A | Pepper | Cat | Domestic Shorthair | FS | 1 y | grey | 985112004400470 | 3.2
88A | Raja | Dog | Indie | MN | 4 y | tan | 985112004400480 | 17.7
88B | Rani | Cat | Bengal | FS | 3 y | spotted | | 4.6
89A | NA | Dog | Boxer cross | FS | 4 y 3 m | brindle | | 24.8
90A | Smilla | Cat | Siberian | FS | 3 y 8 m | silver | 985112004400490 | 5.1
90B | | Cat | Domestic Shorthair | ? | 9 w | | | 0.7
91A | Zoë 🐾 | Cat | European Shorthair | FS | 5 y | tabby | 985112004400495 | 4.0 4.2
"""  # noqa: E501 - a table reads best unbroken
"""Code, name, species, breed, sex, age, colour, microchip, weights in kg from a year ago until now."""

DECEASED: Final = {"57D": 200}
"""Code, and how many days ago it died."""

ALERTS: Final = (
    ("57A", "Bites when restrained: muzzle, two handlers", True),
    ("57A", "Penicillin: hives", True),
    ("91A", "Diet: no chicken", False),
    ("64A", "Hard of hearing: approach from the front", False),
    ("74A", "Dog-aggressive: wait in the car", True),
)
