"""Whatever sample is built: each table that an SQL file reads is of the schema, was registered, or was made before it."""

from collections import defaultdict

import pytest

from emtract.schema import TABLES
from emtract.store import Store
from tests.sql_heads import head

#: Tables of the schema, and views over them.
STORED = {table.name for table in TABLES} | {"scores", "scored_texts", "dimensions"}


@pytest.fixture(autouse=True)
def files_run_in_the_order_of_their_heads(monkeypatch):
    made, strays = defaultdict(set), []
    run, query, registered = Store.run, Store.query, Store.registered

    def noted(store, name):
        said = head(name)
        here = made[id(store._connection)]
        strays.extend(
            f"{name} reads {t}"
            for t in said.get("reads", "nothing").split(", ")
            if t not in STORED | here | {"nothing"}
        )
        here.add(said.get("makes", "rows"))

    def spied_run(store, name, **parameters):
        noted(store, name)
        return run(store, name, **parameters)

    def spied_query(store, name, **parameters):
        noted(store, name)
        return query(store, name, **parameters)

    def spied_registered(store, relations):
        made[id(store._connection)].update(relations)
        return registered(store, relations)

    monkeypatch.setattr(Store, "run", spied_run)
    monkeypatch.setattr(Store, "query", spied_query)
    monkeypatch.setattr(Store, "registered", spied_registered)
    yield
    assert not strays
