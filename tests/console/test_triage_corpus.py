"""Every poisoned transcript of the corpus is shown with each of its faults in place, and so is its repair (R-M4, R-A8)."""

from pathlib import Path

from agent_core.contract.triage import DiagnoseWanted
from agent_core.service.file_diagnosis import diagnosed
from console import texts_repairs
from console.presenting.triage_compare import file_repair_items
from console.presenting.triage_request import file_items
from console.presenting.triage_side import file_calls, file_changes, file_diagnosis
from console.state.triage import TriageFile
from console.widgets.triage.items import ComparedPair, RequestPiece


def test_R_M4_no_fault_of_any_poisoned_transcript_is_lost_on_the_way_to_the_screen(fixtures: Path) -> None:
    names = sorted((fixtures / "corpora" / "poisoned").glob("*.json"))
    assert names
    for path in names:
        data = path.read_bytes()
        answer = diagnosed(data, DiagnoseWanted(file=""))
        shown = [fault.words for one in file_items(answer) if isinstance(one, RequestPiece) for fault in one.faults]
        assert sorted(set(shown)) == sorted({one.sentence for one in answer.findings}), path.name
        assert len(shown) >= len(answer.findings), path.name
        file = TriageFile(path.name, len(data), 1, "shown", "", answer)
        assert file_diagnosis(file).title, path.name
        assert all(one.what in texts_repairs.REPAIRS for one in answer.changes), path.name
        assert (file_changes(file) is None) == (not answer.changes), path.name
        assert len({one.key for one in file_calls(file, 0)}) == len(file_calls(file, 0)), path.name
        keys = [one.key for one in file_items(answer)]
        assert len(keys) == len(set(keys)), path.name
        for pair in file_repair_items(answer):
            if isinstance(pair, ComparedPair):
                assert pair.left is not None or pair.right is not None, path.name
