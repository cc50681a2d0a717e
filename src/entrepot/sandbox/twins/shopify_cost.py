"""What a query costs. Shopify's formula is not public to the letter: this one has its shape (objects count, lists multiply
by a part of what they ask for) and its limit, no more. [M]"""

import math
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)

MOST: Final = 1000
MUTATION: Final = 10


def cost_of(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, variables: dict[str, Any]
) -> int:
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    if operation.operation is OperationType.MUTATION:
        return MUTATION
    return math.ceil(_selection(schema, operation.selection_set, schema.query_type, fragments, variables))


def _selection(
    schema: GraphQLSchema,
    selection: SelectionSetNode | None,
    parent: Any,
    fragments: dict[str, Any],
    variables: dict[str, Any],
) -> float:
    total = 0.0
    for one in selection.selections if selection else ():
        if isinstance(one, FragmentSpreadNode):
            fragment = fragments[one.name.value]
            inner = schema.get_type(fragment.type_condition.name.value)
            total += _selection(schema, fragment.selection_set, inner, fragments, variables)
        elif isinstance(one, InlineFragmentNode):
            inner = schema.get_type(one.type_condition.name.value) if one.type_condition else parent
            total += _selection(schema, one.selection_set, inner, fragments, variables)
        elif isinstance(one, FieldNode) and isinstance(parent, GraphQLObjectType) and one.name.value in parent.fields:
            kind = get_named_type(parent.fields[one.name.value].type)
            if is_composite_type(kind):
                inside = _selection(schema, one.selection_set, kind, fragments, variables)
                total += _times(one, variables) * inside + (
                    0 if kind.name.endswith(("Connection", "Edge", "PageInfo")) else 1
                )
    return total


def _times(field: FieldNode, variables: dict[str, Any]) -> float:
    """A list of n counts as the square root of n."""
    for argument in field.arguments or ():
        name = argument.name.value
        if name in ("first", "last", "ids"):
            node = argument.value
            value = variables.get(node.name.value) if isinstance(node, VariableNode) else getattr(node, "value", 1)
            count = len(value) if isinstance(value, list) else int(value or 1)
            return math.sqrt(max(1, count))
    return 1.0


def throttle_status(available: int) -> dict[str, float]:
    return {"maximumAvailable": 2000.0, "currentlyAvailable": available, "restoreRate": 100.0}
