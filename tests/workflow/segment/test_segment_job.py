"""The order for one tomogram."""

import shlex
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from cryoves_app.cli.main import _parser
from cryoves_app.cli.segment import _jobs
from cryoves_app.domain.recipe import BUILT_IN
from cryoves_app.workflow.segment.order import SegmentJob

_names = st.text("ab c'{}-", min_size=1).map(lambda t: f"x{t}.mod")


@given(
    st.builds(
        SegmentJob,
        tomogram=st.just("/data/b 12.mrc"),
        folder=st.just("out dir/b 12"),
        recipe=st.sampled_from(list(BUILT_IN.values())),
        voxel_size_nm=st.none() | st.sampled_from([1.469, 2.2]),
        region=st.none() | _names,
        active_zone=st.none() | _names,
        optional_region=st.booleans(),
        fit_volume=st.none() | _names,
        probability=st.none() | _names,
        labels=st.none() | _names,
        into=st.none() | _names,
        engine=st.sampled_from(["auto", "openvino"]),
        keep_probability=st.booleans(),
    )
)
def test_its_command_line_makes_the_same_order_again(job: SegmentJob) -> None:
    words = shlex.split(job.command_line())
    assert words[0] == "cryoves"
    assert _jobs(_parser().parse_args(words[1:])) == [job]


def test_a_recipe_of_ones_own_is_found_in_the_run_record() -> None:
    job = SegmentJob("a.mrc", "out/a", recipe=BUILT_IN["paper"].with_value("fit", "rounds", 3))
    assert str(Path("out/a/run.json")) in shlex.split(job.command_line())
