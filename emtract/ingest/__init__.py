"""Files -> Arrow batches: posts (`batches.read_posts`), prices (`market.read_prices`), Yahoo (`yahoo.download_prices`).

Readers never see the store. Whatever cannot be parsed becomes a row of `schema.REJECTED`, never nothing.
"""
