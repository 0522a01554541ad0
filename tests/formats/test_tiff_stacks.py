"""Files that hold more than the tomogram, or hold it in another way than a page for each plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray

from cryoves_app.domain.errors import CryoVesError
from cryoves_app.formats.tiff import open_tiff

VOLUME = np.random.default_rng(5).integers(0, 255, (12, 40, 50)).astype("u1")
SMALL = np.ascontiguousarray(VOLUME[:6, :20, :24])


def write(path: Path, *parts: tuple[NDArray[Any], dict[str, Any]], ome: bool = False) -> Path:
    with tifffile.TiffWriter(path, ome=ome) as tif:
        for values, more in parts:
            tif.write(values, **{"photometric": "minisblack", "metadata": None, **more})
    return path


def planes(values: NDArray[Any], **more: Any) -> list[tuple[NDArray[Any], dict[str, Any]]]:
    return [(plane, more) for plane in values]


def test_a_preview_first(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", (VOLUME[5, ::4, ::4], {"subfiletype": 1}), *planes(VOLUME))
    np.testing.assert_array_equal(open_tiff(path).data, VOLUME)


def test_a_preview_that_does_not_say_so(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", (VOLUME[5, ::4, ::4], {}), *planes(VOLUME))
    np.testing.assert_array_equal(open_tiff(path).data, VOLUME)


def test_a_preview_after_each_plane(tmp_path: Path) -> None:
    both = [part for plane in VOLUME for part in ((plane, {}), (plane[::4, ::4], {"subfiletype": 1}))]
    np.testing.assert_array_equal(open_tiff(write(tmp_path / "a.tif", *both)).data, VOLUME)


def test_a_large_picture_and_colours_beside_the_volume(tmp_path: Path) -> None:
    macro = np.zeros((900, 800), "u1")
    label = (np.zeros((300, 300, 3), "u1"), {"photometric": "rgb"})
    path = write(tmp_path / "a.tif", (macro, {}), label, *planes(VOLUME), label)
    np.testing.assert_array_equal(open_tiff(path).data, VOLUME)


def test_pages_that_are_series_of_their_own(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", *planes(VOLUME, metadata={}))
    with tifffile.TiffFile(path) as tif:
        assert len(tif.series) == 12
    np.testing.assert_array_equal(open_tiff(path).data, VOLUME)


def test_the_largest_of_several_volumes_is_taken_and_told(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tif", (SMALL, {"metadata": {}}), (VOLUME, {"metadata": {}}))
    volume = open_tiff(path)
    np.testing.assert_array_equal(volume.data, VOLUME)
    assert volume.info.warnings == ("The file holds 2 stacks; the largest, 50 × 40 × 12, is taken.",)


def test_two_volumes_of_one_size_are_not_joined(tmp_path: Path) -> None:
    other = 255 - VOLUME
    path = write(tmp_path / "a.tif", (VOLUME, {"metadata": {}}), (other, {"metadata": {}}))
    np.testing.assert_array_equal(open_tiff(path).data, VOLUME)
    ome = write(
        tmp_path / "b.ome.tif", *((v, {"metadata": {"axes": "ZYX"}}) for v in (VOLUME, other)), ome=True
    )
    np.testing.assert_array_equal(open_tiff(ome).data, VOLUME)


def test_voxel_size_is_that_of_the_image_that_is_taken(tmp_path: Path) -> None:
    def sized(size: float) -> dict[str, Any]:
        sizes = {f"PhysicalSize{axis}": size for axis in "XYZ"}
        return {"metadata": {"axes": "ZYX", **sizes, **{f"PhysicalSize{axis}Unit": "nm" for axis in "XYZ"}}}

    volume = open_tiff(write(tmp_path / "a.ome.tif", (SMALL, sized(9.0)), (VOLUME, sized(2.2)), ome=True))
    assert volume.shape == VOLUME.shape
    assert volume.voxel_size_nm == pytest.approx(2.2)


@pytest.mark.parametrize("imagej", [False, True])
def test_only_the_first_plane_has_a_directory(tmp_path: Path, imagej: bool) -> None:
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, VOLUME, imagej=imagej, photometric="minisblack", truncate=not imagej)
    if imagej:  # as Fiji writes stacks of more than 4 GB: nothing after the first directory
        with tifffile.TiffFile(path) as tif:
            first = tif.pages[0]
            at = first.offset + 2 + 12 * len(first.tags)
        raw = bytearray(path.read_bytes())
        raw[at : at + 4] = bytes(4)
        path.write_bytes(raw)
    with tifffile.TiffFile(path) as tif:
        assert len(tif.pages) == 1
    np.testing.assert_array_equal(open_tiff(path).data, VOLUME)


@pytest.mark.parametrize("metadata", [{"axes": "TYX"}, {"axes": "CYX"}, {"axes": "ZYX"}])
def test_the_third_dimension_may_have_any_name(tmp_path: Path, metadata: dict[str, str]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", VOLUME, imagej=True, metadata=metadata)
    np.testing.assert_array_equal(open_tiff(tmp_path / "a.tif").data, VOLUME)
    tifffile.imwrite(tmp_path / "b.ome.tif", VOLUME, photometric="minisblack", metadata=metadata)
    np.testing.assert_array_equal(open_tiff(tmp_path / "b.ome.tif").data, VOLUME)


@pytest.mark.parametrize("kind", ["ome", "imagej", "shaped"])
def test_channels_over_a_volume_are_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / ("a.ome.tif" if kind == "ome" else "a.tif")
    metadata = None if kind == "shaped" else {"axes": "ZCYX"}
    values = VOLUME.reshape(6, 2, 40, 50)
    more = {} if metadata is None else {"metadata": metadata}
    tifffile.imwrite(path, values, imagej=kind == "imagej", photometric="minisblack", **more)
    with pytest.raises(CryoVesError, match="has 4 dimensions; a single tomogram has three"):
        open_tiff(path)


def test_pyramids_of_ome_are_read_at_their_base(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.ome.tif") as tif:
        tif.write(VOLUME, subifds=1, photometric="minisblack", metadata={"axes": "ZYX"}, tile=(16, 16))
        tif.write(VOLUME[:, ::2, ::2], subfiletype=1, photometric="minisblack", tile=(16, 16))
    np.testing.assert_array_equal(open_tiff(tmp_path / "a.ome.tif").data, VOLUME)


def test_pages_that_are_volumes_themselves(tmp_path: Path) -> None:
    values = VOLUME[:, :32, :48]
    tifffile.imwrite(
        tmp_path / "a.tif",
        values,
        photometric="minisblack",
        volumetric=True,
        tile=(4, 16, 16),
        compression="zlib",
    )
    np.testing.assert_array_equal(open_tiff(tmp_path / "a.tif").data, values)


@pytest.mark.parametrize(
    "description",
    [
        "<OME><Image><Pixels SizeZ='9999999' SizeC='1'><TiffData PlaneCount='999999999'/></Pixels></Image></OME>",
        "<OME><Image><Pixels SizeZ='5' SizeC='1' SizeT='1'/></Image></OME>",
        "<OME><Image><Pixels SizeZ='x' SizeC='' SizeT='-3'/></Image></OME>",
        "<OME><Image>",
        "<OME/>",
        "<!DOCTYPE a [<!ENTITY b 'bbbbbbbbbb'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]><OME>&c;</OME>",
        '{"shape": [999999999, 40, 50]}',
        '{"shape": "x"}',
        '{"shape": ' + "[" * 5000,
        "ImageJ=1\nimages=999999999\nslices=999999999\nframes=nan\n",
        "ImageJ=1\nimages=12\nslices=5\n",
        "ImageJ=\n=\n\n",
    ],
)  # fmt: skip
def test_notes_that_do_not_fit_the_file_are_not_believed(tmp_path: Path, description: str) -> None:
    first, *rest = planes(VOLUME)
    path = write(tmp_path / "a.tif", (first[0], {"description": description}), *rest)
    np.testing.assert_array_equal(open_tiff(path).data, VOLUME)


def test_ome_that_names_other_files_reads_none_of_them(tmp_path: Path) -> None:
    text = (
        "<OME UUID='urn:uuid:1'><Image><Pixels DimensionOrder='XYZCT' SizeX='50' SizeY='40' SizeZ='24' SizeC='1' "
        "SizeT='1'><TiffData IFD='0' FirstZ='12' PlaneCount='12'><UUID FileName='../other.tif'>urn:uuid:2</UUID>"
        "</TiffData></Pixels></Image></OME>"
    )
    first, *rest = planes(VOLUME)
    path = write(tmp_path / "a.ome.tif", (first[0], {"description": text}), *rest)
    np.testing.assert_array_equal(open_tiff(path).data, VOLUME)


@pytest.mark.parametrize(("odd", "told"), [([3], ": 1 image;"), ([3, 4], ": 2 images;")])
def test_slices_of_another_size_among_the_others_are_told(tmp_path: Path, odd: list[int], told: str) -> None:
    """Those behind would lie too low without a word."""
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        for z in range(8):
            writer.write(np.full((20, 30 - (z in odd)), z, np.uint8), metadata=None)
    volume = open_tiff(tmp_path / "a.tif")
    assert volume.shape == (8 - len(odd), 20, 30)
    (sentence,) = (w for w in volume.info.warnings if "slices behind may lie too low" in w)
    assert told in sentence
