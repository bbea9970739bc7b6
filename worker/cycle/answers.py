"""What an answer comes to before a document is read, or if there is none: most polls end here.

Apart from `worker.cycle.retrieve`, which imports all that reads documents.
"""

from dataclasses import dataclass

from feeds.errors import LATER, FetchError, ParseError, unforeseen
from feeds.model import Source, Subscription
from feeds.text.urls import without_credentials
from worker.model import Fetched, Retrieved


@dataclass(frozen=True, slots=True)
class Unread:
    """A document for an executor. zone: the time zone of dates without one, unless the source has its own.

    slow: whether it may take its full time in a child. push: the number of the pushed document in the inbox, or 0.
    """

    subscription: Subscription
    fetched: Fetched
    zone: str
    slow: bool = False
    push: int = 0


def failed(source: Source, error: Exception) -> Retrieved:
    """The result of a source at which a bug showed itself. Raises the error if the machine is at fault for it."""
    bug = unforeseen(error)
    message = f"Could not be read for {bug}. {LATER}"
    return Retrieved(source.key, error=ParseError(without_credentials(source.url), message, "E_BUG"), bugs=(bug,))


def without_document(source: Source, answer: Fetched | FetchError) -> Retrieved:
    """The result of an error, or of an answer that nothing has changed."""
    if isinstance(answer, FetchError):
        return Retrieved(source.key, error=answer)
    return Retrieved(
        source.key,
        not_modified=True,
        etag=answer.etag,
        last_modified=answer.last_modified,
        body_digest=answer.body_digest,
        fresh_for=answer.fresh_for,
        moved_to=moved_to(source, answer),
    )


def moved_to(source: Source, answer: Fetched) -> str:
    """The address to which the source has moved for good, or ""."""
    return answer.permanent_url if answer.permanent_url != without_credentials(source.url) else ""
