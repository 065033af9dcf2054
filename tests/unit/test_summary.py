"""What the summary of a build says."""

from sao.files import write_json
from sao.papers.summary import summary_values


def test_stages_of_other_schemes_and_targets_are_left_out(tmp_path):
    for scheme in ("int8", "int4"):
        made = [f"pte/dit.{scheme}.pte", f"pte/dit.{scheme}.json"]
        write_json(tmp_path / f"benchmarks/build.dit.{scheme}.json", {"made": made, "wall_s": 1})
    write_json(tmp_path / "sound.json", {"comparison": {}})
    values = summary_values(
        [],
        ["sound.wav"],
        [str(tmp_path / "sound.json")],
        str(tmp_path / "benchmarks"),
        ["pte/dit.int8.pte", "bundle"],
    )
    assert list(values["stages"]) == ["build.dit.int8"]
