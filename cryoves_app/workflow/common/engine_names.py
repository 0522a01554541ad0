"""Engines as their makers write them."""

ENGINE_TITLES = {"openvino": "OpenVINO", "onnx": "ONNX Runtime", "tensorflow": "TensorFlow"}
