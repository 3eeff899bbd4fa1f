"""`python -m console.language`: what a translator needs: `update de` and `missing de`.

`update` brings a file to the texts of today: it keeps every translation whose English is still the same, adds what is
new with nothing said, and leaves out what is no longer there.
"""

import argparse
import sys
from collections.abc import Sequence

from console.language.catalogue import TEXTS, entries_for, load
from console.language.po import UnreadableTexts, read, usable, write


def main(arguments: Sequence[str] | None = None) -> int:
    """Bring a language's file up to date, or list what it does not say; returns 1 when something is missing."""
    parser = argparse.ArgumentParser(prog="python -m console.language", description="Texts of the console in a language.")
    parser.add_argument("what", choices=("update", "missing"))
    parser.add_argument("tag")
    options = parser.parse_args(arguments)
    path = TEXTS / f"{options.tag}.po"
    try:
        language, fields = load(options.tag), read(path.read_text(encoding="utf-8"))[0]
    except UnreadableTexts as error:
        if path.exists():
            sys.stderr.write(f"{error.detail}\n")
            return 2
        language = None
        fields = {"Language": options.tag, "X-Name": options.tag, "MIME-Version": "1.0"}
        fields |= {"Content-Type": "text/plain; charset=UTF-8", "Content-Transfer-Encoding": "8bit"}
        fields["Plural-Forms"] = "nplurals=2; plural=n != 1;"
    entries = tuple(entries_for(language))
    missing = [one for one in entries if not usable(one)]
    if options.what == "update":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write(fields, entries), encoding="utf-8")
    else:
        sys.stdout.writelines(f"{one.context}: {one.one}\n" for one in missing)
    sys.stdout.write(f"{len(entries) - len(missing)} of {len(entries)} texts in {options.tag}\n")
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
