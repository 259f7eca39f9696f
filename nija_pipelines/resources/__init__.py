"""The one place where the pipelines meet the real world."""

import dagster as dg

from nija_adapters.home.places import VARIABLE, Home, named_home
from nija_pipelines.resources.channel import Channel
from nija_pipelines.resources.installation import Installation
from nija_pipelines.resources.market import Market
from nija_pipelines.resources.pictures import Pictures
from nija_pipelines.resources.stores import Candidates, Journal, LakeFolder, LedgerFile, Registry

__all__ = [
    "CONFIG",
    "HOME",
    "Candidates",
    "Channel",
    "Home",
    "Installation",
    "Journal",
    "LakeFolder",
    "LedgerFile",
    "Market",
    "Pictures",
    "Registry",
    "named_home",
]

HOME = dg.EnvVar(VARIABLE)
CONFIG = dg.EnvVar("NIJA_CONFIG")
