"""Tomograms of simulated presynaptic terminals, to train on and to test with (method, section 10)."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage as ndi

from cryoves_app.analysis.simulate.bodies import Ellipsoid
from cryoves_app.analysis.simulate.canvas import Canvas, SceneGrid
from cryoves_app.analysis.simulate.compartments import Compartments
from cryoves_app.analysis.simulate.denoising import denoise
from cryoves_app.analysis.simulate.imaging import record
from cryoves_app.analysis.simulate.membrane_regions import membrane_regions
from cryoves_app.analysis.simulate.scene import DrawnScene, draw_scene
from cryoves_app.analysis.simulate.spec import TerminalSpec
from cryoves_app.analysis.simulate.tomogram import Filament, SimulatedTomogram
from cryoves_app.domain.arrays import AnyArray, Labels
from cryoves_app.domain.progress import Progress

INT16 = np.iinfo(np.int16)
GREY_SD = 1500.0
#: What stands around the tomogram and is projected into it, too.
MARGIN_NM = (12.0, 22.0, 22.0)
#: A vesicle cut by a face has at least this share of its radius between centre and face.
CUT_DEPTH = 0.35
#: Distance over which the shading changes.
SHADING_NM = 110.0


def simulate_terminal(spec: TerminalSpec, seed: int, progress: Progress | None = None) -> SimulatedTomogram:
    """Draw a terminal, image it, and give it back with its truth.

    Parameters
    ----------
    spec
        What it holds and how it is imaged.
    seed
        Same spec and seed, same tomogram.

    Returns
    -------
    SimulatedTomogram
        int16; spheres have the volumes of the (slightly elliptic) vesicles, labels their exact shapes.
    """
    progress = progress or Progress()
    rng = np.random.default_rng(seed)
    frame = _Frame.of(spec)
    canvas = Canvas(SceneGrid(frame.scene_shape, spec.voxel_size_nm))
    drawn = draw_scene(rng, canvas, spec.scene, _faces_rule(frame, spec), progress)
    tomogram = record(rng, canvas.density, frame.record_shape, spec.voxel_size_nm, spec.imaging, progress)
    del canvas
    tomogram = denoise(frame.turned(tomogram), spec.voxel_size_nm, spec.imaging)
    _add_shading(rng, tomogram, spec)
    _add_ramp(rng, tomogram, spec)
    grey = _to_grey(tomogram)
    _fill_border(grey, spec)
    bodies = [frame.to_tomogram(vesicle.body) for vesicle in drawn.vesicles]
    labels = paint_bodies(bodies, spec.shape, spec.voxel_size_nm)
    spheres = tuple(body.sphere for body in bodies)
    meta = {"seed": seed, **_plain(spec)}
    filaments = tuple(map(frame.thread_to_tomogram, drawn.filaments))
    compartments = frame.compartments(drawn)
    regions = membrane_regions(compartments)
    return SimulatedTomogram(
        grey, labels, spheres, spec.voxel_size_nm, meta, filaments, regions, compartments
    )


@dataclass(frozen=True)
class _Frame:
    """How the tomogram lies in the scene, whose y is the tilt axis.

    Both have the same middle; the tomogram is turned about z by the tilt axis' angle.
    """

    shape: tuple[int, int, int]
    record_shape: tuple[int, int, int]
    scene_shape: tuple[int, int, int]
    voxel_nm: float
    angle_rad: float

    @classmethod
    def of(cls, spec: TerminalSpec) -> _Frame:
        angle = np.deg2rad(spec.imaging.tilt_axis_deg)
        c, s = abs(np.cos(angle)), abs(np.sin(angle))
        depth, height, width = spec.shape
        record = np.array([depth, np.ceil(c * height + s * width), np.ceil(s * height + c * width)]).astype(
            int
        )
        margin = 2 * np.ceil(np.array(MARGIN_NM) / spec.voxel_size_nm).astype(int)
        # Same parity, so that the middles fall onto the same place of a voxel.
        record += (record - spec.shape) % 2
        return cls(
            spec.shape,
            tuple(record.tolist()),
            tuple((record + margin).tolist()),
            spec.voxel_size_nm,
            float(angle),
        )

    @property
    def _turn(self) -> AnyArray:
        """From the scene's (z, y, x) to the tomogram's."""
        c, s = np.cos(self.angle_rad), np.sin(self.angle_rad)
        return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])

    def _middle_nm(self, shape: tuple[int, int, int]) -> AnyArray:
        return (np.array(shape) - 1) / 2 * self.voxel_nm

    def to_tomogram(self, body: Ellipsoid) -> Ellipsoid:
        return body.moved_to(self._point(body.centre_nm)).turned(self._turn)

    def thread_to_tomogram(self, thread: Filament) -> Filament:
        ends = (self._point(np.array(point)).tolist() for point in (thread.start_nm, thread.end_nm))
        (z, y, x), (w, v, u) = ends
        return replace(thread, start_nm=(z, y, x), end_nm=(w, v, u))

    def compartments(self, drawn: DrawnScene) -> Compartments:
        def to_scene(points_nm: AnyArray) -> AnyArray:
            return (points_nm - self._middle_nm(self.shape)) @ self._turn + self._middle_nm(self.scene_shape)

        bodies = tuple(map(self.to_tomogram, drawn.mitochondria))
        return Compartments(self.shape, self.voxel_nm, drawn.membrane, to_scene, bodies)

    def _point(self, scene_nm: AnyArray) -> AnyArray:
        return self._turn @ (scene_nm - self._middle_nm(self.scene_shape)) + self._middle_nm(self.shape)

    def turned(self, recorded: AnyArray) -> AnyArray:
        """The tomogram out of what was recorded along the tilt axis."""
        if self.angle_rad == 0:
            return recorded
        turn = self._turn[1:, 1:].T
        offset = (np.array(self.record_shape[1:]) - 1) / 2 - turn @ ((np.array(self.shape[1:]) - 1) / 2)
        out = np.empty(self.shape, np.float32)
        for source, target in zip(recorded, out, strict=True):
            ndi.affine_transform(
                source, turn, offset, output_shape=target.shape, output=target, order=3, mode="nearest"
            )
        return out


def _faces_rule(frame: _Frame, spec: TerminalSpec) -> Any:
    """Whether a vesicle's place suits the tomogram's faces: well inside, or cut but mostly seen."""
    extent = (np.array(spec.shape) - 1) * spec.voxel_size_nm

    def allowed(body: Ellipsoid) -> bool:
        centre = frame.to_tomogram(body).centre_nm
        depth = np.minimum(centre, extent - centre)
        if not spec.scene.cut_by_z_faces and depth[0] < body.reach_nm + spec.voxel_size_nm:
            return False
        return bool(np.all(depth > CUT_DEPTH * body.reach_nm))

    return allowed


def paint_bodies(bodies: list[Ellipsoid], shape: tuple[int, int, int], voxel_nm: float) -> Labels:
    """Label volume ``(z, y, x)`` whose number ``k`` fills ``bodies[k - 1]``; shape in voxels, bodies in nm."""
    labels = np.zeros(shape, np.uint16)
    grid = SceneGrid(shape, voxel_nm)
    for number, body in enumerate(bodies, 1):
        box = grid.around(body.centre_nm, body.reach_nm)
        labels[box][body.distance(*grid.points(box)) <= 0] = number
    return labels


def _add_shading(rng: np.random.Generator, tomogram: AnyArray, spec: TerminalSpec) -> None:
    """Slow variation over the tomogram, as uneven sections and normalising views one by one leave it."""
    if not spec.imaging.shading:
        return
    nodes = rng.normal(size=tuple(int(n * spec.voxel_size_nm / SHADING_NM) + 2 for n in spec.shape))
    strength = spec.imaging.shading * float(tomogram.std())
    axes = [np.linspace(0, n - 1, m) for n, m in zip(nodes.shape, spec.shape, strict=True)]
    for z, plane in zip(axes[0], tomogram, strict=True):
        at = np.meshgrid([z], axes[1], axes[2], indexing="ij")
        shading = ndi.map_coordinates(nodes, at, order=1)[0]
        plane += (strength * shading).astype(np.float32)


def _add_ramp(rng: np.random.Generator, tomogram: AnyArray, spec: TerminalSpec) -> None:
    """A grey value that grows along a line within the planes."""
    if not spec.imaging.ramp:
        return
    angle = rng.uniform(0, 2 * np.pi)
    _, height, width = spec.shape
    y, x = np.linspace(-1, 1, height)[:, None], np.linspace(-1, 1, width)[None, :]
    tomogram += (spec.imaging.ramp * float(tomogram.std()) * (np.sin(angle) * y + np.cos(angle) * x)).astype(
        np.float32
    )


def _fill_border(grey: NDArray[np.int16], spec: TerminalSpec) -> None:
    """One value wherever the reconstruction does not reach."""
    border = round(spec.imaging.border_nm / spec.voxel_size_nm)
    if border:
        kept = grey[:, border:-border, border:-border].copy()
        grey[...] = spec.imaging.border_grey
        grey[:, border:-border, border:-border] = kept


def _to_grey(tomogram: AnyArray) -> NDArray[np.int16]:
    tomogram -= tomogram.mean()
    tomogram *= np.float32(GREY_SD / tomogram.std())
    return np.clip(np.round(tomogram, out=tomogram), INT16.min, INT16.max).astype(np.int16)


def _plain(spec: TerminalSpec) -> dict[str, Any]:
    values = asdict(spec)
    return {
        "shape": list(values["shape"]),
        "voxel_size_nm": values["voxel_size_nm"],
        "scene": values["scene"],
        "imaging": {**values["imaging"], "denoising": str(spec.imaging.denoising)},
    }
