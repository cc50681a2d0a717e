"""The gateway that AliExpress and Lazada share ("IOP"): signatures, calls, errors, tokens. No adapter of its own."""
