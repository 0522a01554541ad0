"""Which engines this installation has, and on which devices they can compute."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version

#: Engine, and the packages that may bring it: one is enough.
_PACKAGES = {
    "openvino": ("openvino",),
    "onnx": ("onnxruntime", "onnxruntime-directml", "onnxruntime-gpu"),
    "tensorflow": ("tensorflow", "tensorflow-cpu"),
}


@dataclass(frozen=True)
class InstalledEngine:
    """An engine's package and version, and the graphics-card interface it was built with ("" for none)."""

    name: str
    package: str
    version: str
    gpu: str = ""


def installed_engines() -> list[InstalledEngine]:
    """The engines of this installation, the one for processors first. Imports ONNX Runtime at most."""
    found = (_installed(name, packages) for name, packages in _PACKAGES.items())
    return [engine for engine in found if engine is not None]


def _installed(name: str, packages: tuple[str, ...]) -> InstalledEngine | None:
    for package in packages:
        try:
            return InstalledEngine(name, package, version(package), _gpu_interface(name))
        except (PackageNotFoundError, ImportError):
            continue
    return None


def _gpu_interface(name: str) -> str:
    if name != "onnx":
        return ""
    from cryoves_app.network.engines.onnx import DIRECTML, available_gpu_providers

    names = (
        "DirectML" if p == DIRECTML else p.removesuffix("ExecutionProvider")
        for p in available_gpu_providers()
    )
    return " and ".join(names)
