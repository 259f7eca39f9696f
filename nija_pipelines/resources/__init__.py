"""The one place where the pipelines meet the real world."""

import dagster as dg

from nija_pipelines.resources.channel import Channel
from nija_pipelines.resources.installation import Installation
from nija_pipelines.resources.market import Market
from nija_pipelines.resources.stores import Candidates, Journal, LakeFolder, LedgerFile, Registry

__all__ = [
    "CONFIG",
    "HOME",
    "Candidates",
    "Channel",
    "Installation",
    "Journal",
    "LakeFolder",
    "LedgerFile",
    "Market",
    "Registry",
]

HOME = dg.EnvVar("NIJA_HOME")
CONFIG = dg.EnvVar("NIJA_CONFIG")
