from tests.benchmarks.machine import describe_machine, processor

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
