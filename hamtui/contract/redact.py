"""What is kept back of values, command lines, settings and messages: the one rule for what is a secret.

That is a value whose key looks like a secret's, and a secret that stands in text.

Told by the key (``password``, ``api_key``, ``Authorization``) or by the look of the text itself (a URL with a
password, a token, a private key). It errs on the side of keeping back: a count of tokens is a price worth paying.
"""

import functools
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from hamtui.contract.summary import REDACTED

#: Anywhere in a key, once case and separators are taken out of it.
_PARTS = (
    "password|passwd|passphrase|passcode|secret|token|apikey|accesskey|authorization|authentication|credential|privatekey"
    "|signingkey|encryptionkey|masterkey|sharedkey|cookie|session|connectionstring|connstr|connectionurl|databaseurl|dburl"
    "|bearer|creditcard|cardnumber|socialsecurity"
)
_ANYWHERE = re.compile(_PARTS)
#: Too short to be looked for inside other words.
_WORDS = frozenset(
    {
        "pwd",
        "pass",
        "pw",
        "oauth",
        "dsn",
        "jwt",
        "auth",
        "otp",
        "pin",
        "cvv",
        "cvc",
        "ssn",
        "iban",
        "sas",
        "pat",
    }
)
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
#: No key that is longer is looked at beyond this.
_LONGEST_KEY = 400

#: Each may end at the text's end too, so that a secret cut in two is not taken for harmless.
_IN_TEXT = re.compile(
    r"""
      (?P<url>\b[A-Za-z][\w+.-]{0,30}://[^\s/@:?\#]{0,200}:)[^\s@/]{1,2000}(?=@|$)     # scheme://user:password@
    | -----BEGIN[ ][A-Z ]{0,40}PRIVATE[ ]KEY.*?(?:-----END[ ][A-Z ]{0,40}PRIVATE[ ]KEY-----|$)
    | \beyJ[\w-]{6,}(?:\.[\w-]*){0,4}                                                  # a JSON web token
    | \b(?:AKIA|ASIA|AGPA|AIDA|AROA)[0-9A-Z]{12,}                                      # AWS key ids
    | \b(?:gh[pousr]_|github_pat_|glpat-|xox[abposr]-|sk[-_]|rk_live_|pk_live_|hf_|npm_|pypi-|AIza|ya29\.)[\w-]{8,}
    | (?P<scheme>\b(?i:bearer|basic)\s+)[\w.~+/=-]{6,}
    | (?P<line>(?i:cookie|authorization)["']?\s{0,4}:\s{0,4})[^\r\n]+
    | (?P<pair>(?i:password|passwd|pwd|passphrase|passcode|secret|token|(?:api|access|account|private|signing)[ _-]?key|authorization
        |credential|cookie|session|\bdsn|signature|\bsig)[\w.-]{0,40}["']?\s{0,4}(?:=>|[=:])\s{0,4})
      (?:(?i:bearer|basic)\s+)?(?:"(?:[^"\\]|\\.)*(?:"|$) | '(?:[^'\\]|\\.)*(?:'|$) | [^\s,;&"'}\])]+)
    # letters and digits at random
    | (?<![\w/+=.-])(?=[/+]*\w)(?=[\w/+]*[A-Z])(?=[\w/+]*[a-z])(?=[\w/+]*\d)[\w/+]{40}(?![\w/+=.-])
    | (?<![\w+=-])(?=[\w+-]*[A-Z])(?=[\w+-]*[a-z])(?=[\w+-]*\d[A-Za-z_+-]*\d)[\w+-]{32,}={0,2}
    """,
    re.VERBOSE | re.DOTALL,
)

#: Stands for a word that is kept back of a command line.
HIDDEN = "..."
#: So much of a secret that is cut off must be seen for it to be known.
LONGEST = 400

#: Texts that were kept back for their key, to be known again elsewhere: in a URL that was made of one, say.
_known: dict[str, None] = {}
_MOST_KNOWN = 200
_KNOWN_LENGTH = range(6, LONGEST)


@functools.lru_cache(maxsize=4_096)
def is_secret(key: str) -> bool:
    """Whether a key, a name of an argument, a column or a field looks like a secret's."""
    key = unicodedata.normalize("NFKC", key[:_LONGEST_KEY])
    words = [word.lower() for word in _WORD.findall(key)]
    return (
        bool(_ANYWHERE.search("".join(words)))
        or not _WORDS.isdisjoint(words)
        or bool(_ANYWHERE.search("".join(filter(str.isalnum, key.lower()))))
    )


def remember(text: str) -> None:
    """Know this secret again. One plain word is not remembered: it would be found everywhere."""
    if len(text) in _KNOWN_LENGTH and not text.isalpha():
        if len(_known) >= _MOST_KNOWN:
            _known.pop(next(iter(_known)), None)
        _known[text] = None


def redacted(text: str) -> str:
    """The text with the secrets in it kept back."""
    return _IN_TEXT.sub(_without, known(text))


def known(text: str) -> str:
    """The text with the secrets that are known by ``remember`` kept back, and nothing else."""
    for secret in list(_known):
        if secret in text:
            text = text.replace(secret, REDACTED)
    return text


def remember_in(value: Any, *, secret: bool = False, deep: int = 8) -> None:
    """Know the texts again that stand under a secret's name in plain dicts and lists, such as config and inputs."""
    if deep == 0:
        return
    if type(value) is dict:
        for key, one in list(value.items()):
            remember_in(one, secret=secret or (type(key) is str and is_secret(key)), deep=deep - 1)
    elif type(value) in (list, tuple):
        for one in value:
            remember_in(one, secret=secret, deep=deep - 1)
    elif secret and type(value) is str:
        remember(value)


def words(argv: Sequence[str], hidden: str = HIDDEN) -> list[str]:
    """A command line without its secrets: what stands behind an option or a key that is called like one, or looks so."""
    shown, after = [], False
    for word in argv:
        name, equals, _ = word.partition("=")
        secret = is_secret(name) and (bool(equals) or word.startswith("-"))
        if after:
            shown.append(hidden)
        elif equals and secret:
            shown.append(f"{name}={hidden}")
        else:
            shown.append(redacted(word).replace(REDACTED, hidden))
        after = secret and not equals and not after
    return shown


def _without(found: "re.Match[str]") -> str:
    kept: Any = found["url"] or found["scheme"] or found["line"] or found["pair"] or ""
    return f"{kept}{REDACTED}"
