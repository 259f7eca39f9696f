"""The checks of the house, as functions over a folder, so that a planted fault can be shown."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from inspect import signature
from pathlib import Path

from nija_adapters.home.places import Home

ROOMS = {
    ".ci",
    "bench",
    "config",
    "dbt_models",
    "docs",
    "executor",
    "gateway",
    "mlflow",
    "monitoring",
    "nija",
    "nija_adapters",
    "nija_domain",
    "nija_pipelines",
    "simulator",
    "storm",
    "strategy",
    "tests",
}
CODE_ROOMS = (
    "bench",
    "executor",
    "gateway",
    "nija",
    "nija_adapters",
    "nija_domain",
    "nija_pipelines",
    "storm",
)
BODY_LINES_MAX = 40
FILE_LINES_MAX = 340
VAGUE_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
MODULES_WITHOUT_A_NOUN = {"training", "history"}
"""As a package each has its station before it; as a module it says nothing alone."""
DOMAIN_LIBRARIES = {"numpy", "msgspec", "nija_domain"}
OFFLINE_PACKAGES = {
    "history",
    "fitting",
    "worlds",
    "learning",
    "allocation",
    "evaluation",
    "evolution",
}
OFFLINE_LIBRARIES = {"numba", "scipy", "sklearn", "hmmlearn", "threadpoolctl"}
BANNED_CALLS = {"open", "print", "input", "exec", "eval"}
SILENT_MODULES = {"os", "sys", "io", "pathlib", "socket", "subprocess", "time", "random"}


def find_unknown_rooms(names: list[str]) -> list[str]:
    """Folders of the root that the list of rooms does not know."""
    return sorted(set(names) - ROOMS)


def find_python_in_mlflow(root: Path) -> list[str]:
    return [str(path.relative_to(root)) for path in sorted((root / "mlflow").rglob("*.py*"))]


def python_files(root: Path, *rooms: str) -> Iterator[Path]:
    for room in rooms:
        yield from sorted((root / room).rglob("*.py"))


def find_long_bodies(root: Path) -> list[str]:
    """Functions whose body, docstring apart, is over the limit."""
    found = []
    for path in python_files(root, *CODE_ROOMS, "simulator", "tests"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = _body_lines(node)
                if lines > BODY_LINES_MAX:
                    found.append(f"{path.relative_to(root)}:{node.lineno} {node.name}: {lines}")
    return found


def _body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    return (node.end_lineno or 0) - body[0].lineno + 1 if body else 0


def find_long_files(root: Path) -> list[str]:
    return [
        f"{path.relative_to(root)}: {lines}"
        for path in python_files(root, *CODE_ROOMS, "simulator", "tests")
        if (lines := len(path.read_text().splitlines())) > FILE_LINES_MAX
    ]


def find_vague_names(root: Path) -> list[str]:
    return [
        str(path.relative_to(root))
        for path in python_files(root, *CODE_ROOMS, "simulator", "tests")
        if path.stem in VAGUE_NAMES | MODULES_WITHOUT_A_NOUN or path.parent.name in VAGUE_NAMES
    ]


def find_double_classes(root: Path) -> list[str]:
    """Public classes of domain and adapters that bear one name: one word, one thing."""
    places = defaultdict(list)
    for path in python_files(root, "nija_domain", "nija_adapters"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(str(path.relative_to(root)))
    return [f"{name}: {', '.join(known)}" for name, known in places.items() if len(known) > 1]


def find_domain_doors(root: Path) -> list[str]:
    """Calls and imports by which the domain would reach the outside."""
    found = []
    for path in python_files(root, "nija_domain"):
        for node in ast.walk(ast.parse(path.read_text())):
            reason = _banned_call(node) or _banned_import(node, path)
            if reason:
                found.append(f"{path.relative_to(root)}: {reason}")
    return found


def _banned_call(node: ast.AST) -> str | None:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return f"calls {node.func.id}" if node.func.id in BANNED_CALLS else None
    return None


def _banned_import(node: ast.AST, path: Path) -> str | None:
    allowed = DOMAIN_LIBRARIES | (OFFLINE_LIBRARIES if _is_offline(path) else set())
    names = []
    if isinstance(node, ast.Import):
        names = [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        names = [node.module or ""]
    for name in names:
        top = name.split(".")[0]
        if top in SILENT_MODULES or (top not in allowed and not _is_standard(top)):
            return f"imports {name}"
    return None


def _is_offline(path: Path) -> bool:
    """By its package, never by its own name: the contracts of imports forbid the same ones."""
    return bool(OFFLINE_PACKAGES & set(path.parts))


def _is_standard(name: str) -> bool:
    import sys

    return name in sys.stdlib_module_names


MAP_OF_HOME = "nija_adapters/home/places.py"
OWN_LAYOUTS = {
    # inside the folder that it was given, each names what it alone writes
    "nija_adapters/release_store/store.py",
    "simulator/chronicle.py",
    "nija_adapters/lake/catalogue.py",
}
BASES_OF_THE_CHECKOUT = {"ROOT", "root"}
"""What is joined to these is a file of the repository: `mlflow/start.sh`, `dagster.yaml`."""


def names_in_a_home() -> set[str]:
    """Every folder and file that the map of the home has a path for."""
    home, names = Home(Path("home")), set[str]()
    for name, member in vars(Home).items():
        if isinstance(member, property):
            place = getattr(home, name)
        elif callable(member) and not name.startswith("_"):
            place = getattr(home, name)(*["x"] * (len(signature(member).parameters) - 1))
        else:
            continue
        names.update(str(place).removeprefix("sqlite:///").split("/")[1:])
    return names


def find_paths_beside_the_map(root: Path) -> list[str]:
    """Joins of a literal that the map of NIJA_HOME has a name for."""
    names, found = names_in_a_home(), []
    for path in python_files(root, *CODE_ROOMS, "simulator"):
        place = str(path.relative_to(root))
        if place == MAP_OF_HOME or place in OWN_LAYOUTS:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            joined = {name for name in _joined(node) if name in names} | _files_named(node, names)
            found += [f"{place}:{node.lineno} {name}" for name in sorted(joined)]
    return found


def _files_named(node: ast.AST, names: set[str]) -> set[str]:
    """Files of the map in any text without a space: of an f-string, a format, a pattern."""
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str) or " " in node.value:
        return set()
    files = {name for name in names if "." in name.strip(".")} - {"dagster.yaml"}  # ours as well
    return files & set(node.value.split("/"))


def _joined(node: ast.AST) -> Iterator[str]:
    """The parts of literals that `base / "part"` and `Path(base, "part")` join."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
        if not (isinstance(node.left, ast.Name) and node.left.id in BASES_OF_THE_CHECKOUT):
            yield from _parts(node.right)
    elif isinstance(node, ast.Call) and _name_of(node.func) in {"Path", "joinpath", "join"}:
        for argument in node.args:
            yield from _parts(argument)


def _parts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield from node.value.split("/")


def _name_of(function: ast.AST) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""
