"""The plugin itself: `plugin` is what its entry point would name."""

from tests.dummy_plugin.counting import counted
from tests.dummy_plugin.lifecycle import Lifecycle
from tests.dummy_plugin.outside import Outside
from tests.dummy_plugin.patients import PatientPage
from tests.dummy_plugin.pricing import Pricing
from tests.dummy_plugin.registration import Registration
from tests.dummy_plugin.services import Services
from tests.dummy_plugin.work import OwnWork


@counted
class Dummy(Registration, Pricing, PatientPage, Lifecycle, Outside, OwnWork, Services):
    """Every hook of core; those of pages stand in `web.py`."""


plugin = Dummy()
