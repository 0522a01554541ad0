from __future__ import annotations

import pytest

from cryoves_app.workflow.health import engine_check
from cryoves_app.workflow.health.computer import (
    ComputerFinding,
    Verdict,
    check_engines,
    check_system,
    disk_finding,
    memory_finding,
    report,
)
from cryoves_app.workflow.segment import estimate

GB = 10**9


@pytest.mark.parametrize(
    ("available", "verdict", "words"),
    [
        (1 * GB, Verdict.PROBLEM, "too little"),
        (2 * GB, Verdict.HINT, "up to 300×600×600"),
        (16 * GB, Verdict.GOOD, "enough for the usual"),
    ],
)
def test_memory_is_measured_by_the_tomogram_that_fits(available, verdict, words):
    finding = memory_finding(16 * GB, available)
    assert finding.verdict is verdict
    assert words in finding.sentence


def test_tomogram_that_is_said_to_fit_does():
    room = 2 * GB - 1.3e9
    assert 1.5 * 4 * 300 * 600 * 600 <= room < 1.5 * 4 * 300 * 700 * 700


def test_full_disk_is_a_problem():
    assert disk_finding({"projects": 100 * GB, "temporary files": 1 * GB}).verdict is Verdict.PROBLEM
    assert disk_finding({"projects": 100 * GB}).verdict is Verdict.GOOD


def test_report_marks_what_needs_attention():
    text = report([ComputerFinding("A", "Fine."), ComputerFinding("Long", "Bad.", Verdict.PROBLEM)])
    assert text == "  A     Fine.\n! Long  Bad."


def test_system_findings_cover_all_topics():
    topics = [finding.topic for finding in check_system()]
    assert topics == ["Program", "System", "Processor", "Memory", "Disk", "Folders", "Graphics card"]


def test_engine_that_fails_in_the_worker_is_a_finding():
    (finding,) = check_engines(device="gpu:9", threads=1)
    assert finding.verdict is Verdict.PROBLEM
    assert finding.sentence.startswith("The network cannot run here: ")


def test_engines_are_tried_in_the_worker():
    findings = {f.topic: f for f in check_engines(threads=1)}
    assert list(findings) == ["Engines", "Network", "Speed"]
    assert "OpenVINO" in findings["Engines"].sentence
    assert findings["Network"].sentence == (
        "OpenVINO on the processor will be used. No graphics card was found that these engines can compute on."
    )
    assert "200×400×400 voxels takes about" in findings["Speed"].sentence


def test_a_processor_that_was_asked_for_is_the_reason() -> None:
    findings = {f.topic: f for f in check_engines(device="cpu", threads=1)}
    assert findings["Network"].sentence.endswith("will be used. That is what you asked for.")


def test_typical_time_grows_with_the_network_and_shrinks_with_threads():
    fast, slow = engine_check.typical_seconds(1e-7, 2), engine_check.typical_seconds(1e-6, 2)
    assert slow - fast == pytest.approx(9e-7 * estimate.OVERLAP * 32e6)
    assert engine_check.typical_seconds(1e-7, 8) < fast
