"""How many tomograms a computer can have at work at a time."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import psutil

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.domain.reading import reading
from cryoves_app.domain.wording import bytes_in_words
from cryoves_app.formats.network_drive import is_on_network_drive
from cryoves_app.formats.volume_file import open_volume
from cryoves_app.workflow.segment.order import SegmentJob


def threads_each(threads: int, workers: int) -> int:
    """What each of several workers may use."""
    return max(threads // workers, 1)


def limit_workers(jobs: Sequence[SegmentJob], wanted: int) -> tuple[int, str]:
    """As many workers as wanted, or fewer where the memory is short; and a sentence about that.

    The largest tomogram decides; only its header is read.
    """
    wanted = min(wanted, len(jobs))
    if wanted == 1:
        return 1, ""
    need = _memory_of_largest(jobs, wanted)
    available = psutil.virtual_memory().available
    if need is None or need * wanted <= available:
        return wanted, ""
    fitting = max(int(available // need), 1)
    return fitting, (
        f"Of {bytes_in_words(available)} of free memory the largest tomogram needs about {bytes_in_words(need)}, so "
        f"{fitting} instead of {wanted} are segmented at a time."
    )


def _memory_of_largest(jobs: Sequence[SegmentJob], workers: int) -> float | None:
    """Bytes for the largest tomogram; ``None`` where that would have to be copied to be looked at, or is none."""
    largest = max(jobs, key=_file_size)
    try:
        with reading(largest.tomogram, "a tomogram"):
            if is_on_network_drive(Path(largest.tomogram)):
                return None
            volume = open_volume(largest.tomogram, largest.voxel_size_nm)
    except CryoVesError:  # its turn will come
        return None
    if volume.info.voxel_size_nm is None:
        return None
    from cryoves_app.workflow.segment.estimate import estimate  # scipy, for which one need not wait

    threads = threads_each(largest.threads, workers)
    return estimate(volume.shape, volume.voxel_size_nm, largest.recipe, largest.engine, threads).memory_bytes


def _file_size(job: SegmentJob) -> int:
    try:
        return Path(job.tomogram).stat().st_size
    except (OSError, ValueError):
        return 0
