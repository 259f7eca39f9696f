"""Loading ccxt's Kraken without its hundred neighbours, which cost seconds and memory."""

import importlib
import importlib.util
import sys
from typing import Any

_PACKAGES = ("ccxt", "ccxt.async_support")


def load_kraken_class() -> Any:  # noqa: ANN401
    """The real `ccxt.async_support.kraken` class; ccxt gives no types.

    The two packages whose `__init__` imports every exchange are put in place without running
    them; what is asked of them later is imported then. If ccxt is already there, it is used.
    """
    if "ccxt" not in sys.modules:
        for name in _PACKAGES:
            _place_package(name)
    return importlib.import_module("ccxt.async_support").kraken


def _place_package(name: str) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"{name} is not installed; run make install")
    package = importlib.util.module_from_spec(spec)
    package.__dict__["__getattr__"] = lambda attribute: _attribute_of(name, attribute)
    sys.modules[name] = package


def _attribute_of(package: str, attribute: str) -> object:
    if attribute.startswith("__"):
        raise AttributeError(attribute)
    errors = importlib.import_module("ccxt.base.errors")
    if hasattr(errors, attribute):
        return getattr(errors, attribute)
    if attribute == "Exchange":
        base = "ccxt.base.exchange" if package == "ccxt" else f"{package}.base.exchange"
        return importlib.import_module(base).Exchange
    try:
        module = importlib.import_module(f"{package}.{attribute}")
    except ModuleNotFoundError as error:
        raise AttributeError(f"{package} has no {attribute}") from error
    found = module if hasattr(module, "__path__") else getattr(module, attribute, module)
    # An exchange's class stands under the name of its module, as in the packages themselves.
    sys.modules[package].__dict__[attribute] = found
    return found
