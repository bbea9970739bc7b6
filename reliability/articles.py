"""Articles of every kind of seed file, each with a title of its own and words that no other has."""

import io
import random
import zipfile
from dataclasses import dataclass

KINDS = ("txt", "md", "markdown", "html", "htm", "docx")
_WORDS = (
    "harbour keeper lamp wind quay boat tide rope market bridge ferry storm winter council school river street lantern"
    " signal engine ticket window garden bakery library station museum orchestra referee captain doctor teacher painter"
    " carpenter neighbour festival election budget report meeting decision promise question answer morning evening"
).split()
_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
_RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)


@dataclass(frozen=True, slots=True)
class Article:
    """n: names it; version: grows with each edit, and is in its text. kind: one of KINDS."""

    n: int
    kind: str
    version: int = 1

    @property
    def title(self) -> str:
        return f"Story {self.n} of the {_WORDS[self.n % len(_WORDS)]}"

    @property
    def mark(self) -> str:
        """What only this version of this article says."""
        return f"Edition {self.version} of notice {self.n}."

    def paragraphs(self) -> list[str]:
        # The same for every version, so that an edit is an edit and no other story.
        chance = random.Random(self.n)
        sentences = [f"{' '.join(chance.choices(_WORDS, k=12)).capitalize()}." for _ in range(9)]
        return [" ".join(sentences[:3]), " ".join(sentences[3:6]), " ".join(sentences[6:]), self.mark]

    def body(self, picture: str = "") -> bytes:
        """picture: name of a file beside it to show; for Markdown and HTML."""
        match self.kind:
            case "txt":
                return "\n\n".join([self.title, *self.paragraphs()]).encode()
            case "md":
                shown = [f"![The quay]({picture})"] if picture else []
                return "\n\n".join([f"# {self.title}", *shown, *self.paragraphs()]).encode()
            case "markdown":
                text = "\n\n".join(self.paragraphs())
                return f'---\ntitle: "{self.title}"\ntags: [news]\n---\n\n{text}\n'.encode()
            case "docx":
                return _docx([self.title, *self.paragraphs()])
        image = f'<p><img src="{picture}" alt="The quay"></p>' if picture else ""
        text = f"<h1>{self.title}</h1>{image}" + "".join(f"<p>{one}</p>" for one in self.paragraphs())
        page = f"<!DOCTYPE html><html lang=en><head><title>{self.title}</title></head><body><article>{text}</article>"
        return (text if self.kind == "htm" else f"{page}</body></html>").encode()


def _docx(paragraphs: list[str]) -> bytes:
    lines = "".join(f"<w:p><w:r><w:t>{line}</w:t></w:r></w:p>" for line in paragraphs)
    relation = f'<Relationship Id="r1" Type="{_OFFICE}" Target="word/document.xml"/>'
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_RELATIONS}">{relation}</Relationships>')
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{_W}"><w:body>{lines}</w:body></w:document>')
    return out.getvalue()
