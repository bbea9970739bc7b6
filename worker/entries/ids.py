"""Ids of entries: the source's own if valid, else one minted from the source's key. Pure."""

import re
from functools import lru_cache
from hashlib import sha1
from uuid import UUID

from feeds.model import Entry
from feeds.text.dates import rfc3339
from feeds.text.urls import canonical, valid_id


def identity(source_key: str, guid: str, permalink: str, title: str, text: str) -> str:
    """The id of an entry within its source: an absolute ASCII URI, the same for the same input for ever."""
    if valid_id(guid):
        return guid
    if guid:
        return mint_urn(source_key, f"guid:{guid}")
    if permalink:
        return of_link(source_key, permalink)
    return mint_urn(source_key, f"text:{title}\n{text}")


def of_link(source_key: str, permalink: str) -> str:
    """The id of an entry that has a link and no guid."""
    return mint_urn(source_key, f"link:{canonical(permalink)}")


def is_of_link(source_key: str, entry: Entry) -> bool:
    """Whether an entry's id is that of its link, since it has no guid."""
    return entry.id.startswith("urn:uuid:") and entry.id == of_link(source_key, entry.permalink)


def candidate_ids(source_key: str, entry: Entry) -> tuple[str, ...]:
    """All ids under which an incoming entry may already be known; used to query the store."""
    ids = names(source_key, entry)
    return (*ids, *(own(source_key, id_) for id_ in ids), *filter(None, [steady(source_key, entry)]))


def names(source_key: str, entry: Entry) -> tuple[str, ...]:
    """The ids that an entry may have, from what it shares with others most often to what is its own: its guid (or what
    stands for one), and besides its link, the fragment of that, its title, all that it says, its date.
    """
    place = f"apart:{entry.id}\n{canonical(entry.permalink)}"
    part = fragment(entry.permalink)
    titled = f"{place}#{part}\n{entry.title}"
    said = (entry.text_digest, entry.digest, entry.markup[-16:])
    finer = [place, *([f"{place}#{part}"] if part else []), titled, "\n".join((titled, *said))]
    if entry.stated:
        finer.append(f"{finer[-1]}\n{rfc3339(entry.stated)}")
    return (entry.id, *(mint_urn(source_key, name) for name in finer))


# What servers add to addresses for each visit: by its name, or by a name that others use as well and a random value.
_SESSION = re.compile(
    r"(?P<before>[?&;]|&amp;)(?:"
    r"(?:php|j|asp|cf)?sess(?:ion)?[_-]?id[a-z]{0,8}=[^&#;?]*|(?:zenid|oscsid|xtcsid|cfid|cftoken)=[^&#;?]*"
    r"|(?:s|sid|sess|session|token|nonce|rnd|rand|random)="
    r"(?=[a-z_-]*[0-9])(?=[0-9_-]*[a-z])[a-z0-9_-]{8,}(?=[&#;]|\Z))",
    re.IGNORECASE,
)


def steady(source_key: str, entry: Entry) -> str:
    """A name of an entry without the token of a visit, which is another one at each poll; "" if its id has none."""
    named = canonical(entry.permalink) if is_of_link(source_key, entry) else entry.id
    lasting = _SESSION.sub(r"\g<before>", named)
    return mint_urn(source_key, f"steady:{lasting}") if lasting != named else ""


def fragment(link: str) -> str:
    return link.partition("#")[2]


def mint_urn(source_key: str, name: str) -> str:
    """urn:uuid of version 5 (RFC 9562 §5.5) in the namespace of the source's key.

    Gives the same result as `uuid.uuid5` in a fifth of the time; every incoming entry needs up to twelve.
    """
    # JSON can name half a character ("\\ud800"), which no bytes can hold.
    digest = sha1(_namespace(source_key) + name.encode("utf-8", "replace"), usedforsecurity=False).hexdigest()
    variant = "89ab"[int(digest[16], 16) & 3]
    return f"urn:uuid:{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:32]}"


@lru_cache(maxsize=256)
def _namespace(source_key: str) -> bytes:
    return UUID(source_key).bytes


def own(source_key: str, id_: str) -> str:
    """An id of our own for an entry whose id another source's entry already has."""
    return mint_urn(source_key, f"own:{id_}")
