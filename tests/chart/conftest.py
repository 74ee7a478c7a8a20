"""The chart, with real helm; its alerts and its dashboard, with real Prometheus."""

import importlib.util
import pathlib
import sys

SYSTEM = pathlib.Path(__file__).resolve().parents[1] / "system"
sys.path.insert(0, str(SYSTEM))  # gateways and Redis are at home there

_spec = importlib.util.spec_from_file_location("system_conftest", SYSTEM / "conftest.py")
_system = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_system)

bare_site, pair = _system.bare_site, _system.pair
