"""A till in a process of its own: adds one nail trim after the other, and prints what came of each.

python -m tests.concurrency.till_process URL SITE TIMES
"""

import json
import sys
from decimal import Decimal

from fetlock import Work
from fetlock.domain.invoices import lines
from fetlock.testing import Clinic, SamplePlans


def main(url: str, site: str, times: int) -> None:
    """Wait for a line on standard input, then add `times` lines; print a JSON list of what was told."""
    clinic = Clinic.at(url, SamplePlans(discount=Decimal(0)))
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    wanted = [clinic.line("NAIL")]

    def add(work: Work) -> list[str]:
        return lines.add_lines(work, clinic.client_id, wanted).told

    told = [clinic.run(add, site=site) for _ in range(times)]
    sys.stdout.write(json.dumps(told) + "\n")
    clinic.close()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
