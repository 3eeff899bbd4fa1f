"""The pages of the user guide, read from `resources/help`: Markdown that people can also read in the repository (R-M8).

A page is a file `NN-name.md`; its first line is its title. A language without a page of its own shows the English one. It
must never read a file outside its folder, whatever a page names.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from console.theme.assets import RESOURCES, AssetMissing
from console.theme.tokens import ThemeName

HELP: Final = RESOURCES / "help"
FIRST: Final = "start"
_ENGLISH: Final = "en"


@dataclass(frozen=True, slots=True)
class GuidePage:
    """One page.

    Attributes:
        key: Its name, e.g. `approvals`; a workspace's page has the workspace's name.
        title: Its first heading.
        text: All of it, as Markdown.
    """

    key: str
    title: str
    text: str


def guide_pages(language: str = _ENGLISH, folder: Path = HELP) -> tuple[GuidePage, ...]:
    """Every page in its order, in a language as far as it goes.

    Raises:
        AssetMissing: There is no guide.
    """
    files = {file.name: file for file in sorted((folder / _ENGLISH).glob("[0-9][0-9]-*.md"))}
    files |= {file.name: file for file in (folder / language).glob("[0-9][0-9]-*.md") if file.name in files}
    if not files:
        raise AssetMissing(str(folder))
    return tuple(_page(file) for _, file in sorted(files.items()))


def picture_file(name: str, theme: ThemeName, folder: Path = HELP) -> Path | None:
    """The file of a picture that a page names, in the theme that is shown; None when it is none of ours.

    Args:
        name: As the page says it, e.g. `../images/live-light.png`.
        theme: What is shown now: a page names the light one.
        folder: Where the guide lies.
    """
    images = (folder / "images").resolve()
    wanted = Path(name).name
    if theme == "dark" and wanted.endswith("-light.png"):
        wanted = f"{wanted.removesuffix('-light.png')}-dark.png"
    file = (images / wanted).resolve()
    return file if file.parent == images and file.is_file() else None


def _page(file: Path) -> GuidePage:
    text = file.read_text(encoding="utf-8")
    title = text.partition("\n")[0].removeprefix("# ").strip()
    return GuidePage(file.stem[3:], title, text)
