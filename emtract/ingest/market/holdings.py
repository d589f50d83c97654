"""The SEC's data sets of form 13F -> characteristics institutional_shares and institutional_value."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

import msgspec
import polars as pl

from emtract.errors import ConfigError, SourceError
from emtract.ingest.archives import MEMBER_LINES, read_members
from emtract.ingest.market.cells import read_texts
from emtract.ingest.market.fields import Field, Fields, Parsed, pick, parse_fields, read_fields
from emtract.ingest.market.options import Options, refuse, take
from emtract.ingest.market.sieve import firsts, make_batch, rejections, sift
