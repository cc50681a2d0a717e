"""The GraphQL documents we send. Each is validated against the marketplace's own schema in the tests."""

ORDER = """
fragment OrderFields on Order {
  id legacyResourceId name createdAt processedAt updatedAt cancelledAt test currencyCode
  displayFinancialStatus displayFulfillmentStatus paymentGatewayNames note email phone
  totalPriceSet { shopMoney { amount } }
  customer { legacyResourceId displayName }
  shippingLine { title }
  shippingAddress { name company address1 address2 city province zip countryCodeV2 phone }
  lineItems(first: 30) { pageInfo { hasNextPage endCursor } nodes { ...LineFields } }
  fulfillmentOrders(first: 10) {
    nodes {
      id status requestStatus fulfillBy
      merchantRequests(first: 1, kind: CANCELLATION_REQUEST, reverse: true) { nodes { sentAt } }
    }
  }
  fulfillments(first: 20) { id status trackingInfo(first: 10) { number } }
}
fragment LineFields on LineItem {
  id title variantTitle sku quantity currentQuantity requiresShipping
  discountedUnitPriceAfterAllDiscountsSet { shopMoney { amount } }
  product { legacyResourceId }
}
"""

LIST = (
    """
query Orders($first: Int!, $after: String, $query: String!) {
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes { ...OrderFields }
  }
}
"""
    + ORDER
)

GET = (
    """
query OrdersById($ids: [ID!]!) {
  nodes(ids: $ids) { ... on Order { ...OrderFields } }
}
"""
    + ORDER
)

MORE_LINES = """
query MoreLines($id: ID!, $after: String) {
  order(id: $id) { lineItems(first: 100, after: $after) { pageInfo { hasNextPage endCursor } nodes { ...LineFields } } }
}
fragment LineFields on LineItem {
  id title variantTitle sku quantity currentQuantity requiresShipping
  discountedUnitPriceAfterAllDiscountsSet { shopMoney { amount } }
  product { legacyResourceId }
}
"""

STANDING = """
query Standing($ids: [ID!]!) {
  nodes(ids: $ids) {
    ... on Order {
      legacyResourceId cancelledAt displayFulfillmentStatus
      fulfillmentOrders(first: 10) {
        nodes {
          id status requestStatus
          assignedLocation { location { id } }
          lineItems(first: 50) { nodes { id remainingQuantity lineItem { id } } }
        }
      }
      fulfillments(first: 20) {
        id status
        trackingInfo(first: 10) { number company }
        fulfillmentLineItems(first: 50) { nodes { quantity lineItem { id } } }
      }
    }
  }
}
"""

SHIP = """
mutation Ship($fulfillment: FulfillmentInput!) {
  fulfillmentCreate(fulfillment: $fulfillment) { fulfillment { id status } userErrors { field message } }
}
"""

RENUMBER = """
mutation Renumber($id: ID!, $tracking: FulfillmentTrackingInput!, $notify: Boolean) {
  fulfillmentTrackingInfoUpdate(fulfillmentId: $id, trackingInfoInput: $tracking, notifyCustomer: $notify) {
    fulfillment { id }
    userErrors { field message }
  }
}
"""

ACCEPT = """
mutation Accept($id: ID!, $message: String) {
  fulfillmentOrderAcceptCancellationRequest(id: $id, message: $message) {
    fulfillmentOrder { id requestStatus }
    userErrors { field message }
  }
}
"""

REJECT = """
mutation Reject($id: ID!, $message: String) {
  fulfillmentOrderRejectCancellationRequest(id: $id, message: $message) {
    fulfillmentOrder { id requestStatus }
    userErrors { field message }
  }
}
"""

LEVELS = """
query Levels($query: String!, $first: Int!) {
  productVariants(first: $first, query: $query) {
    nodes {
      sku
      product { legacyResourceId }
      inventoryItem {
        id
        inventoryLevels(first: 10) { nodes { location { id name } quantities(names: ["available"]) { quantity } } }
      }
    }
  }
}
"""

SET_STOCK = """
mutation SetStock($input: InventorySetQuantitiesInput!, $key: String!) {
  inventorySetQuantities(input: $input) @idempotent(key: $key) {
    inventoryAdjustmentGroup { id }
    userErrors { code field message }
  }
}
"""
