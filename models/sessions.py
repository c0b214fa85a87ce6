"""ONNX Runtime sessions: the one place that knows the runtime."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import onnxruntime
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors

from models.errors import ModelUnusable
from models.registry import Weights

CPU_ONLY: Final = ("CPUExecutionProvider",)

_LOG_ERRORS_ONLY: Final = 3
"""ONNX Runtime's log level: 0 verbose, 1 info, 2 warning, 3 error, 4 fatal. Its warnings are about graph details."""

_LOAD_ERRORS: Final = (
    runtime_errors.Fail,
    runtime_errors.InvalidArgument,
    runtime_errors.InvalidGraph,
    runtime_errors.InvalidProtobuf,
    runtime_errors.NotImplemented,
    runtime_errors.RuntimeException,
    RuntimeError,
)
"""What ONNX Runtime raises for a model that it cannot load; its exceptions have no base of their own."""


class Session:
    """One model ready to run: one picture tensor in, one tensor out."""

    def __init__(self, weights: Weights, *, threads: int, providers: Sequence[str] = CPU_ONLY) -> None:
        """Open the model.

        threads is the number of CPU threads for one operator; operators run one after another. It is always given,
        because the runtime's own choice (all cores) makes two sessions on one machine slow each other down.
        Raises ModelUnusable.
        """
        absent = [name for name in providers if name not in onnxruntime.get_available_providers()]
        if absent or not providers:
            have = ", ".join(onnxruntime.get_available_providers())
            raise ModelUnusable(
                f"{weights.entry.name}: ONNX Runtime here has no {', '.join(absent) or 'provider named'}; it has {have}"
            )
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        options.log_severity_level = _LOG_ERRORS_ONLY
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        # Pictures differ in size: the arena would keep the largest ever seen, and idle threads would spin on a core.
        options.enable_cpu_mem_arena = False
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            self._session = onnxruntime.InferenceSession(weights.content, options, providers=list(providers))
        except _LOAD_ERRORS as error:
            raise ModelUnusable(f"{weights.entry.name}: ONNX Runtime cannot load it ({error})") from error
        self._input = self._session.get_inputs()[0].name
        self.metadata: dict[str, str] = self._session.get_modelmeta().custom_metadata_map

    def run(self, tensor: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run the model on one tensor and give its first output."""
        outputs: list[Any] = self._session.run(None, {self._input: tensor})
        result: NDArray[np.float32] = outputs[0]
        return result
