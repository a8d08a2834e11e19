"""The list of all operations with what they take and answer: what programs rely on, as people read it.

`make api-list` writes it anew. A line that goes or changes breaks somebody's program; a new one doesn't.
"""

import tempfile
from pathlib import Path
from typing import Any, Final

FILE: Final = Path(__file__).with_name("operations.txt")


def listed(description: dict[str, Any]) -> list[str]:
    """A line for each operation: name, method, address, parameters and members, statuses."""
    made = []
    for path, operations in description["paths"].items():
        for method, operation in operations.items():
            taken = " ".join(sorted(_taken(operation, description))) or "-"
            statuses = " ".join(sorted(operation["responses"]))
            made.append(f"{operation['operationId']} | {method.upper()} {path} | {taken} | {statuses}")
    return sorted(made)


def names() -> list[str]:
    """The names of the operations in the file."""
    return [line.partition(" | ")[0] for line in FILE.read_text(encoding="utf-8").splitlines()]


def _taken(operation: dict[str, Any], description: dict[str, Any]) -> list[str]:
    """What may be sent besides the address; what must be ends with an exclamation mark."""
    found = [
        f"{each['name']}{'!' if each.get('required') else ''}"
        for each in operation["parameters"]
        if each["in"] != "path"
    ]
    body = operation.get("requestBody")
    if body is None:
        return found
    schema = body["content"]["application/json"]["schema"]
    if "$ref" in schema:
        schema = description["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    needed = schema.get("required", ())
    return found + [f".{name}{'!' if name in needed else ''}" for name in schema.get("properties", ())]


def main() -> None:
    """Write the file anew."""
    from tests.api.clinic import FuzzedClinic

    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        with FuzzedClinic.build(f"sqlite:///{home / 'fetlock.sqlite3'}", home / "home") as clinic:
            FILE.write_text("\n".join(listed(clinic.description())) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
