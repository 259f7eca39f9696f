"""Whether generated code may run in the cell: only what is listed here is allowed.

This is the first of several barriers and the weakest: it sees text, not what runs. It admits one
function without recursion, whose loops run over `views` only.
"""

import ast
import builtins
import re
from collections.abc import Callable, Iterator
from math import isfinite
from typing import Any

import msgspec

SOURCE_CHARACTERS_MAX = 8_000
NODES_MAX = 1_500
DEPTH_MAX = 30
TEXT_CHARACTERS_MAX = 200
NUMBER_MAX = 1e6
ENTRY_POINT, ENTRY_ARGUMENTS = "signals", ("views", "parameters")

SYNTAX: tuple[type[ast.AST], ...] = (
    *(ast.Module, ast.Import, ast.alias, ast.FunctionDef, ast.arguments, ast.arg, ast.Return),
    *(ast.Assign, ast.Expr, ast.If, ast.For, ast.Continue, ast.Break, ast.Pass),
    *(ast.BoolOp, ast.And, ast.Or, ast.UnaryOp, ast.Not, ast.USub, ast.UAdd),
    *(ast.BinOp, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Compare, ast.Eq, ast.NotEq),
    *(ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.In, ast.NotIn, ast.Is, ast.IsNot, ast.IfExp),
    *(ast.Call, ast.Name, ast.Load, ast.Store, ast.Attribute, ast.Subscript, ast.Constant),
    *(ast.Dict, ast.List, ast.Tuple, ast.JoinedStr, ast.FormattedValue),
)
BUILTINS = frozenset({"abs", "bool", "float", "int", "len", "max", "min", "round"})
FIELDS = frozenset({"symbol", "price", "features", "filtered_probs", "is_held"})
METHODS = frozenset({"append", "get"})
MATHEMATICS = frozenset(
    {"isnan", "isfinite", "sqrt", "log", "exp", "tanh", "floor", "ceil", "fabs", "pi", "inf"}
)
RESERVED = BUILTINS | {"math", ENTRY_POINT, *ENTRY_ARGUMENTS}
UNSHADOWED = RESERVED | frozenset(dir(builtins))
"""A name of Python's own, assigned somewhere, would be known where it still means the builtin."""
NUMBER_FORMAT = re.compile(r"\.\d[feg%]")


class Finding(msgspec.Struct, frozen=True, order=True):
    """Why a line is refused."""

    line: int
    text: str


class _Names(msgspec.Struct, frozen=True):
    """Names that may be read, and those of them that may be appended to."""

    known: set[str]
    growing: set[str]


def check_source(source: str) -> tuple[Finding, ...]:
    """Everything that speaks against the module, in the order of its lines; empty if it may run."""
    if len(source) > SOURCE_CHARACTERS_MAX:
        text = f"{len(source)} characters; {SOURCE_CHARACTERS_MAX} are allowed"
        return (Finding(1, text),)
    try:
        module = ast.parse(source)
    except SyntaxError as error:
        return (Finding(error.lineno or 1, f"no Python: {error.msg}"),)
    except (ValueError, RecursionError, MemoryError) as error:
        return (Finding(1, f"no Python that can be read: {error}"),)
    return tuple(sorted({*_check_size(module), *_check_shape(module), *_check_nodes(module)}))


def _check_size(module: ast.Module) -> Iterator[Finding]:
    level: list[ast.AST] = [module]
    nodes, depth = 0, 0
    while level:
        nodes, depth = nodes + len(level), depth + 1
        level = [child for node in level for child in ast.iter_child_nodes(node)]
    if nodes > NODES_MAX:
        yield Finding(1, f"{nodes} nodes of syntax; {NODES_MAX} are allowed")
    if depth > DEPTH_MAX:
        yield Finding(1, f"syntax {depth} levels deep; {DEPTH_MAX} are allowed")


def _check_shape(module: ast.Module) -> Iterator[Finding]:
    """A docstring, `import math`, constants, and the one function with its loops over `views`."""
    functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
    if [function.name for function in functions] != [ENTRY_POINT]:
        yield Finding(1, f"the module must define {ENTRY_POINT}, and no other function")
    for node in module.body:
        if not isinstance(node, ast.Import | ast.FunctionDef | ast.Assign) and not _is_text(node):
            yield Finding(node.lineno, "does something where only definitions are allowed")
    for outer in ast.walk(module):
        if isinstance(outer, ast.For):
            inner = (node for node in ast.walk(outer) if node is not outer)
            yield from (
                Finding(node.lineno, "a loop within a loop")
                for node in inner
                if isinstance(node, ast.For)
            )


def _check_nodes(module: ast.Module) -> Iterator[Finding]:
    names = _Names(_assigned(module) | RESERVED, _growing_lists(module))
    called = {id(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}
    for node, line in _with_lines(module):
        if not isinstance(node, SYNTAX):
            yield Finding(line, f"{type(node).__name__} is not allowed")
            continue
        if type(node) in OBJECTIONS:
            yield from (Finding(line, text) for text in OBJECTIONS[type(node)](node, names))
        if isinstance(node, ast.Name | ast.Attribute) and _is_bare_callable(node, called):
            yield Finding(line, f"{_name_of(node)} may only be called")


def _object_to_import(node: ast.Import, _names: _Names) -> Iterator[str]:
    if [(alias.name, alias.asname) for alias in node.names] != [("math", None)]:
        yield "imports something other than math, or under another name"


def _object_to_assignment(node: ast.Assign, _names: _Names) -> Iterator[str]:
    if not all(isinstance(target, ast.Name) for target in node.targets):
        yield "assigns to something other than a name"


def _object_to_format(node: ast.FormattedValue, _names: _Names) -> Iterator[str]:
    """A width would be a way to ask for any amount of memory."""
    match node.format_spec:
        case None if node.conversion == -1:
            return
        case ast.JoinedStr(values=[ast.Constant(value=str(text))]) if node.conversion == -1:
            if NUMBER_FORMAT.fullmatch(text):
                return
    yield "formats otherwise than as a number with up to nine decimals"


def _object_to_computation(node: ast.BinOp, _names: _Names) -> Iterator[str]:
    """Only numbers: a repeated text is the shortest way to use up the memory."""
    if any(_is_text_or_container(side) for side in (node.left, node.right)):
        yield "computes with something that is not a number"


def _object_to_function(node: ast.FunctionDef, _names: _Names) -> Iterator[str]:
    arguments = node.args
    names = tuple(argument.arg for argument in arguments.args)
    extras = (*arguments.posonlyargs, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg)
    if names != ENTRY_ARGUMENTS or any(extras) or arguments.defaults or arguments.kw_defaults:
        yield f"{node.name} must take {' and '.join(ENTRY_ARGUMENTS)}, without defaults"
    annotations = [node.returns, *(argument.annotation for argument in arguments.args)]
    if any(annotations) or node.decorator_list:
        yield "decorators and annotations run code, and are not allowed"


def _object_to_name(node: ast.Name, names: _Names) -> Iterator[str]:
    if node.id.startswith("_"):
        yield f"the name {node.id} begins with an underscore"
    elif isinstance(node.ctx, ast.Store) and node.id in UNSHADOWED:
        yield f"{node.id} may not be given another meaning"
    elif node.id not in names.known:
        yield f"the name {node.id} is not known"


def _object_to_attribute(node: ast.Attribute, _names: _Names) -> Iterator[str]:
    is_mathematics = isinstance(node.value, ast.Name) and node.value.id == "math"
    allowed = MATHEMATICS if is_mathematics else FIELDS | METHODS
    if node.attr not in allowed or not isinstance(node.ctx, ast.Load):
        yield f"the attribute {node.attr} is not allowed"


def _object_to_call(node: ast.Call, names: _Names) -> Iterator[str]:
    if node.keywords or any(isinstance(argument, ast.Starred) for argument in node.args):
        yield "calls with keywords or stars"
    match node.func:
        case ast.Name(id=name) if name in BUILTINS:
            return
        case ast.Attribute(value=ast.Name(id="math")):
            return
        case ast.Attribute(attr="get"):
            return
        case ast.Attribute(attr="append", value=ast.Name(id=name)) if name in names.growing:
            return
        case ast.Attribute(attr="append"):
            yield "append is only for a name that is nothing but a list of its own"
        case _:
            yield "calls something that is not on the list"


def _object_to_constant(node: ast.Constant, _names: _Names) -> Iterator[str]:
    match node.value:
        case None | bool():
            return
        case str() as text if len(text) <= TEXT_CHARACTERS_MAX:
            return
        case int() | float() as number if isfinite(number) and abs(number) <= NUMBER_MAX:
            return
        case _:
            yield "a constant that is too long, too large or of another kind"


def _object_to_loop(node: ast.For, _names: _Names) -> Iterator[str]:
    if not (isinstance(node.iter, ast.Name) and node.iter.id == ENTRY_ARGUMENTS[0]):
        yield f"loops over something other than {ENTRY_ARGUMENTS[0]}"
    if not isinstance(node.target, ast.Name):
        yield "loops into something other than a name"


OBJECTIONS: dict[type[ast.AST], Callable[[Any, _Names], Iterator[str]]] = {
    ast.Import: _object_to_import,
    ast.FunctionDef: _object_to_function,
    ast.Name: _object_to_name,
    ast.Attribute: _object_to_attribute,
    ast.Call: _object_to_call,
    ast.Constant: _object_to_constant,
    ast.Assign: _object_to_assignment,
    ast.For: _object_to_loop,
    ast.FormattedValue: _object_to_format,
    ast.BinOp: _object_to_computation,
}


def _is_bare_callable(node: ast.Name | ast.Attribute, called: set[int]) -> bool:
    """A function handed on could come back under a name that no rule knows."""
    if isinstance(node, ast.Attribute):
        return node.attr in METHODS and id(node) not in called
    return node.id in BUILTINS | {ENTRY_POINT} and id(node) not in called


def _name_of(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def _is_text(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )


def _is_text_or_container(node: ast.expr) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str)
    return isinstance(node, ast.List | ast.Tuple | ast.Dict | ast.JoinedStr)


def _assigned(module: ast.Module) -> set[str]:
    names = (node for node in ast.walk(module) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _growing_lists(module: ast.Module) -> set[str]:
    """Names that hold a list of their own and never anything else: no loop grows what it reads."""
    fresh: set[str] = set()
    other: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Assign):
            names = {target.id for target in node.targets if isinstance(target, ast.Name)}
            (fresh if isinstance(node.value, ast.List) else other).update(names)
        if isinstance(node, ast.For) and isinstance(node.target, ast.Name):
            other.add(node.target.id)
    return fresh - other


def _with_lines(module: ast.Module) -> Iterator[tuple[ast.AST, int]]:
    """Every node, with its own line or that of the nearest node around it."""
    waiting: list[tuple[ast.AST, int]] = [(module, 1)]
    while waiting:
        node, line = waiting.pop()
        line = getattr(node, "lineno", line)
        yield node, line
        waiting += [(child, line) for child in ast.iter_child_nodes(node)]
