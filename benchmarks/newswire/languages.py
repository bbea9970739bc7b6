"""The languages of the made-up newswire, by their codes."""

from .english import ENGLISH
from .thai import THAI
from .vietnamese import VIETNAMESE

LANGUAGES = {tongue.code: tongue for tongue in (VIETNAMESE, ENGLISH, THAI)}
