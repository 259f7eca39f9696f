"""What a training run stores so that it can be repeated."""

from collections.abc import Mapping

import msgspec


class TrainingRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One run: what it learned from, what came out, and small files by name."""

    name: str
    started_us: int
    ended_us: int
    snapshot: int
    commit: str
    seeds: tuple[int, ...]
    parents: tuple[str, ...]
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    artifacts: Mapping[str, bytes]


class RegisteredRelease(msgspec.Struct, frozen=True, kw_only=True):
    """A release as the registry knows it: which version of which name, made by which run."""

    name: str
    version: int
    release_id: str
    run_id: str
    content_sha256: str
