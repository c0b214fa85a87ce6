"""The ONNX models: what they are, where their weights are, and how they are run."""
