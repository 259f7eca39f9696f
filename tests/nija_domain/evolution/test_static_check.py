"""Generated code is refused for whatever is not on the list, and the shipped module passes."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nija_domain.evolution.static_check import check_source
from nija_domain.evolution.template import render_strategy
from nija_domain.strategies.rules.trend import RULE as TREND

GOOD = render_strategy(TREND.presets["aggressive"])
MARK = "    answers = []\n"


def inside(line: str) -> str:
    """The shipped module with one more line in its function."""
    return GOOD.replace(MARK, f"{MARK}    {line}\n")


def above(lines: str) -> str:
    """The shipped module with more lines at its top level."""
    return GOOD.replace("\n\ndef signals", f"\n{lines}\n\n\ndef signals")


def in_loop(line: str) -> str:
    return GOOD.replace("    for view in views:\n", f"    for view in views:\n        {line}\n")


HARMLESS = {
    "a number": inside("x = 3 + 4 * 2.5"),
    "a logarithm": inside("x = math.log(1.0 + abs(-2))"),
    "a constant at the top": above("LIMIT = 0.5"),
    "a second list": in_loop("answers.append({})"),
    "a conditional": inside("x = 1 if len(views) > 2 else 0"),
    "a rounded text": inside('x = f"{1.5:.2f} of {2}"'),
    "a second loop": GOOD.replace(MARK, f"{MARK}    for one in views:\n        x = one.price\n"),
}

ATTACKS = {
    "import os": above("import os"),
    "import beside math": above("import math, os"),
    "import under a name": above("import os as math"),
    "import from": above("from os import system"),
    "star import": above("from math import *"),
    "import inside": inside("import socket"),
    "dunder import": inside("x = __import__('os')"),
    "class walk": inside("x = ().__class__.__base__.__subclasses__()"),
    "globals of math": inside("x = math.__loader__"),
    "attribute of a view": inside("x = views.__class__"),
    "getattr": inside("x = getattr(views, '__cl' + 'ass__')"),
    "vars": inside("x = vars(math)"),
    "globals": inside("x = globals()"),
    "open": inside("x = open('/etc/passwd')"),
    "open in full-width letters": inside("x = ｏｐｅｎ('/etc/passwd')"),
    "eval": inside("x = eval('1')"),
    "exec": inside("exec('import os')"),
    "compile": inside("x = compile('1', 'x', 'eval')"),
    "print": inside("print(views)"),
    "input": inside("x = input()"),
    "breakpoint": inside("breakpoint()"),
    "type": inside("x = type(views)"),
    "lambda recursion": inside("x = (lambda f: f(f))(lambda f: f(f))"),
    "recursion": inside("x = signals(views, parameters)"),
    "a helper that calls itself": above("def again(x):\n    return again(x)"),
    "a second signals": GOOD + "\n\ndef signals(views, parameters):\n    return []\n",
    "comprehension": inside("x = [y for y in range(10**9)]"),
    "generator": inside("x = max(y for y in views)"),
    "set comprehension": inside("x = {y for y in views}"),
    "dict comprehension": inside("x = {y: y for y in views}"),
    "loop over a range": GOOD.replace("in views:", "in range(1000000000):"),
    "loop over a list": GOOD.replace("in views:", "in [1, 2, 3]:"),
    "loop within a loop": in_loop("for other in views: x = other"),
    "loop into an attribute": GOOD.replace("for view in", "for view.price in"),
    "views with another meaning": inside("views = [1]"),
    "a list that grows while it is read": in_loop("views.append(view)"),
    "an alias that grows": inside("x = views\n    x = []\n    x.append(1)"),
    "while": inside("while True: pass"),
    "f-string into a dunder": inside("x = f'{views.__class__}'"),
    "f-string with a width": inside("x = f'{1.0:1000000000.2f}'"),
    "f-string with a nested width": inside("x = f'{1.0:{len(views)}}'"),
    "f-string with repr": inside("x = f'{views!r}'"),
    "format": inside("x = '{0.__class__}'.format(views)"),
    "format_map": inside("x = '{a}'.format_map(parameters)"),
    "percent format": inside("x = '%1000000000d' % 1"),
    "a repeated text": inside("x = 'ab' * 1000000"),
    "a repeated list": inside("x = [0] * 1000000"),
    "a power": inside("x = 9 ** 9 ** 9"),
    "a shift": inside("x = 1 << 1000000"),
    "a huge number": inside("x = 10000000000000000000"),
    "an infinite number": inside("x = 1e999"),
    "bytes": inside("x = b'abc'"),
    "an imaginary number": inside("x = 1j"),
    "a long text": inside(f"x = '{'a' * 300}'"),
    "a decorator": GOOD.replace("def signals", "@math.exp\ndef signals"),
    "an annotation that calls": GOOD.replace("(views, ", "(views: open('x'), "),
    "a return annotation": GOOD.replace("parameters):", "parameters) -> len([]):"),
    "an annotated assignment": inside("x: open('y') = 1"),
    "a default": GOOD.replace("parameters):", "parameters=[]):"),
    "starred arguments": GOOD.replace("(views, parameters)", "(views, parameters, *rest)"),
    "keyword arguments": GOOD.replace("(views, parameters)", "(views, parameters, **rest)"),
    "a keyword": inside("x = max(views, key=len)"),
    "a starred call": inside("x = max(*views)"),
    "global": inside("global PARAMETERS"),
    "nonlocal": inside("nonlocal parameters"),
    "walrus": inside("x = (__builtins__ := 1)"),
    "walrus without a dunder": inside("x = (y := 1)"),
    "a class": above("class Signals:\n    pass"),
    "a class inside": inside("class Signals: pass"),
    "async": GOOD.replace("def signals", "async def signals"),
    "await": inside("await views"),
    "yield": inside("yield views"),
    "match": GOOD.replace(MARK, f"{MARK}    match views:\n        case object(): pass\n"),
    "try": GOOD.replace(MARK, f"{MARK}    try:\n        x = 1\n    except KeyError: pass\n"),
    "raise": inside("raise SystemExit"),
    "with": inside("with views: pass"),
    "assert": inside("assert views"),
    "delete": inside("del parameters"),
    "an assigned attribute": in_loop("view.price = 0.0"),
    "an assigned item": inside("parameters['share'] = 1.0"),
    "an unpacking": inside("x, y = views"),
    "a builtin with another meaning": inside("len = max"),
    "a builtin read where its shadow is not yet": above("X = eval\neval = 1"),
    "a builtin shadowed elsewhere": above("X = open").replace(MARK, f"{MARK}    open = 1\n"),
    "math with another meaning": inside("math = parameters"),
    "a builtin handed on": inside("x = len"),
    "a method handed on": inside("x = answers.append"),
    "a call of what was stored": inside("x = parameters['f']()"),
    "a call of a field": in_loop("view.features()"),
    "mathematics that runs for ever": inside("x = math.factorial(1000000)"),
    "a private name": inside("_x = 1"),
    "a slice": inside("x = views[1:2]"),
    "an act at the top": GOOD + "\nsignals([], {})\n",
    "a loop at the top": GOOD + "\nfor view in views:\n    pass\n",
    "no function": "import math\n",
    "an empty module": "",
    "no Python": GOOD + "\n)",
    "a null byte": GOOD + "\n\x00",
    "half a character": GOOD + "\n# \ud800",
    "too long": GOOD + "#" * 9_000,
    "too many nodes": above("X = [" + "0," * 1_600 + "]"),
    "too deep": above("X = " + "not " * 60 + "0"),
    "too deep to read": above("X = " + "(" * 3_000 + ")" * 3_000),
    "too deep for the parser's stack": above("X = " + "-" * 6_000 + "1"),
}


@pytest.mark.parametrize("preset", TREND.presets)
def test_the_shipped_module_passes(preset: str) -> None:
    """Nothing speaks against it under any preset."""
    assert check_source(render_strategy(TREND.presets[preset])) == ()


@pytest.mark.parametrize("name", HARMLESS)
def test_what_is_on_the_list_passes(name: str) -> None:
    """The check is not a wall against everything, or it would prove nothing."""
    assert HARMLESS[name] != GOOD
    assert check_source(HARMLESS[name]) == ()


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused(name: str) -> None:
    """Each way out that is not on the list is refused, with a line and a reason."""
    findings = check_source(ATTACKS[name])

    assert ATTACKS[name] != GOOD
    assert findings
    assert all(finding.text and finding.line >= 1 for finding in findings)


@pytest.mark.parametrize(
    ("attack", "expected"),
    [
        ("import os", "imports something other than math"),
        ("recursion", "calls something that is not on the list"),
        ("f-string with a width", "formats otherwise"),
        ("a list that grows while it is read", "append is only for"),
        ("walrus", "NamedExpr is not allowed"),
        ("a builtin handed on", "len may only be called"),
    ],
)
def test_the_reason_is_the_right_one(attack: str, expected: str) -> None:
    """An attack is not refused by accident, for something else beside it."""
    assert any(expected in finding.text for finding in check_source(ATTACKS[attack]))


def test_a_finding_names_its_line() -> None:
    """The line is that of the source, also for syntax that has none of its own."""
    source = inside("x = getattr(views, 'symbol')")
    line = source.splitlines().index("    x = getattr(views, 'symbol')") + 1

    assert {finding.line for finding in check_source(source)} == {line}


@given(text=st.text(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_text_is_answered(text: str) -> None:
    """Whatever a model writes, the check says something and never fails itself."""
    assert check_source(text)
