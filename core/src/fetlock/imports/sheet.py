"""Reading a CSV file: its encoding, its separator, its header and its rows, each with its number."""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from fetlock.errors import FetlockError

ENCODINGS: Final = {
    "utf-8": "UTF-8",
    "windows-1252": "Windows, Western Europe (1252)",
    "windows-1250": "Windows, Central Europe (1250)",
    "iso-8859-1": "ISO 8859-1 (Latin 1)",
    "mac-roman": "Mac OS Roman",
    "utf-16": "UTF-16",
}
"""Encodings that a page offers; the command line takes any that Python knows."""

_SEPARATORS: Final = ",;\t|"
_LONGEST_CELL: Final = 100_000


class UnreadableFile(FetlockError):
    """The file cannot be read as a table; nothing was imported."""

    code = "unreadable_file"


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A row: its number as a spreadsheet counts (the header is row 1), and its cells as they stand."""

    number: int
    cells: tuple[str, ...]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file read whole: its header, its rows without blank lines, and what parts their cells."""

    header: tuple[str, ...]
    rows: tuple[SheetRow, ...] = field(repr=False)
    separator: str = ","


def read_sheet(content: bytes, encoding: str = "utf-8") -> Sheet:
    """Read a file. Raises `UnreadableFile`, which names row and byte where the encoding is another."""
    text = _decoded(content, encoding)
    if not text.strip():
        raise UnreadableFile("The file is empty.")
    if "\0" in text:
        raise UnreadableFile("This is not a text file: it holds zero bytes. Export it as CSV, in UTF-8.")
    separator = _separator_of(text)
    rows = _records(text, separator)
    header: tuple[str, ...] = ()
    found = []
    for row in rows:
        if _is_blank(row, header):
            continue
        if not header:
            if row.fault:
                raise UnreadableFile(f"The header cannot be read: {row.fault}")
            header = tuple(cell.strip("\ufeff \t\r\n") for cell in row.cells)
            continue
        found.append(row if row.fault else _squared(row, header))
    return Sheet(header, tuple(found), separator)


def _decoded(content: bytes, encoding: str) -> str:
    name = "utf-8-sig" if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-8-sig") else encoding
    if name == "utf-8-sig" and content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise UnreadableFile(
            "This file is encoded in UTF-16, not in UTF-8. Save it as UTF-8, or name its encoding: utf-16."
        )
    try:
        return content.decode(name)
    except LookupError:
        raise UnreadableFile(f"There is no encoding called {encoding}. Try utf-8 or windows-1252.") from None
    except UnicodeError as error:
        where = ""
        if isinstance(error, UnicodeDecodeError):
            row = content.count(b"\n", 0, error.start) + 1
            where = f": line {row} holds the byte 0x{content[error.start]:02x}"
        shown = "UTF-8" if name == "utf-8-sig" else encoding
        raise UnreadableFile(
            f"This file is not encoded in {shown}{where}. "
            "Save it as UTF-8, or name its encoding, such as windows-1252."
        ) from None


def _separator_of(text: str) -> str:
    first = next(line for line in text.splitlines() if line.strip())
    if first[:4].lower() == "sep=" and len(first) == 5:
        return first[4]
    widths = {sign: len(next(csv.reader([first], delimiter=sign), [])) for sign in _SEPARATORS}
    return max(_SEPARATORS, key=lambda sign: widths[sign])


def _records(text: str, separator: str) -> Iterator[SheetRow]:
    csv.field_size_limit(_LONGEST_CELL)
    lines = io.StringIO(text, newline="")
    reader = csv.reader(lines, delimiter=separator, strict=True)
    number = 0
    while True:
        number += 1
        try:
            cells = tuple(next(reader))
        except StopIteration:
            return
        except csv.Error as error:
            if "unexpected end of data" in str(error) or "field limit" in str(error):
                raise UnreadableFile(
                    f"In row {number} a quotation mark is opened and never closed. Mend it, then try again."
                ) from None
            yield SheetRow(number, (), "A quotation mark stands in the middle of a cell; double it.")
            continue
        if number == 1 and cells[:1] and cells[0].lower() == "sep=":
            continue
        yield SheetRow(number, cells)


def _is_blank(row: SheetRow, header: tuple[str, ...]) -> bool:
    """A blank line, or a row of separators alone; a quoted empty cell of a single column is a row."""
    if row.fault:
        return False
    if len(row.cells) == 1 and len(header) == 1:
        return False
    return not any(cell.strip() for cell in row.cells)


def _squared(row: SheetRow, header: tuple[str, ...]) -> SheetRow:
    """As wide as the header: cells left out at the end are empty, further ones must be."""
    wide = len(header)
    if len(row.cells) > wide and any(cell.strip() for cell in row.cells[wide:]):
        fault = f"The row has {len(row.cells)} cells, the header {wide}; is a cell with a comma unquoted?"
        return SheetRow(row.number, row.cells, fault)
    return SheetRow(row.number, (row.cells + ("",) * wide)[:wide])
