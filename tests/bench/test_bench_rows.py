"""Every bench answers in rows of one shape, so that figures of two benches can be read alike."""

import ast
from pathlib import Path

import pytest

import bench
from bench import capital, covariance, features, imports, regime_filter, report, risk_parity
from bench.__main__ import FRAME, names
from bench.report import SHAPE, Report, Row, against_limit

FOLDER = Path(bench.__file__).parent
ROW = Row(case="a", ours_s=0.5, peer="b", peer_s=1.0, agree=True, more={"rows": 3})


def test_a_row_tells_the_shape_first_and_then_what_it_tells_more() -> None:
    """The ratio is worked out, never given."""
    assert list(ROW.as_dict().items()) == [
        *zip(SHAPE, ("a", 0.5, "b", 1.0, 2.0, True), strict=True),
        ("rows", 3),
    ]


@pytest.mark.parametrize("wrong", [{"more": {"ratio": 9.0}}, {"peer": ""}])
def test_a_row_of_another_shape_cannot_be_built(wrong: dict[str, object]) -> None:
    """What the shape says is said once, and there is always a peer."""
    given = {"case": "a", "ours_s": 0.5, "peer": "b", "peer_s": 1.0, "agree": True} | wrong

    with pytest.raises(ValueError, match="name the peer"):
        Row(**given)  # type: ignore[arg-type]


@pytest.mark.parametrize("missing", ["case", "ours_s", "peer", "peer_s", "agree"])
def test_no_part_of_the_shape_can_be_left_out(missing: str) -> None:
    """What was not measured is None, and is said."""
    given = {"case": "a", "ours_s": 0.5, "peer": "b", "peer_s": 1.0, "agree": True}
    del given[missing]

    with pytest.raises(TypeError, match=missing):
        Row(**given)  # type: ignore[arg-type]


def test_what_was_not_measured_has_no_ratio() -> None:
    """A peer that is missing is no figure."""
    row = Row(case="a", ours_s=0.5, peer="b", peer_s=None, agree=None, more={"why": "missing"})

    assert (row.ratio, row.as_dict()["ratio"]) == (None, None)


@pytest.mark.parametrize(
    ("ours_s", "holds", "agree"), [(0.5, True, True), (0.6, True, False), (0.4, False, False)]
)
def test_a_limit_of_our_own_is_the_peer(ours_s: float, holds: bool, agree: bool) -> None:
    """At the limit is within it; what else must hold decides too."""
    row = against_limit("a", ours_s, limit_s=0.5, holds=holds, steps=15)

    assert (row.peer, row.peer_s, row.agree) == ("limit 0.5 s", 0.5, agree)
    assert row.more == {"steps": 15}


@pytest.mark.parametrize("name", [*names(), "universe"])
def test_every_bench_builds_its_rows_as_that_type(name: str) -> None:
    """By its text, since most take minutes: none makes a row by hand."""
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    called = {n.func.id for n in ast.walk(tree) if isinstance(n, ast.Call) and _is_name(n.func)}
    by_hand = [
        key.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key in node.keys
        if isinstance(key, ast.Constant) and key.value in set(SHAPE) - {"agree"}
    ]

    assert called & {"Row", "against_limit"}
    assert by_hand == []


def _is_name(node: ast.AST) -> bool:
    return isinstance(node, ast.Name)


def test_no_module_of_the_benches_is_left_out() -> None:
    """The frame is what measures nothing by itself."""
    modules = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}

    assert modules == {*names(), *FRAME}


def test_short_benches_run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture) -> None:
    """At a small size, down to the printed table."""
    monkeypatch.setattr(capital, "SIZES", 2)
    monkeypatch.setattr(regime_filter, "STEPS", 2)
    for measured in (capital.measure(), regime_filter.measure()):
        report.print_table(measured)

        assert all(isinstance(row, Row) and row.peer.startswith("limit ") for row in measured.rows)
    assert "peer_s" in capsys.readouterr().out


def test_two_peers_are_two_rows() -> None:
    """The features stand beside polars and beside pandas, each with its own ratio."""
    answers = {
        name: [{"s": s, "compile_s": 4.0, "rss_mb": 600.0}]
        for name, s in {"ours": 0.1, "polars": 1.0, "pandas": 1.2}.items()
    }
    check = {"features": 10, "agree": True, "rows": 9, "worst": 1e-9}
    rows = [features._row(peer, answers, check) for peer in features.RATIO_MIN]

    assert [(row.peer, row.as_dict()["ratio"]) for row in rows] == [
        ("polars", 10.0),
        ("pandas", 12.0),
    ]
    assert [row.agree for row in rows] == [True, None]


def test_rows_of_fresh_processes_are_read_from_their_answers() -> None:
    """What a process told becomes a row of the same shape."""
    probe = {"s": 2.0, "rss_mb": 70.0, "tops": ["numba"]}
    loaded = imports._row("executor", {"executor": [probe], "executor peer": [probe]})
    found = {"s": 1.0, "worst": 1e-12}
    rolled = covariance._row(500, {"500": [found], "500 naive": [{"s": 30.0}]})

    assert (loaded.agree, loaded.more["forbidden_loaded"]) == (False, ["numba"])
    assert (rolled.ratio, rolled.agree) == (30.0, True)
    assert risk_parity.measure().rows[0].peer.startswith("skfolio")


def test_a_report_is_the_machine_and_its_rows() -> None:
    """The line of JSON holds plain values only."""
    answer = Report(bench="b", threads=2, rows=[ROW]).as_dict()

    assert (answer["bench"], answer["threads"], answer["rows"]) == ("b", 2, [ROW.as_dict()])
    assert "cores" in answer["machine"]
