"""How small results travel between assets: one JSON file an asset, readable by a person."""

import os
from pathlib import Path
from typing import Any

import dagster as dg
import msgspec


class RecordStore(dg.ConfigurableIOManager):
    """Writes whole files only; reads them back as the type that the asset asks for."""

    home: str

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:  # noqa: ANN401 - any record
        if obj is None:
            return
        path = self._path(context.asset_key)
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{context.run_id}")
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(obj), indent=2))
        draft.replace(path)
        context.add_output_metadata({"record": dg.MetadataValue.path(os.fspath(path))})

    def load_input(self, context: dg.InputContext) -> Any:  # noqa: ANN401 - any record
        body = self._path(context.asset_key).read_bytes()
        return msgspec.json.decode(body, type=context.dagster_type.typing_type)

    def _path(self, key: dg.AssetKey) -> Path:
        return Path(self.home, "records", *key.path).with_suffix(".json")
