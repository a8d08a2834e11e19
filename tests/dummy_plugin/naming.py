"""The plugin's name, and the words that several of its modules use."""

from typing import Final

NAME: Final = "dummy"
LABEL: Final = "Dummy Club"
VIEW: Final = "dummy.view"
EDIT: Final = "dummy.edit"
JOIN: Final = "join"
"""The question by which a patient becomes a member at the club's service."""
RECHECK: Final = "recheck"
BAG: Final = "FOOD"
"""The code of the product that a membership covers."""
