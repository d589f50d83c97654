"""The shard function: pure, idempotent, whole or not there."""

import errno
import hashlib
import json
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from uuid import UUID

import numpy as np
import polars as pl
import pyarrow.parquet as pq
import pytest

from emtract.emotions import EMOTIONS
from emtract.errors import SourceError, StoreError
from emtract.scoring import score_store, shards
from emtract.scoring.engine import export_shards
from emtract.scoring.pending import Scope, ScoreKey, find_pending
from emtract.scoring.shards import Shard, manifest_path, read_manifest, read_scores, score_shard
from emtract.store import Store
from emtract.text import CLEANER_VERSION
from tests.conftest import FakeScorer
from tests.model.fakes import StanceScorer
from tests.scoring.fakes import fill, words, write_texts

ROOT = Path(__file__).parent.parent.parent
N = 50


@pytest.fixture
def source(tmp_path):
    write_texts(tmp_path / "a.texts.parquet", N)
    return tmp_path / "a.texts.parquet"


@pytest.fixture
def target(source):
    return source.with_name("a.scores.parquet")


def digest(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_scores_stand_in_the_order_of_the_source_beside_their_manifest(source, target, scorer, monkeypatch):
    monkeypatch.setattr(shards, "BATCH", 20)
    seen = []
    manifest = score_shard(source, target, scorer, progress=seen.append)
    frame = read_scores(target)
    expected = FakeScorer().score([words(i) for i in range(N)])
    assert frame["text_key"].to_list() == [str(UUID(int=i)) for i in range(N)]
    assert np.array_equal(frame.select(EMOTIONS).to_numpy(), expected.probabilities)
    assert frame.schema["fear"] == pl.Float32 and frame["n_tokens"].to_list() == expected.n_tokens.tolist()
    assert seen == [20, 40, 50]
    written = json.loads(manifest_path(target).read_text())
    assert written["source_sha256"] == digest(source) and written["target_sha256"] == digest(target)
    assert (written["rows"], written["scorer"], written["revision"], written["cleaner"]) == (
        N,
        "fake",
        "1",
        CLEANER_VERSION,
    )
    assert written["emtract"]
    assert read_manifest(target) == manifest
    assert sorted(p.name for p in target.parent.iterdir()) == [target.name, f"{target.name}.json", source.name]


def test_a_scorer_of_stances_writes_their_columns_too(source, target, scorer):
    score_shard(source, target, scorer)
    plain = read_scores(target)
    score_shard(source, target, StanceScorer())
    told = read_scores(target)
    assert told.columns == [*plain.columns, "bearish", "bullish"]
    expected = StanceScorer().score([words(i) for i in range(N)]).stance
    assert np.array_equal(told.select("bearish", "bullish").to_numpy(), expected[:, [0, 2]])


def test_a_shard_without_texts_has_the_columns_of_its_scorer(source, target):
    write_texts(source, 0)
    score_shard(source, target, StanceScorer())
    assert read_scores(target).columns[-2:] == ["bearish", "bullish"] and read_scores(target).height == 0


def test_a_finished_shard_is_left_as_it_is(source, target, scorer):
    first = score_shard(source, target, scorer)
    before = target.stat().st_mtime_ns, len(scorer.read)
    assert score_shard(source, target, scorer) == first
    assert (target.stat().st_mtime_ns, len(scorer.read)) == before


def cut(source, target):
    target.write_bytes(target.read_bytes()[: target.stat().st_size // 2])


def flip(source, target):
    data = bytearray(target.read_bytes())
    data[len(data) // 3] ^= 4
    target.write_bytes(data)


def other_texts(source, target):
    write_texts(source, N - 1)


def cut_manifest(source, target):
    path = manifest_path(target)
    path.write_bytes(path.read_bytes()[:-30])


def no_manifest(source, target):
    manifest_path(target).unlink()


def no_target(source, target):
    target.unlink()


def foreign_manifest(source, target):
    manifest_path(target).write_text("[1, 2]")


@pytest.mark.parametrize("fault", [cut, flip, other_texts, cut_manifest, no_manifest, no_target, foreign_manifest])
def test_a_shard_that_does_not_agree_is_made_anew(source, target, scorer, fault):
    score_shard(source, target, scorer)
    whole = target.read_bytes()
    fault(source, target)
    shard = Shard(source, N, N, digest(source))
    assert shard.finished() is None
    again = FakeScorer()
    score_shard(source, target, again)
    assert len(again.read) == (N - 1 if fault is other_texts else N)
    assert fault is other_texts or target.read_bytes() == whole
    assert shard.finished() is not None


def test_another_revision_makes_it_anew(source, target, scorer):
    score_shard(source, target, scorer)
    scorer.revision = "2"
    assert score_shard(source, target, scorer).revision == "2"
    assert len(scorer.read) == 2 * N


def test_texts_of_another_cleaner_are_refused(tmp_path, scorer):
    write_texts(tmp_path / "b.texts.parquet", 3, cleaner="0")
    with pytest.raises(
        SourceError, match=rf"texts of cleaner 0, the scorer reads texts of {CLEANER_VERSION}: .*emtract shards write"
    ):
        score_shard(tmp_path / "b.texts.parquet", tmp_path / "b.scores.parquet", scorer)


@pytest.mark.parametrize("content", [None, b"", b"PAR1 but no more", "half"])
def test_a_source_that_is_none_is_named(source, target, scorer, content):
    if content is None:
        source.unlink()
    else:
        whole = source.read_bytes()
        source.write_bytes(whole[: len(whole) // 2] if content == "half" else content)
    with pytest.raises(SourceError, match=r"a\.texts\.parquet cannot be read as a shard of texts"):
        score_shard(source, target, scorer)
    assert not target.exists()


def test_other_columns_are_refused(tmp_path, scorer, source, target):
    meta = {b"emtract.cleaner": CLEANER_VERSION.encode()}
    pq.write_table(pl.DataFrame({"body": ["x"]}).to_arrow().replace_schema_metadata(meta), source)
    with pytest.raises(SourceError, match="its columns are body"):
        score_shard(source, target, scorer)


def test_what_interrupts_scoring_leaves_no_half_file(source, target, monkeypatch):
    monkeypatch.setattr(shards, "BATCH", 20)
    with pytest.raises(KeyboardInterrupt):
        score_shard(source, target, FakeScorer(fail_after=20))
    assert [p.name for p in target.parent.iterdir()] == [source.name]


def test_an_empty_shard_is_a_shard(tmp_path, scorer):
    write_texts(tmp_path / "e.texts.parquet", 0)
    assert score_shard(tmp_path / "e.texts.parquet", tmp_path / "e.scores.parquet", scorer).rows == 0
    assert read_scores(tmp_path / "e.scores.parquet").height == 0


def test_every_key_survives_the_way_to_a_file_and_back(tmp_path, scorer):
    """The largest keys and those at the sign bit are where a detour over floats or signed integers loses digits."""
    hard = [0, 1, 2**63, 2**64 - 1, 2**64, 2**127 - 1, 2**127, 2**128 - 1, 2**53 + 1, 10**38 + 7]
    with Store.open(tmp_path / "s.duckdb") as store:
        fill(store, 5_000)
        score_store(store, scorer, scope=Scope(limit=1))
        store.execute(
            "INSERT INTO texts SELECT CAST(k AS UHUGEINT), $cleaner, 'hard ' || k FROM (SELECT unnest($keys) AS k)",
            keys=[str(key) for key in hard],
            cleaner=CLEANER_VERSION,
        )
        store.execute(
            "INSERT INTO cleaned SELECT 1, $cleaner, text_key, 'words', false FROM texts WHERE text LIKE 'hard %'",
            cleaner=CLEANER_VERSION,
        )
        pending = find_pending(store, ScoreKey.of(scorer), Scope())
        for shard in export_shards(store, tmp_path, pending, cleaner=CLEANER_VERSION, size=2_000):
            score_shard(shard.source, shard.target, scorer)
        store.execute("DELETE FROM text_scores")
        score_store(store, scorer, scope=Scope(limit=1))
        store.execute("DELETE FROM text_scores")
        (tmp_path / "s.duckdb.work").mkdir()
        for path in tmp_path.glob("0*"):
            path.rename(tmp_path / "s.duckdb.work" / path.name)
        assert score_store(store, scorer).taken_in == pending.texts
        lost = store.sql("SELECT text FROM texts ANTI JOIN text_scores USING (text_key, cleaner)")
        assert lost.height == 0
        assert store.sql("SELECT count(*) AS n FROM text_scores ANTI JOIN texts USING (text_key, cleaner)").item() == 0


FULL = """
    import os
    import sys
    from pathlib import Path
    from emtract.errors import StoreError
    from emtract.scoring import Scope, score_store
    from emtract.scoring.runners import LocalRunner
    from emtract.store import Store
    from tests.conftest import FakeScorer
    from tests.scoring.fakes import FakeInstrument, fill

    folder, workers, room = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    runner = LocalRunner(FakeInstrument(), workers, shard_texts=2_000) if workers else None
    with Store.open(folder / "s.duckdb") as store:
        fill(store, 20_000)
        score_store(store, FakeScorer(), scope=Scope(limit=1))
    free = os.statvfs(folder)
    (folder / "ballast").write_bytes(bytes(free.f_bavail * free.f_frsize - room))
    try:
        with Store.open(folder / "s.duckdb") as store:
            score_store(store, FakeScorer(), runner=runner)
    except StoreError as error:
        print("ONE LINE", error)
"""


@pytest.mark.parametrize(("workers", "room"), [(0, 0), (0, 400_000), (2, 0), (2, 1_200_000)])
def test_a_full_disk_is_one_clear_line_and_nothing_is_lost(tmp_path, workers, room):
    """On a small disk of its own, in a mount namespace, with so many bytes left when scoring begins."""
    unshare = shutil.which("unshare")
    if unshare is None or subprocess.run([unshare, "-rm", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no disk of its own can be mounted here")
    disk, kept, script = tmp_path / "disk", tmp_path / "kept", tmp_path / "full.py"
    disk.mkdir()
    script.write_text(textwrap.dedent(FULL))
    command = (
        f"mount -t tmpfs -o size=20m none {disk} && {sys.executable} {script} {disk} {workers} {room}; "
        f"rm {disk}/ballast; cp -r {disk} {kept}"
    )
    environment = {"PYTHONPATH": ":".join([str(ROOT), *sys.path]), "PATH": "/usr/bin:/bin:/usr/sbin:/sbin"}
    done = subprocess.run(
        [unshare, "-rm", "sh", "-c", command], capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    )
    assert done.stdout.startswith("ONE LINE"), done.stdout + done.stderr
    assert done.stdout.count("\n") == 1
    assert not done.stderr
    with Store.open(kept / "s.duckdb") as store:
        score_store(store, FakeScorer())
        assert store.count("texts") == store.count("text_scores") == 20_000
        assert not (kept / "s.duckdb.work").exists()
        store.check()


def test_a_full_disk_while_a_shard_is_written_is_one_clear_line(source, target, scorer, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shards.pq.ParquetWriter, "write_batch", full)
    with pytest.raises(StoreError, match=r"cannot write .*No space left on device.*what was finished is kept"):
        score_shard(source, target, scorer)
    assert [p.name for p in target.parent.iterdir()] == [source.name]
