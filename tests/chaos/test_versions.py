"""A deployment in a campaign comes from another tree, and both are at work for a while."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.chaos.fleet import WHOLE, ChaosFleet
from tests.chaos.versions import PRODUCT, at_work, export
from tests.flow.fleet import OdooTarget
from tests.flow.processes import ROOT, Process


def test_the_tree_of_a_commit_is_whole_and_an_unknown_one_is_refused(tmp_path: Path) -> None:
    tree = export("HEAD", tmp_path / "before")
    assert [name for name in PRODUCT if not (tree / name / "__init__.py").is_file()] == []
    with pytest.raises(ValueError, match="nowhere"):
        export("nowhere", tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_versions_at_work_are_told_by_where_processes_run(tmp_path: Path) -> None:
    other = Process("other", ["sleep", "60"], tmp_path / "other.log", cwd=tmp_path).start()
    same = Process("same", ["sleep", "60"], tmp_path / "same.log", cwd=Path.cwd()).start()
    try:
        assert [at_work([]), at_work([os.getpid(), same.pid]), at_work([os.getpid(), same.pid, other.pid])] == [0, 1, 2]
    finally:
        other.kill()
        same.kill()


def test_a_fleet_begins_with_the_version_before_and_a_second_deployment_takes_it_back(tmp_path: Path) -> None:
    fleet = ChaosFleet(
        tmp_path, OdooTarget("http://odoo.test", "demo", "admin", "key"), (), names=WHOLE, before=tmp_path
    )
    assert set(fleet.trees.values()) == {tmp_path}
    seen = []
    for _ in range(2):
        fleet.deploy("fetch1")
        seen.append((fleet.trees["fetch1"], fleet.trees["fetch2"]))
    assert seen == [(ROOT, tmp_path), (tmp_path, tmp_path)]
