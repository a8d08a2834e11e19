"""A till at which somebody does anything, in any order: invoices, accounts, money back, mistakes."""

import re
import uuid
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from random import Random

from core.tests.accounts.sight import Sight
from fetlock import Blocked, Conflict, Invalid, NotFound, Work
from fetlock.domain.accounts import correcting, parties, paying
from fetlock.domain.accounts.paying import Party, Shares
from fetlock.domain.invoices import closing, lines, on_account, payments
from fetlock.domain.invoices.models import Invoice
from fetlock.testing import Clinic

D = Decimal
PATIENTS = {"57": ("57A", "57B"), "58": ("58A",)}
SITES = ("north", "south")


class Till(Sight):
    """Each `step()` is one random command. `last` names it, `refused` says why it was not done."""

    def __init__(self, clinic: Clinic, random: Random) -> None:
        self.clinic = clinic
        self.random = random
        self.last = ""
        self.refused = ""
        self.done: Counter[str] = Counter()
        self.insurers = [
            clinic.run(lambda work, n=n: parties.keep_insurer(work, f"Insurer {n}").id)  # type: ignore[misc]
            for n in (1, 2)
        ]
        self.repeat: Callable[[Work], object] | None = None

    def step(self) -> None:
        """Do something."""
        commands = [
            *[self.sell] * 5,
            *[self.settle] * 6,
            *[self.pay_account] * 3,
            *[self.give_back] * 3,
            *[self.reopen_and_change] * 3,
            *[self.return_some] * 3,
            self.deposit,
            self.pay_insurer,
            self.spend,
            self.release,
            self.write_off,
            self.goodwill,
            self.bill_client,
            self.void,
            self.again,
        ]
        command = self.random.choice(commands)
        self.last, self.refused = command.__name__, ""
        try:
            command()
        except (Blocked, Conflict, Invalid, NotFound) as error:
            self.refused = error.message
        else:
            self.done[self.last] += 1
        assert "More is allocated than is open" not in self.refused, "a limit that nobody looked at"

    # invoices

    def sell(self) -> None:
        client = self.random.choice(list(PATIENTS))
        wanted = [
            self.clinic.line(
                self.random.choice(["NAIL", "EXAM", "FOOD", "DROPS"]),
                self.random.randint(1, 4),
                patient=self.random.choice(PATIENTS[client]),
            )
            for _ in range(self.random.randint(1, 2))
        ]
        client_id = self.clinic.records.clients[client]
        self._run(lambda work: lines.add_lines(work, client_id, wanted), self.random.choice(SITES))

    def settle(self) -> None:
        """Pay an open invoice, in parts and in any way; close it where nothing is left."""
        invoice = self._open_invoice()
        ways = self.random.sample(["card", "account", "insurer", "credit"], self.random.randint(1, 3))
        for way in ways:
            self._settle_part(invoice, way, self._part(self._fresh(invoice).balance))
        if self.random.random() < 0.8:
            self._settle_rest(invoice)
            self._run(lambda work: closing.close(work, invoice.id), self._site(invoice))

    def reopen_and_change(self) -> None:
        """Reopen, change quantities, settle the difference either way, close again."""
        invoice = self._any_invoice("closed")
        site = self._site(invoice)
        self._run(lambda work: closing.reopen(work, invoice.id, reason="A mistake"), site)
        for line in self._lines(invoice):
            if self.random.random() < 0.3:
                self._run(lambda work, line=line: lines.remove_line(work, line.id), site)  # type: ignore[misc]
            else:
                wanted = D(self.random.randint(1, 4))
                self._run(
                    lambda work, line=line, wanted=wanted: lines.change_line(  # type: ignore[misc]
                        work, line.id, quantity=wanted
                    ),
                    site,
                )
        if self.random.random() < 0.8:
            self._settle_rest(invoice)
            self._run(lambda work: closing.close(work, invoice.id), site)

    def return_some(self) -> None:
        """Bring lines back; the invoice that they stand on is mostly settled and closed."""
        invoice = self._any_invoice("closed")
        site = self._site(invoice)
        line = self.random.choice(self._lines(invoice) or [None])
        if line is None or line.quantity <= 0:
            raise Conflict("nothing to return")
        wanted = D(self.random.randint(1, int(line.quantity)))
        made = self._run(lambda work: lines.return_line(work, line.id, wanted, reason="Unused"), site)
        if self.random.random() < 0.8:
            self._settle_rest(made.invoice)
            self._run(lambda work: closing.close(work, made.invoice.id), site)

    def void(self) -> None:
        invoice = self._any_invoice("open", "reopened", "closed")
        self._run(lambda work: closing.void(work, invoice.id, reason="Wrong client"), self._site(invoice))

    # accounts

    def pay_account(self) -> None:
        """One payment over several debts and open invoices, sometimes more than is due."""
        client_id = self.random.choice(list(self.clinic.records.clients.values()))
        site = self.random.choice(SITES)
        debts = [each for each in self._items(client_id=client_id) if each.is_debt]
        chosen = self.random.sample(debts, min(len(debts), self.random.randint(0, 3)))
        shares = {each.id: self._part(each.open) for each in chosen}
        invoices = {
            each.id: self._part(each.balance)
            for each in self._invoices("open", "reopened")
            if each.client_id == client_id and self._site(each) == site and each.balance > 0
        }
        wanted = Shares(debts=shares, invoices=invoices if self.random.random() < 0.5 else {})
        amount = wanted.total + self.random.choice([D(0), D(0), D(25), D(-1)])
        key = uuid.uuid4()
        command = partial(
            paying.take_payment,
            party=Party(client_id=client_id),
            amount=amount,
            method="card",
            wanted=wanted,
            key=key,
        )
        self.repeat = command
        self._run(command, site)

    def pay_insurer(self) -> None:
        insurer_id = self.random.choice(self.insurers)
        debts = [each for each in self._items(insurer_id=insurer_id) if each.is_debt][:3]
        wanted = Shares(debts={each.id: self._part(each.open) for each in debts})
        amount = wanted.total + self.random.choice([D(0), D(10)])
        party = Party(insurer_id=insurer_id)
        self._run(lambda work: paying.take_payment(work, party, amount, "bank", wanted, reference="R-1"))

    def spend(self) -> None:
        client_id = self.random.choice(list(self.clinic.records.clients.values()))
        debts = [each for each in self._items(client_id=client_id) if each.is_debt][:2]
        wanted = Shares(debts={each.id: self._part(each.open) for each in debts})
        self._run(lambda work: paying.spend_credit(work, Party(client_id=client_id), wanted))

    def deposit(self) -> None:
        client_id = self.random.choice(list(self.clinic.records.clients.values()))
        amount = D(self.random.randint(1, 20000)) / 100
        key = uuid.uuid4()
        command = partial(
            paying.take_deposit, party=Party(client_id=client_id), amount=amount, method="cash", key=key
        )
        self.repeat = command
        self._run(command)

    def give_back(self) -> None:
        found = self._item(lambda each: not each.is_debt)
        amount = self._part(found.open or found.size)
        key = uuid.uuid4()
        command = partial(
            paying.refund,
            account_id=found.account_id,
            entry_id=found.id,
            amount=amount,
            method="card",
            reason="Asked for",
            key=key,
        )
        self.repeat = command
        self._run(command)

    def release(self) -> None:
        found = self._item(lambda each: not each.is_debt)
        self._run(lambda work: paying.release(work, found.account_id, found.id, reason="Bounced"))

    def write_off(self) -> None:
        found = self._item(lambda each: each.is_debt)
        amount = self._part(found.open or found.size)
        self._run(lambda work: correcting.write_off(work, found.account_id, found.id, amount, reason="Gone"))

    def goodwill(self) -> None:
        client_id = self.random.choice(list(self.clinic.records.clients.values()))
        amount = D(self.random.randint(1, 5000)) / 100
        self._run(lambda work: correcting.give_credit(work, client_id, amount, reason="A long wait"))

    def bill_client(self) -> None:
        insurers = set(self.insurers)
        found = self._item(lambda each: each.is_debt, insurers=insurers)
        amount = self._part(found.open or found.size)
        self._run(
            lambda work: correcting.bill_client(work, found.account_id, found.id, amount, reason="Excess")
        )

    def again(self) -> None:
        """A button pressed twice."""
        if self.repeat is not None:
            self._run(self.repeat)

    # what the commands need

    def _settle_part(self, invoice: Invoice, way: str, amount: Decimal) -> None:
        site = self._site(invoice)
        insurer_id = self.random.choice(self.insurers)
        do: dict[str, Callable[[Work], object]] = {
            "card": lambda work: payments.take_payment(work, invoice.id, amount, "card"),
            "account": lambda work: on_account.move_to_account(work, invoice.id, amount),
            "insurer": lambda work: on_account.move_to_insurer(
                work, invoice.id, insurer_id, amount, reference="C-7"
            ),
            "credit": lambda work: on_account.use_credit(work, invoice.id, amount),
        }
        try:
            self._run(do[way], site)
        except (Conflict, Invalid) as error:
            self.refused = error.message

    def _settle_rest(self, invoice: Invoice) -> None:
        """All of the balance; what is owed back finds its place, always (each limit says how much fits)."""
        site = self._site(invoice)
        balance = self._fresh(invoice).balance
        if balance > 0:
            self._settle_part(invoice, self.random.choice(["card", "account", "insurer"]), balance)
            return
        ways: list[Callable[[Work, Decimal], object]] = [
            lambda work, amount: payments.take_payment(work, invoice.id, amount, "cash"),
            lambda work, amount: on_account.move_to_account(work, invoice.id, amount),
            *[
                lambda work, amount, key=key: on_account.move_to_insurer(work, invoice.id, key, amount)
                for key in self.insurers
            ],
        ]
        self.random.shuffle(ways)
        for way in ways:
            rest = self._fresh(invoice).balance
            if rest == 0:
                return
            try:
                self._run(lambda work, way=way, rest=rest: way(work, rest), site)  # type: ignore[misc]
            except Invalid as error:
                most = D(re.findall(r"At most ([0-9.]+)", error.message)[0])
                if most > 0:
                    self._run(lambda work, way=way, most=most: way(work, -most), site)  # type: ignore[misc]
        assert self._fresh(invoice).balance == 0, "what is owed back has a place to go to"
