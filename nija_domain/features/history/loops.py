"""Loops over whole histories, compiled once a machine: kept on disk until the domain changes."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, TypeVar

import numba
from numba.core.caching import FunctionCache

DOMAIN = "nija_domain"
Compiled = TypeVar("Compiled", bound=Callable[..., object])


class _LoopCache(FunctionCache):  # type: ignore[misc] # numba has no types
    """Numba's own cache looks only at the file of the loop: an edited step would go unseen."""

    def __init__(self, loop: Callable[..., object]) -> None:
        super().__init__(loop)
        kept = self._cache_file
        kept._source_stamp = (kept._source_stamp, _digest_domain())  # noqa: SLF001

    def _index_key(self, signature: Any, codegen: Any) -> tuple[object, ...]:  # noqa: ANN401
        """Without the closure: what it holds is named by the file and covered by the stamp."""
        return signature, codegen.magic_tuple()


def compile_loop(loop: Compiled, *, step: Callable[..., object]) -> Compiled:
    """Compiled by the first process that needs it; by each one where no folder can be written.

    The step that the loop closes over names the file. One that is not of this domain, or made
    by a function, is not covered by the digest: its loop is not kept.
    """
    loop.__qualname__ = f"{loop.__name__}-{step.__module__}.{step.__qualname__}"
    compiled: Any = numba.njit(loop, nogil=True)
    if step.__module__.startswith(f"{DOMAIN}.") and "<locals>" not in step.__qualname__:
        with suppress(RuntimeError):
            compiled._cache = _LoopCache(loop)  # noqa: SLF001 - its switch takes its own class alone
    return compiled  # type: ignore[no-any-return]


@cache
def _digest_domain() -> str:
    return digest_sources(files(DOMAIN))


def digest_sources(folder: Traversable) -> str:
    """A digest that differs when any Python file of the folder does."""
    digest = hashlib.sha256()
    for name, source in _sources(folder, ""):
        digest.update(f"{name}\0{len(source)}\0".encode() + source)
    return digest.hexdigest()


def _sources(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name = f"{path}/{entry.name}"
        if entry.is_dir():
            yield from _sources(entry, name)
        elif name.endswith(".py"):
            yield name, entry.read_bytes()
