"""For the tests of plugins and of Fetlock itself: a small clinic in a real database, and a small plan plugin.

    from fetlock.testing import Clinic, SamplePlans

    clinic = Clinic.build("sqlite:///clinic.sqlite3", SamplePlans())
    added = clinic.run(lambda work: add_invoice_lines(work, clinic.client_id, [clinic.line("NAIL", 2)]))

pytest finds the fixtures of `fetlock.testing.pytest_plugin` by itself once Fetlock is installed.
"""

from fetlock.testing.clinic import Clinic
from fetlock.testing.plans import SamplePlans

__all__ = ["Clinic", "SamplePlans"]
