"""Files -> Arrow batches: `batches.read_posts`, `market.prices.read_prices`, `market.read_market`, and `market.yahoo`.

Bytes of any packing (`streams`, members of `archives`) -> `lines` -> `rows` of a table, or JSON values (`posts.splitting`,
`posts.documents`) -> posts, each as the module of its platform declares it (`formats` lists them, `recognise` tells which a file
has) -> `batches`. Market data go from `rows` through `market.tables` and `market.fields` to what their publisher's module makes
of them. Readers never see the store. Whatever cannot be parsed becomes a row of `schema.REJECTED` (`records`), never nothing.
"""
