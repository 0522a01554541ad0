"""What vesicles can be exported as: the command line, the window and the exporters are made from this list."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ExportFormat:
    """One format: its word on the command line, its file (``{}`` is the project's name), and how people call it."""

    key: str
    file: str
    title: str
    purpose: str


EXPORT_FORMATS = (
    ExportFormat(
        "imod",
        "{}.mod",
        "IMOD model (.mod)",
        "Cell outline, active zone, and the vesicles as points with sizes for 3dmod",
    ),
    ExportFormat(
        "pyto",
        "{}_pyto",
        "Pyto folder",
        "Labels, tomogram and settings for connectors and tethers; checked beforehand",
    ),
    ExportFormat("labels", "{}_labels.mrc", "Labels (MRC)", "A volume in which each vesicle has its number"),
    ExportFormat("tiff", "{}_labels.tif", "Labels (TIFF)", "The same as a TIFF stack"),
    ExportFormat(
        "zarr",
        "{}.zarr",
        "OME-Zarr",
        "The tomogram with its vesicles as labels, with colours and measures, for napari, Neuroglancer and copick",
    ),
    ExportFormat(
        "copick",
        "{}_copick",
        "copick picks",
        "Picks, instances and a mask, added to a copick project beside what is there",
    ),
    ExportFormat(
        "portal",
        "{}_portal",
        "CryoET Data Portal",
        "Points, oriented points and instances with their metadata, as the portal takes annotations",
    ),
    ExportFormat("sff", "{}.sff", "EMDB-SFF", "Spheres and regions for deposition in the EM Data Bank"),
    ExportFormat(
        "glb", "{}.glb", "3-D scene (glTF)", "Spheres and regions for Blender and other 3-D programs"
    ),
    ExportFormat("obj", "{}.obj", "3-D scene (OBJ)", "The same as meshes, each under its name"),
    ExportFormat("stl", "{}.stl", "3-D scene (STL)", "The same as one mesh, for printing"),
    ExportFormat(
        "csv", "{}_vesicles.csv", "Table (CSV)", "All vesicles with all measures, rejected ones included"
    ),
    ExportFormat("star", "{}_particles.star", "RELION (STAR)", "Particles for RELION"),
    ExportFormat("dynamo", "{}.tbl", "Dynamo table", "Particles for Dynamo"),
    ExportFormat("chimerax", "{}.cmm", "ChimeraX markers", "Spheres for ChimeraX"),
    ExportFormat(
        "cxc",
        "{}_chimerax",
        "ChimeraX scene",
        "A script that shows vesicles, regions and the tomogram in their colours",
    ),
)
FORMAT_KEYS = tuple(f.key for f in EXPORT_FORMATS)
