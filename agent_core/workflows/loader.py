"""Reads a brand folder as a whole and makes a release of it, or says with file, line and reason why not (R-F1, R-A9).

The only module here that touches a disk, and it only reads: one folder, no file outside it, no link, nothing larger than its
bounds. A folder with any finding makes no release; whoever holds an older one keeps it.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, TypeVar

from agent_core.contract.canonical import canonical
from agent_core.contract.errors import Invalid
from agent_core.workflows import reviewing
from agent_core.workflows.brand_checks import brand_findings
from agent_core.workflows.dataflow import dataflow_findings
from agent_core.workflows.findings import BrandInvalid, Finding, shown
from agent_core.workflows.parsing import parse_behaviour, parse_brand, parse_workflow
from agent_core.workflows.release import KnowledgeFile, Release, ReleaseContent
from agent_core.workflows.reviewing import parse_review
from agent_core.workflows.step_checks import step_findings
from agent_core.workflows.tools import ToolCatalog, ToolDeclaration
from agent_core.workflows.tools_file import parse_tools
from agent_core.workflows.workflow import Workflow
from agent_core.workflows.yaml_text import MAX_BYTES, Located, YamlRefused, read_yaml

_T = TypeVar("_T")

CheckPolicy = Callable[[str, str, Iterable[ToolDeclaration]], list[Finding]]
"""Given the text of `authority.cedar`, how findings name it, and the brand's tools: every reason why it cannot go live."""

MAX_WORKFLOWS = 20_000
MAX_KNOWLEDGE_FILES = 2_000
_SINGLE: Final = ("brand.yaml", "behaviour.yaml", "tools.yaml", "authority.cedar")
_OPTIONAL: Final = (reviewing.FILE,)
_FOLDERS: Final = {"workflows": ".yaml", "knowledge": ".md"}


def no_policy_check(text: str, source: str, tools: Iterable[ToolDeclaration]) -> list[Finding]:
    """Accepts any policy text. For tests of other things only: authority checks it before anything goes live."""
    del text, source, tools
    return []


def read_files(path: Path) -> Mapping[str, bytes] | None:
    """The files of a folder by name, in order; none where one of them may not be there or cannot be read."""
    folder = _Folder(path)
    try:
        files = folder.read()
    except BrandInvalid:
        return None
    return None if folder.findings else files


def load_brand(path: Path, *, tools: ToolCatalog, check_policy: CheckPolicy) -> Release:
    """The release of a brand folder.

    Args:
        path: The folder.
        tools: What this installation can do.
        check_policy: Judges the policy text; injected, since policy is authority's business.

    Raises:
        BrandInvalid: With every finding there is.
    """
    folder = _Folder(path)
    files = folder.read()
    findings = folder.findings
    parsed = {name: _yaml(data, name, findings) for name, data in files.items() if name.endswith(".yaml")}
    brand = _parsed(parse_brand, parsed.get("brand.yaml"), findings)
    behaviour = _parsed(parse_behaviour, parsed.get("behaviour.yaml"), findings)
    review = _parsed(parse_review, parsed.get(reviewing.FILE), findings)
    chosen = parse_tools(parsed.get("tools.yaml"), tools, findings)
    workflows = [
        (workflow, located)
        for name, located in parsed.items()
        if name.startswith("workflows/") and located is not None
        for workflow in (_parsed(parse_workflow, located, findings),)
        if workflow is not None
    ]
    for workflow, located in workflows:
        findings.extend(step_findings(workflow, located, chosen.tools, chosen.unread))
        findings.extend(dataflow_findings(workflow, located, chosen.tools))
    if len(workflows) == sum(name.startswith("workflows/") for name in files):
        # A workflow that could not be read may be the one that owns a tool: no second fault is made of the first.
        findings.extend(chosen.unused(workflow for workflow, _ in workflows))
    findings.extend(_across(workflows))
    # Of tools that could not be read policy knows nothing: no second fault is made of the first.
    judge = no_policy_check if any(finding.file == "tools.yaml" for finding in findings) else check_policy
    policy = _policy(files.get("authority.cedar"), judge, chosen.tools.values(), findings)
    if brand is not None:
        located = parsed["brand.yaml"]
        assert located is not None
        findings.extend(brand_findings(brand, behaviour, located, parsed.get("behaviour.yaml"), workflows, path.name))
    if findings or brand is None or behaviour is None:
        raise BrandInvalid(findings)
    content = ReleaseContent(
        brand=brand,
        behaviour=behaviour,
        workflows=tuple(sorted((workflow for workflow, _ in workflows), key=lambda workflow: workflow.name)),
        tools=tuple(tool for _, tool in sorted(chosen.tools.items())),
        systems=tuple(system for _, system in sorted(chosen.systems.items())),
        policy=policy,
        knowledge=tuple(
            KnowledgeFile(name=name.removeprefix("knowledge/"), text=data.decode())
            for name, data in sorted(files.items())
            if name.startswith("knowledge/")
        ),
        review=review,
    )
    return _released(content)


def _released(content: ReleaseContent) -> Release:
    try:
        return Release.of(content)
    except Invalid as error:
        raise BrandInvalid([_whole(".", "not_canonical", f"The folder has no canonical form: {error.message}")]) from error


def _yaml(data: bytes, name: str, findings: list[Finding]) -> Located | None:
    try:
        return read_yaml(data, name)
    except YamlRefused as refused:
        findings.append(refused.finding)
        return None


def _parsed(
    parse: Callable[[Located, list[Finding]], _T | None], located: Located | None, findings: list[Finding]
) -> _T | None:
    return None if located is None else parse(located, findings)


def _policy(data: bytes | None, check_policy: CheckPolicy, tools: Iterable[ToolDeclaration], findings: list[Finding]) -> str:
    if data is None:
        return ""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        findings.append(
            Finding(file="authority.cedar", line=line, column=0, code="not_utf8", message="This is not UTF-8 text.")
        )
        return ""
    findings.extend(check_policy(text, "authority.cedar", tools))
    return text


def _across(workflows: list[tuple[Workflow, Located]]) -> Iterator[Finding]:
    """Names that must be unique in the brand."""
    names: dict[str, str] = {}
    intents: dict[str, str] = {}
    for workflow, located in workflows:
        if workflow.name in names:
            yield located.finding(
                ("name",), "duplicate_workflow", f"`{workflow.name}` is already in {names[workflow.name]}."
            )
        names.setdefault(workflow.name, located.file)
        if located.file != f"workflows/{workflow.name}.yaml":
            yield located.finding(
                ("name",), "file_name", f"The file of `{workflow.name}` is workflows/{workflow.name}.yaml."
            )
        for number, intent in enumerate(workflow.intents):
            if intent.id in intents:
                yield located.finding(
                    ("intents", number, "id"), "duplicate_intent", f"`{intent.id}` is already in {intents[intent.id]}."
                )
            intents.setdefault(intent.id, located.file)


def _whole(file: str, code: str, message: str) -> Finding:
    return Finding(file=file, line=0, column=0, code=code, message=message)


class _Folder:
    """The files of one folder, bounded; links and anything that does not belong there are findings."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.findings: list[Finding] = []

    def read(self) -> Mapping[str, bytes]:
        """Every file by its name inside the folder, names sorted."""
        try:
            entries = sorted(os.scandir(self._path), key=lambda entry: entry.name)
        except OSError as error:
            raise BrandInvalid(
                [_whole(".", "no_folder", f"This is not a readable folder: {shown(os.strerror(error.errno or 0), 80)}.")]
            ) from error
        files: dict[str, bytes] = {}
        for entry in entries:
            if entry.name in _SINGLE or entry.name in _OPTIONAL:
                self._file(entry, entry.name, files)
            elif entry.name in _FOLDERS:
                self._inside(entry, _FOLDERS[entry.name], files)
            elif not entry.name.startswith(".") and entry.name != "README.md":
                self._find(shown(entry.name), "unknown_file", "A brand folder has no such file.")
        for name in _SINGLE:
            if name not in files and not any(finding.file == name for finding in self.findings):
                self._find(name, "missing_file", "This file is missing.")
        if not any(name.startswith("workflows/") for name in files):
            self._find("workflows", "no_workflows", "There is no workflow; an agent without one can do nothing.")
        return dict(sorted(files.items()))

    def _inside(self, folder: os.DirEntry[str], ending: str, files: dict[str, bytes]) -> None:
        if folder.is_symlink() or not folder.is_dir(follow_symlinks=False):
            self._find(folder.name, "not_a_folder", "This must be a folder of its own, not a link or a file.")
            return
        limit = MAX_WORKFLOWS if ending == ".yaml" else MAX_KNOWLEDGE_FILES
        entries = sorted(os.scandir(folder.path), key=lambda entry: entry.name)
        if len(entries) > limit:
            self._find(folder.name, "too_many_files", f"There are more than {limit} files.")
            return
        for entry in entries:
            name = f"{folder.name}/{shown(entry.name)}"
            if entry.name.startswith("."):
                continue
            if not entry.name.endswith(ending) or not entry.name.isprintable():
                self._find(name, "unknown_file", f"Only `*{ending}` files stand here.")
                continue
            self._file(entry, name, files)

    def _file(self, entry: os.DirEntry[str], name: str, files: dict[str, bytes]) -> None:
        if entry.is_symlink():
            self._find(name, "link", "Links are not followed; put the file itself here.")
            return
        try:
            # O_NOFOLLOW and fstat: what is checked is what is read, also when somebody swaps the file meanwhile.
            handle = os.open(entry.path, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0))
        except OSError as error:
            self._find(name, "unreadable", f"The file cannot be read: {shown(os.strerror(error.errno or 0), 80)}.")
            return
        with os.fdopen(handle, "rb") as file:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                self._find(name, "not_a_file", "This is not a plain file.")
                return
            data = file.read(MAX_BYTES + 1)
        if len(data) > MAX_BYTES:
            self._find(name, "file_too_large", f"The file is larger than {MAX_BYTES // 1024} KiB.")
            return
        if name.endswith(".md"):
            try:
                canonical(data.decode())
            except (UnicodeDecodeError, Invalid):
                self._find(name, "not_utf8", "The file is not UTF-8 text.")
                return
        files[name] = data

    def _find(self, file: str, code: str, message: str) -> None:
        self.findings.append(_whole(file, code, message))
