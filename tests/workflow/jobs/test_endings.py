"""A program that is told to end does, at whatever moment the signal comes."""

from __future__ import annotations

import signal
import sys
from textwrap import dedent

import pytest

from tests.cli.program import run_python

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of Unix")

#: Python drops what a handler raises here.
LOST = """
    import os, signal, sys, weakref
    from cryoves_app.workflow.jobs.endings import heed_endings, interrupt_at_endings, note_endings, stop_if_told

    class Thing: pass

    def while_deleted(number):
        def told(_):
            os.kill(os.getpid(), number)
            for _ in range(3): pass
        thing = Thing()
        reference = weakref.ref(thing, told)
        del thing
        return reference
"""


def ran(code: str) -> tuple[int, list[str]]:
    done = run_python(dedent(LOST) + dedent(code))
    return done.returncode, done.stdout.split()


@pytest.mark.parametrize("number", ["SIGHUP", "SIGTERM", "SIGINT"])
def test_an_interrupt_that_got_lost_is_remembered(number: str) -> None:
    code, said = ran(f"""
        interrupt_at_endings()
        stop_if_told()
        while_deleted(signal.{number})
        print("lost")
        print(note_endings().told)
        try:
            stop_if_told()
        except KeyboardInterrupt:
            print("stopped")
    """)
    assert (code, said) == (0, ["lost", "True", "stopped"])


def test_a_run_ends_though_the_interrupt_got_lost() -> None:
    code, said = ran("""
        from cryoves_app.domain.errors import Cancelled
        from cryoves_app.workflow.health.order import CheckOrder
        from cryoves_app.workflow.jobs.supervisor import WorkerProcess

        interrupt_at_endings()
        while_deleted(signal.SIGTERM)
        with WorkerProcess(1) as worker:
            try:
                worker.run(CheckOrder())
            except KeyboardInterrupt:
                print("stopped", worker.busy)
    """)
    assert (code, said) == (0, ["stopped", "False"])


def test_two_signals_at_once_do_not_wait_for_each_other() -> None:
    """The second comes while the first is being noted, wherever that is."""
    code, said = ran("""
        wish = note_endings()
        def again(frame, event, argument):
            sys.settrace(None)
            os.kill(os.getpid(), signal.SIGTERM)
        sys.settrace(lambda frame, *_: again if frame.f_code.co_name in ("note", "set") else None)
        os.kill(os.getpid(), signal.SIGHUP)
        for _ in range(3): pass
        print(wish.told)
    """)
    assert (code, said) == (0, ["True"])


def test_a_worker_that_is_told_to_end_while_it_starts_a_thread_ends() -> None:
    """There the signal's handler must not start one: it would wait for itself."""
    code, said = ran("""
        import io, threading
        from cryoves_app.workflow.worker import Worker

        reading, writing = os.pipe()
        worker = Worker(os.fdopen(reading), io.StringIO())
        heed_endings(lambda *_: worker.end("told"))
        with threading._active_limbo_lock:
            os.kill(os.getpid(), signal.SIGHUP)
            for _ in range(3): pass
        print(worker.serve())
    """)
    assert (code, said) == (0, ["0"])


@pytest.mark.parametrize(
    "work",
    [
        "class Field:\n    def __set_name__(self, *_):\n        told()\ntype('A', (), {'x': Field()})",
        "try:\n    told()\nexcept BaseException:\n    raise ImportError('no library')",
        "try:\n    told()\nexcept BaseException:\n    pass\nraise CryoVesError('unreadable')",
        "exec('told()')",
        "told()",
    ],
    ids=["class", "library", "sentence", "text", "signal"],
)
def test_an_interrupt_is_told_as_one_whatever_was_made_of_it(work: str) -> None:
    done = run_python(
        "import os, signal\nfrom cryoves_app.cli import evaluate\nfrom cryoves_app.cli.main import main\n"
        "from cryoves_app.domain.errors import CryoVesError\n"
        "told = lambda: os.kill(os.getpid(), signal.SIGTERM)\n"
        f"evaluate.run = lambda args: exec({work!r}, globals())\n"
        "print(main(['evaluate', 'a', 'b']))"
    )
    assert (done.stdout, done.stderr) == ("1\n", "Stopped; nothing was left half-written.\n")
    assert done.returncode == 0


def test_of_an_interrupt_that_got_lost_nothing_is_said() -> None:
    done = run_python(dedent(LOST) + "interrupt_at_endings()\nwhile_deleted(signal.SIGTERM)\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_who_hears_of_lost_errors_goes_on_hearing_of_others() -> None:
    code, said = ran("""
        sys.unraisablehook = lambda what: print(what.exc_type.__name__)
        interrupt_at_endings()
        interrupt_at_endings()

        class Broken:
            def __del__(self):
                raise KeyError

        Broken()
        while_deleted(signal.SIGTERM)
    """)
    assert (code, said) == (0, ["KeyError"])


def test_a_mistake_is_still_a_mistake() -> None:
    done = run_python(
        "from cryoves_app.cli import evaluate\nfrom cryoves_app.cli.main import main\n"
        "def run(args):\n    raise RuntimeError('mistake')\n"
        "evaluate.run = run\n"
        "print(main(['evaluate', 'a', 'b']))"
    )
    assert done.stdout == "1\n"
    assert "did not expect: RuntimeError: mistake" in done.stderr


@pytest.mark.parametrize("number", ["SIGHUP", "SIGTERM", "SIGINT"])
def test_a_signal_after_the_work_changes_nothing_but_a_second_ends_at_once(number: str) -> None:
    code, said = ran(f"""
        import atexit
        from cryoves_app.cli import evaluate
        from cryoves_app.cli.main import main
        evaluate.run = lambda args: 0
        def late():
            os.kill(os.getpid(), signal.{number})
            print("went on", flush=True)
            os.kill(os.getpid(), signal.{number})
            print("never")
        atexit.register(late)
        print(main(["evaluate", "a", "b"]), flush=True)
    """)
    assert (code, said) == (-getattr(signal, number), ["0", "went", "on"])
