"""The storm: many orders over all marketplaces of the sandbox, every fault on, processes killed at random.

`python -m bench.storm --seed 7 --orders 1000`: the house as `entrepot up` runs it, the sandbox beside it, a seller who works
through the REST API. At the end the two sides are compared: every order of the sandbox is here once with the same content,
every shipped parcel has one accepted confirmation per original order with its number, and nothing else stands over there.
"""
