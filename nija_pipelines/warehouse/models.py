"""Every dbt model as an asset and every dbt test as an asset check, from one dbt call."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from importlib import metadata
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliResource,
    dbt_assets,
)
from packaging.version import Version

GROUP = "warehouse"


class InstalledDbt(DbtCliResource):
    """The dbt of this environment, whose version is read where pip wrote it.

    Dagster would run `dbt --version` before each build: dbt loads twice then, and asks the package
    index for newer ones.
    """

    @cached_property
    def _cli_version(self) -> Version:
        return Version(metadata.version("dbt-core"))


class HouseNames(DagsterDbtTranslator):
    """Models are keyed by this location, sources by the assets that write them."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        if dbt_resource_props["resource_type"] == "model":
            return dg.AssetKey([GROUP, dbt_resource_props["name"]])
        return super().get_asset_key(dbt_resource_props)

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:  # noqa: ARG002 - Dagster's signature
        return GROUP


# Fills and trades are two tables of one asset.
NAMES = HouseNames(DagsterDbtTranslatorSettings(enable_duplicate_source_asset_keys=True))


def build_models(manifest: Path, *, target: Path) -> dg.AssetsDefinition:
    """The whole project as one step: a dbt call costs seconds, whatever it builds."""

    @dbt_assets(
        manifest=manifest,
        name="dbt_build",
        dagster_dbt_translator=NAMES,
        pool="lake_write",
    )
    def dbt_build(context: dg.AssetExecutionContext, dbt: DbtCliResource) -> Iterator[Any]:
        yield from dbt.cli(["build"], context=context, target_path=target).stream()

    return dbt_build
