"""Surgery: an ONNX graph whose nodes are replaced one by one."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray


class Surgery:
    """Works on the graph of a model in place. Names of tensors that stay in use stay what they were."""

    def __init__(self, model: Any) -> None:
        self._graph = model.graph
        self._constants = {tensor.name: tensor for tensor in self._graph.initializer}
        self._makers: dict[str, Any] = {name: node for node in self._graph.node for name in node.output}
        self._readers: dict[str, list[Any]] = {}
        for node in self._graph.node:
            for name in node.input:
                self._readers.setdefault(name, []).append(node)

    def nodes(self, operator: str) -> list[Any]:
        """The nodes of an operator, in the graph's order."""
        return [node for node in self._graph.node if node.op_type == operator]

    def maker(self, tensor: str, operator: str) -> Any | None:
        """The node that makes a tensor, if it is of this operator."""
        node = self._makers.get(tensor)
        return node if node is not None and node.op_type == operator else None

    def readers(self, tensor: str) -> list[Any]:
        """The nodes that read a tensor."""
        return self._readers.get(tensor, [])

    def only_reader(self, tensor: str) -> Any:
        """The one node that reads a tensor. Raises ValueError if there are others, or none."""
        (node,) = self.readers(tensor)
        return node

    def value(self, tensor: str) -> NDArray[Any] | None:
        """The array behind the name of a constant; None for a tensor that is computed."""
        from onnx import numpy_helper

        return numpy_helper.to_array(self._constants[tensor]) if tensor in self._constants else None

    def constant(self, name: str, array: NDArray[Any] | np.generic) -> str:
        """The name of a constant, made now if there is none of this name."""
        from onnx import numpy_helper

        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(np.asarray(array), name)
        return name

    def make(self, tensor: str, operator: str, inputs: list[str], **attributes: Any) -> str:
        """Let a node of this operator make the tensor, in place of what made it before. Returns the tensor's name."""
        from onnx import helper

        self._makers[tensor] = helper.make_node(operator, inputs, [tensor], name=f"{tensor}/{operator}", **attributes)
        return tensor

    def close(self) -> None:
        """Write the graph anew: what the outputs need, each node after those it reads from."""
        ordered: list[Any] = []
        used: set[str] = set()
        for output in self._graph.output:
            self._collect(output.name, ordered, used)
        for field, kept in (
            (self._graph.node, ordered),
            (self._graph.initializer, [tensor for name, tensor in self._constants.items() if name in used]),
            (self._graph.value_info, []),
        ):
            del field[:]
            field.extend(kept)

    def _collect(self, tensor: str, ordered: list[Any], used: set[str]) -> None:
        """Append the nodes that a tensor hangs on to `ordered`; a stack of our own, as graphs are deep."""
        placed = {id(node) for node in ordered}
        stack = [tensor]
        while stack:
            name = stack[-1]
            used.add(name)
            node = self._makers.get(name)
            if node is None or id(node) in placed:
                stack.pop()
            elif waiting := [source for source in node.input if source and not self._is_placed(source, placed)]:
                stack.extend(waiting)
            else:
                used.update(node.input)
                ordered.append(node)
                placed.add(id(node))

    def _is_placed(self, tensor: str, placed: set[int]) -> bool:
        node = self._makers.get(tensor)
        return node is None or id(node) in placed


def attributes_of(node: Any) -> dict[str, Any]:
    """A node's attributes by name."""
    from onnx import helper

    return {attribute.name: helper.get_attribute_value(attribute) for attribute in node.attribute}
