"""What a Word document says of not being for readers, beside its text: by a watermark, the head and foot of its pages,
its properties and the label of its sensitivity. Readers never see these, and writers mark drafts there. Pure.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import islice

from lxml import etree

from worker.seeds.newswire.context import SeedContext
from worker.seeds.readers import header_keys, header_lines, holding_lines
from worker.seeds.readers.ooxml import V, W

_CUSTOM = "docProps/custom.xml"
_MOST = 200
# Between the name of a house, the number of the page and what else stands on it.
_DASH = re.compile(r"\s+[-–—:]\s+|[()\[\]•·]")


def marks(
    parts: Mapping[str, bytes], core: Mapping[str, str], keywords: tuple[str, ...], context: SeedContext
) -> Iterator[tuple[str, str]]:
    """What says that the document is no article, or not yet, as keys and values for `Reading.publication`.

    parts: well-formed XML. core: its core properties, of which `keywords` are those that become categories.
    """
    if header_lines.holds({"status": core.get("contentStatus", "")}):
        yield "status", core["contentStatus"]
    yield from (("keywords", word) for word in filter(header_keys.aside, keywords))
    titled = [part for part in _DASH.split(core.get("title", "").replace(":", " : ")) if part.strip()]
    if any(holding_lines.verdict(part, context) for part in (*titled[:1], *filter(str.isupper, titled))):
        yield "title", core["title"]
    for key in ("subject", "description"):
        if _says(core.get(key, ""), context):
            yield key, core[key]
    if _CUSTOM in parts:
        for name, said in _properties(etree.fromstring(parts[_CUSTOM])):
            labelled = name.startswith("MSIP_Label_") and name.endswith("_Name")
            words = re.split(r"[\s\\/]+", said)
            kept = any(header_keys.says(word) == "held" or header_keys.unready(word) for word in words)
            if (labelled and kept) or header_lines.holds({name: said}) or header_keys.unready(said):
                yield "label" if labelled else name, said
    for name in sorted(parts):
        if name.startswith(("word/header", "word/footer")) and name.endswith(".xml"):
            yield from _of_pages(etree.fromstring(parts[name]), context)


def _properties(root: etree._Element) -> Iterator[tuple[str, str]]:
    for one in islice(root, _MOST):
        yield one.get("name") or "", " ".join("".join(map(str, one.itertext())).split())


def _of_pages(root: etree._Element, context: SeedContext) -> Iterator[tuple[str, str]]:
    """Words of a watermark, and lines at the head or the foot of pages."""
    for path in islice(root.iter(V + "textpath"), _MOST):
        said = " ".join((path.get("string") or "").split())
        if _says(said, context):
            yield "watermark", said
    for paragraph in islice(root.iter(W + "p"), _MOST):
        line = "".join(
            "\t" if part.tag in (W + "tab", W + "ptab", W + "br") else part.text or ""
            for part in paragraph.iter(W + "t", W + "tab", W + "ptab", W + "br")
        )
        columns = re.split(r"[\t|]", line)
        whole = " ".join(line.split())
        # A day may be behind a dash, so that an embargo counts with all that is beside it.
        dated = holding_lines.names_embargo(whole, sure=False)
        parts = [] if dated else [part for column in columns for part in _DASH.split(column)]
        if any(_says(part.strip(), context) for part in (whole, *columns, *parts)):
            yield "the head or foot of its pages", whole


def _says(line: str, context: SeedContext) -> bool:
    return bool(line) and (bool(holding_lines.verdict(line, context, top=True)) or header_keys.aside(line))
