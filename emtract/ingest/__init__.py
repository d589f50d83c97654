"""Files -> Arrow batches: `batches.read_posts`, `market.prices.read_prices`, `market.read_market`, and `market.yahoo`.

Readers never see the store. Whatever cannot be parsed becomes a row of `schema.REJECTED`, never nothing.
"""
