"""The ONNX models: registry, weights, sessions, pre- and post-processing, evaluation. Imports no other room."""
