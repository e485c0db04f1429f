"""A small writer of ONNX graphs: nodes and constants are added one by one, each by the name of its output."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = 18
IR_VERSION = 8
CONTRIB = "com.microsoft"


class GraphWriter:
    """Collects nodes and constants and makes a model of them."""

    def __init__(self) -> None:
        """Begin an empty graph."""
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, value: npt.NDArray[Any]) -> str:
        """Add a constant, once, and return its name."""
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def integers(self, *values: int) -> str:
        """Add a one-dimensional int64 constant and return its name."""
        return self.constant("ints_" + "_".join(map(str, values)), np.array(values, dtype=np.int64))

    def number(self, value: int) -> str:
        """Add an int64 scalar and return its name."""
        return self.constant(f"int_{value}", np.array(value, dtype=np.int64))

    def add(
        self,
        operator: str,
        inputs: Sequence[str],
        output: str,
        *,
        domain: str = "",
        attributes: Mapping[str, Any] | None = None,
    ) -> str:
        """Add a node with one output and return the output's name; an empty input name leaves that input out."""
        node = helper.make_node(operator, list(inputs), [output], name=output, domain=domain, **(attributes or {}))
        self._nodes.append(node)
        return output

    def add_several(self, operator: str, inputs: Sequence[str], outputs: tuple[str, str, str]) -> tuple[str, str, str]:
        """Add a node with three outputs and return their names."""
        self._nodes.append(helper.make_node(operator, list(inputs), list(outputs), name=outputs[0]))
        return outputs

    def branch(self) -> GraphWriter:
        """Return a writer of nodes that are computed on a condition; its constants are the whole graph's."""
        other = GraphWriter()
        other._constants = self._constants
        return other

    def choose(self, condition: str, outputs: Sequence[str], *, yes: Branch, no: Branch) -> None:
        """Add a choice between two branches, whose values become ``outputs`` in their order; all are float32."""
        graphs = [
            helper.make_graph(
                writer._nodes,
                name,
                [],
                [helper.make_tensor_value_info(value, TensorProto.FLOAT, None) for value in values],
            )
            for name, (writer, values) in (("yes", yes), ("no", no))
        ]
        node = helper.make_node(
            "If", [condition], list(outputs), name="choice", then_branch=graphs[0], else_branch=graphs[1]
        )
        self._nodes.append(node)

    def cast(self, value: str, kind: int, output: str) -> str:
        """Add a cast to an ONNX element type."""
        return self.add("Cast", [value], output, attributes={"to": kind})

    def model(
        self,
        *,
        name: str,
        inputs: Mapping[str, tuple[str | int, ...]],
        outputs: Mapping[str, tuple[str | int, ...]],
        metadata: Mapping[str, str],
    ) -> onnx.ModelProto:
        """Return the model; inputs are int64, outputs float32, each with its shape."""
        graph = helper.make_graph(
            self._nodes,
            name,
            [helper.make_tensor_value_info(key, TensorProto.INT64, shape) for key, shape in inputs.items()],
            [helper.make_tensor_value_info(key, TensorProto.FLOAT, shape) for key, shape in outputs.items()],
            initializer=list(self._constants.values()),
        )
        opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="quote-stance")
        # Written low on purpose: older runtimes refuse a newer version, and nothing of it is used.
        model.ir_version = IR_VERSION
        helper.set_model_props(model, dict(metadata))
        return model


# The writer of a branch and the names of its values.
Branch = tuple[GraphWriter, Sequence[str]]


def save(model: onnx.ModelProto, path: Path) -> int:
    """Write the model and return the size of the file in bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save_model(model, str(path))
    return path.stat().st_size
