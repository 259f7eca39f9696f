"""Loads one exchange of ccxt without importing all others, which costs seconds and memory."""

import difflib
import importlib
import importlib.util
import pkgutil
import sys
from functools import cache
from typing import Any

from nija_domain.errors import SettingsInvalid

_PACKAGES = ("ccxt", "ccxt.async_support")


def load_exchange_class(name: str) -> Any:  # noqa: ANN401
    """The class of `ccxt.async_support` with this name, such as `kraken`.

    Two packages whose `__init__` imports every exchange are registered without running them; what
    is needed from them later is imported then. If ccxt is already loaded, that one is used.
    """
    if "ccxt" not in sys.modules:
        for package in _PACKAGES:
            _place_package(package)
    if name not in exchange_names():
        near = difflib.get_close_matches(name, exchange_names(), n=3)
        raise SettingsInvalid(
            f"exchange {name!r} is unknown to ccxt; did you mean {', '.join(near) or 'kraken'}?"
        )
    return getattr(importlib.import_module("ccxt.async_support"), name)


@cache
def exchange_names() -> frozenset[str]:
    """The names of all exchanges, from the names of ccxt's files, without importing them."""
    folders = importlib.import_module("ccxt.async_support").__path__
    found = {module.name for module in pkgutil.iter_modules(folders) if not module.ispkg}
    return frozenset(found)


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
