"""The network as an ONNX file, written from the weights, for ONNX Runtime and for other programs."""

from __future__ import annotations

from typing import Any

import numpy as np

from cryoves_app.network.architecture import Convolution, assemble
from cryoves_app.network.weights import Weights

#: Old enough for every ONNX Runtime in use; all that is needed is in it.
_OPSET = 13
_IR_VERSION = 8

INPUT = "volume"
LOGITS = "logits"
PROBABILITY_OUTPUT = "probability"


def onnx_bytes(weights: Weights) -> bytes:
    """An ONNX model: ``volume`` ``(1, 1, z, y, x)`` of any size → ``logits`` and ``probability`` of the same shape."""
    return _Graph(weights).serialised()


class _Graph:
    def __init__(self, weights: Weights) -> None:
        import onnx
        from onnx import helper, numpy_helper

        self._onnx, self._helper, self._numpy_helper = onnx, helper, numpy_helper
        self._weights = weights
        self._nodes: list[Any] = []
        self._constants: list[Any] = [
            numpy_helper.from_array(np.array([1, 1, 2, 2, 2], np.float32), "doubling")
        ]

    def serialised(self) -> bytes:
        logits = assemble(self._weights.architecture, self, INPUT)
        self._nodes.append(self._helper.make_node("Identity", [logits], [LOGITS]))
        self._nodes.append(self._helper.make_node("Sigmoid", [logits], [PROBABILITY_OUTPUT]))
        graph = self._helper.make_graph(
            self._nodes,
            "unet",
            [self._value(INPUT)],
            [self._value(LOGITS), self._value(PROBABILITY_OUTPUT)],
            self._constants,
        )
        opset = self._helper.make_opsetid("", _OPSET)
        model = self._helper.make_model(
            graph, opset_imports=[opset], ir_version=_IR_VERSION, producer_name="cryoves"
        )
        return bytes(model.SerializeToString(deterministic=True))

    def _value(self, name: str) -> Any:
        return self._helper.make_tensor_value_info(name, self._onnx.TensorProto.FLOAT, [1, 1, "z", "y", "x"])

    def _node(self, kind: str, inputs: list[str], **attributes: Any) -> str:
        output = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(self._helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _constant(self, name: str, array: Any) -> str:
        self._constants.append(self._numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def fold(self, x: str, edge: int) -> str:
        # as a convolution that copies, since ONNX has the reverse for pictures alone, and this neither
        return self._node("Conv", [x, self._copying(edge)], kernel_shape=[edge] * 3, strides=[edge] * 3)

    def unfold(self, x: str, edge: int) -> str:
        return self._node(
            "ConvTranspose", [x, self._copying(edge)], kernel_shape=[edge] * 3, strides=[edge] * 3
        )

    def _copying(self, edge: int) -> str:
        name = "copying"
        if all(constant.name != name for constant in self._constants):
            self._constant(name, np.eye(edge**3, dtype=np.float32).reshape(-1, 1, edge, edge, edge))
        return name

    def convolve(self, x: str, convolution: Convolution) -> str:
        kernel, bias = self._weights.layers[convolution.name].folded()
        filters = self._constant(f"{convolution.name}_kernel", kernel.transpose(4, 3, 0, 1, 2))
        offsets = self._constant(f"{convolution.name}_bias", bias)
        size = convolution.size
        x = self._node("Conv", [x, filters, offsets], kernel_shape=[size] * 3, pads=[size // 2] * 6)
        return x if convolution.is_head else self._node("Relu", [x])

    def halve(self, x: str) -> str:
        return self._node("MaxPool", [x], kernel_shape=[2] * 3, strides=[2] * 3)

    def merge(self, deep: str, skip: str, level: int) -> str:
        doubled = self._node(
            "Resize",
            [deep, "", "doubling"],
            mode="nearest",
            coordinate_transformation_mode="asymmetric",
            nearest_mode="floor",
        )
        return self._node("Concat", [doubled, skip], axis=1)
