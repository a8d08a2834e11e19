"""Tables of products, prices and tax rates."""

from decimal import Decimal
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from fetlock.database import Base, Identified, Money, Percent


class ProductKind(StrEnum):
    """What a product is (H-20)."""

    SERVICE = "service"
    INVENTORY = "inventory"
    LAB = "lab"
    PROCEDURE = "procedure"
    FEE = "fee"


class TaxRate(Identified, Base):
    """A named tax rate."""

    __tablename__ = "tax_rate"

    name: Mapped[str] = mapped_column(String(80), unique=True)
    percent: Mapped[Decimal] = mapped_column(Percent)


class Product(Identified, Base):
    """A product or service (H-20). `unit_decimals`: how many decimals its quantity may have, 0 to 4."""

    __tablename__ = "product"
    __table_args__ = (
        CheckConstraint("unit_decimals BETWEEN 0 AND 4", name="unit_decimals"),
        Index("ix_product_name", "name"),
    )

    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    kind: Mapped[str] = mapped_column(String(20), default=ProductKind.SERVICE.value)
    unit: Mapped[str] = mapped_column(String(20), default="each")
    unit_decimals: Mapped[int] = mapped_column(default=0)
    tax_rate_id: Mapped[int | None] = mapped_column(ForeignKey("tax_rate.id"))
    excluded_from_percentage_discount: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    revision: Mapped[int] = mapped_column(default=1)

    tax_rate: Mapped[TaxRate | None] = relationship()


class ProductPrice(Identified, Base):
    """The price of one unit at a site, or everywhere where `site_id` is empty."""

    __tablename__ = "product_price"
    __table_args__ = (
        Index(
            "uq_product_price_organisation",
            "product_id",
            unique=True,
            sqlite_where=text("site_id IS NULL"),
            postgresql_where=text("site_id IS NULL"),
        ),
        Index("uq_product_price_site", "product_id", "site_id", unique=True),
        CheckConstraint("amount >= 0", name="not_negative"),
    )

    product_id: Mapped[int] = mapped_column(ForeignKey("product.id"))
    site_id: Mapped[int | None] = mapped_column(ForeignKey("site.id"))
    amount: Mapped[Decimal] = mapped_column(Money)
