"""Sentences for the operator about what went wrong with a fetch and what happens next. Pure."""

from http import HTTPStatus

from feeds.errors import LATER, FetchError, SourceError
from worker.fetch.headers import Headers

SETTINGS = "seeds/site.toml"
# Longest Retry-After, in days, that is honoured in full; `worker.fetch.polling` never waits longer.
_LONGEST_WAIT_DAYS = 7
_LONGEST_SPAN = 366 * 86400

# Headers of a bot wall that answers in place of the origin, and others that it adds to all answers.
_WALLS = ("cf-mitigated", "x-amzn-waf-action")
_WALLS_IF_REFUSED = ("x-datadome", "x-sucuri-block")

_STATUS = {
    400: "{host} does not understand the request ({status}).",
    401: "{host} asks for a user name and a password ({status}). Write them into the feed's URL, before the host, as"
    " in https://name:password@{host}/.",
    402: "{host} wants to be paid for it ({status}).",
    403: "{host} refuses to give it to us ({status}). If a browser gets it, ask its owner to let feed readers in.",
    404: "There is nothing at this address ({status}). If it stays so, look for the feed's new address.",
    406: "{host} says that it has no feed in a form that can be read here ({status}).",
    408: "{host} broke off, for it took too long to be asked ({status}).",
    410: "It is gone for good, says {host} ({status}). Look for its new address, or remove it.",
    421: "{host} does not feel responsible for this address ({status}).",
    429: "{host} is asked too often ({status}).",
    451: "{host} may not give it to us, for legal reasons ({status}).",
    502: "{host} cannot reach the machine behind it ({status}).",
    503: "{host} is overloaded or being worked on ({status}).",
    504: "{host} waited too long for the machine behind it ({status}).",
}
_NEW_PASSWORD = "{host} does not accept the user name and password in the feed's URL ({status})."  # noqa: S105


def is_walled(headers: Headers, status: int) -> bool:
    """Whether a bot wall answered in place of the origin."""
    refused = status >= 400
    return any(name in headers for name in _WALLS) or (refused and any(name in headers for name in _WALLS_IF_REFUSED))


def status_sentence(status: int, host: str, authorised: bool) -> str:
    """The sentence for an answer without a document. authorised: whether credentials were sent."""
    known = _NEW_PASSWORD if status == 401 and authorised else _STATUS.get(status)
    if known:
        return known.format(host=host, status=status)
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    named = f"{status} {phrase}".rstrip()
    if status >= 500:
        return f"{host} has a fault of its own ({named})."
    if status >= 400:
        return f"{host} does not accept the request ({named})."
    return f"The answer was {named}, which brings no document."


def what_next(error: FetchError) -> str:
    """What happens to a followed source after this error; "" if nothing does until a setting is changed."""
    if error.code in ("E_URL", "E_SCHEME"):
        return ""
    if error.code == "E_ADDR":
        return "Nothing was sent; it is looked at again later."
    if error.status == 410:
        return "When it has said so three times over 72 hours, it is asked no more; its entries stay."
    if error.retry_after:
        if error.retry_after > _LONGEST_WAIT_DAYS * 86400:
            long = error.retry_after >= _LONGEST_SPAN
            wanted, granted = "over a year" if long else span(error.retry_after), span(_LONGEST_WAIT_DAYS * 86400)
            return f"It wants {wanted} without requests; it is asked again after {granted}."
        return f"It is asked again after the {span(error.retry_after)} that it wants."
    return LATER


def cause(error: SourceError) -> str:
    """What went wrong, without what happens next."""
    after = what_next(error) if isinstance(error, FetchError) else LATER
    return error.message.removesuffix(after).removesuffix(LATER).rstrip()


def span(seconds: float) -> str:
    """A duration in the largest unit that it contains twice, rounded up; at most a year."""
    seconds = min(seconds, _LONGEST_SPAN)
    for size, unit in ((86400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{-int(-seconds // size)} {unit}"
    return f"{-int(-seconds // 1)} s"


def binary_size(count: int) -> str:
    for unit, name in ((2**20, "MiB"), (2**10, "KiB")):
        if count % unit == 0:
            return f"{count // unit} {name}"
    return f"{count} bytes"
