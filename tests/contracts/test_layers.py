"""Whoever wants only to read the feeds takes `contracts` and pydantic, and nothing else."""

import sys

import grimp


def test_contracts_need_pydantic_and_the_standard_library_only() -> None:
    graph = grimp.build_graph("contracts", include_external_packages=True)
    outside = {module.partition(".")[0] for module in graph.modules} - {"contracts"}
    assert outside - sys.stdlib_module_names <= {"pydantic", "pydantic_core"}
