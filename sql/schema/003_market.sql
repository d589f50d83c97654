-- What is known of firms and markets besides prices: characteristics as of the day they were public, classes, published
-- return series, IPOs, earnings announcements and delistings. Grain, key and meaning of each column: emtract/schema.py.
-- Several files may tell of one thing: each row keeps its source, and the queries that read choose.

-- one number of one symbol about one day, as it became public; key: source_id, symbol, name, period, available
CREATE TABLE characteristics (
    source_id INTEGER NOT NULL,
    line      BIGINT NOT NULL,
    symbol    VARCHAR NOT NULL,
    name      VARCHAR NOT NULL,
    period    DATE NOT NULL,
    available DATE NOT NULL,
    value     DOUBLE NOT NULL
);

-- one name or class of one symbol over a span of days; key: source_id, symbol, scheme, first
CREATE TABLE classifications (
    source_id INTEGER NOT NULL,
    line      BIGINT NOT NULL,
    symbol    VARCHAR NOT NULL,
    scheme    VARCHAR NOT NULL,
    label     VARCHAR NOT NULL,
    first     DATE,
    last      DATE
);

-- one published return series on one day; key: source_id, name, session
CREATE TABLE series (
    source_id INTEGER NOT NULL,
    line      BIGINT NOT NULL,
    name      VARCHAR NOT NULL,
    session   DATE NOT NULL,
    value     DOUBLE NOT NULL
);

-- one IPO as one file tells of it; several files may tell of one; key: source_id, symbol, offer_date
CREATE TABLE ipos (
    source_id         INTEGER NOT NULL,
    line              BIGINT NOT NULL,
    symbol            VARCHAR NOT NULL,
    offer_date        DATE NOT NULL,
    company           VARCHAR,
    cusip             VARCHAR,
    permno            BIGINT,
    offer_price       DOUBLE,
    mid_price         DOUBLE,
    proceeds          DOUBLE,
    post_issue_shares DOUBLE,
    founded           INTEGER,
    is_adr            BOOLEAN,
    is_venture_backed BOOLEAN,
    is_dual_class     BOOLEAN,
    is_internet       BOOLEAN,
    is_spac           BOOLEAN,
    is_unit           BOOLEAN,
    is_reit           BOOLEAN,
    is_rollup         BOOLEAN,
    industry          VARCHAR,
    underwriter_rank  DOUBLE,
    total_assets      DOUBLE,
    secondary_share   DOUBLE
);

-- one earnings announcement; key: source_id, symbol, announced_on
CREATE TABLE announcements (
    source_id    INTEGER NOT NULL,
    line         BIGINT NOT NULL,
    symbol       VARCHAR NOT NULL,
    announced_on DATE NOT NULL,
    timing       VARCHAR,
    period       DATE,
    eps          DOUBLE,
    consensus    DOUBLE,
    analysts     BIGINT,
    price        DOUBLE
);

-- one symbol that left its exchange; key: source_id, symbol, session
CREATE TABLE delistings (
    source_id        INTEGER NOT NULL,
    line             BIGINT NOT NULL,
    symbol           VARCHAR NOT NULL,
    session          DATE NOT NULL,
    delisting_return DOUBLE,
    reason           VARCHAR
);

UPDATE schema_version SET version = 3;
