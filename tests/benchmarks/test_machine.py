import numpy as np
import pytest

from emtract.model.onnx import load_graph
from tests.benchmarks.machine import (
    MatrixRate,
    describe_machine,
    int8_instructions,
    processor,
    write_product,
)
from tests.benchmarks.measure import Timing

CPUINFO = (
    "processor\t: 0\nmodel name\t: AMD EPYC\nflags\t\t: fpu avx2 avx512_bf16 avx512_vnni\n\n"
    "processor\t: 1\nmodel name\t: other\n"
)


def test_the_first_processor_is_named_with_the_instruction_sets_that_matter():
    assert processor(CPUINFO) == ("AMD EPYC", ("avx2", "avx512_vnni", "avx512_bf16"))


def test_a_machine_without_cpuinfo_is_described_too(tmp_path):
    rows = {row.name: row for row in describe_machine(tmp_path / "none")}
    assert rows["instruction sets"].value == "not known"
    assert "onnxruntime" in rows["python"].note
    assert rows["cores"].value >= 1


def test_the_fastest_instruction_set_for_int8_is_named():
    assert int8_instructions(("avx2", "avx512_vnni", "amx_int8")) == "amx_int8"
    assert int8_instructions(("avx2",)) == "none of its own"


@pytest.mark.parametrize(("arithmetic", "nearness"), [("fp32", 1e-5), ("int8", 2e-2)])
def test_the_timed_product_is_the_product_that_its_graph_describes(tmp_path, arithmetic, nearness):
    pytest.importorskip("onnx", reason="needs the train extra")
    import onnx

    write_product(tmp_path / "product.onnx", 64)
    constants = {
        item.name: onnx.numpy_helper.to_array(item) for item in onnx.load(tmp_path / "product.onnx").graph.initializer
    }
    rows = np.random.default_rng(2).integers(-127, 128, (8, 64))
    found = load_graph(tmp_path / "product.onnx", runtime="auto", arithmetic=arithmetic, threads=1)(rows)
    wanted = rows.astype(np.float64) @ (constants["codes"] * constants["scales"].astype(np.float64))
    assert np.abs(found - wanted).max() < nearness * np.abs(wanted).max()


def test_a_rate_counts_two_operations_a_multiply_add_of_every_product(tmp_path):
    rate = MatrixRate({"fp32": Timing((2.0,)), "int8": Timing((1.0,))}, 100, 2)
    assert (rate["fp32"], rate["int8"]) == (2e6, 4e6)
    (tmp_path / "cpu").write_text(CPUINFO, encoding="utf-8")
    assert [row.name for row in rate.rows(tmp_path / "cpu")] == ["matrix rate, fp32", "matrix rate, int8"]
    assert "avx512_vnni" in rate.rows(tmp_path / "cpu")[1].note
