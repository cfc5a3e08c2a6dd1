"""Personal data and secrets in texts: recognised by form and by check digits, masked with what they were."""

from __future__ import annotations

import ipaddress
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from bot.datasets.kernels import Mask, TextBytes

_EMAIL = re.compile(r"(?<![\w.+-])[A-Za-z0-9][\w.+%-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}(?![\w-])")
_IBAN = re.compile(
    r"(?<![A-Za-z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{2,4}){3,8}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])"
)
_CARD = re.compile(r"(?<![\w.,-])[2-6][0-9]{3}(?:[ -]?[0-9]{2,6}){2,4}(?![\w-])")
_IPV4 = re.compile(r"(?<![\w.-])(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w-]|\.[0-9])")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])")
_PHONE = re.compile(
    r"(?<![\w.,/+-])(?:(?:\+|00)[1-9][0-9]{0,2}[ .-]?(?:\([0-9]{1,4}\)[ .-]?)?[0-9]{1,5}(?:[ .-]?[0-9]{2,5}){1,5}"
    r"|\(?[2-9][0-9]{2}\)?[ .-][2-9][0-9]{2}[ .-][0-9]{4}"
    r"|\(?0[0-9]{1,5}\)?(?:[ ./-]?[0-9]{2,8}){1,5})(?![\w-]|[.,][0-9])"
)
_VERSION = re.compile(r"(?:\bv|\bversion|\bver\.?|\brelease)\s*$", re.IGNORECASE)
_PHONE_DIGITS = range(9, 16)
_DATE = re.compile(r"[0-9]{1,2}([./-])[0-9]{1,2}\1[0-9]{2,4}")

_SECRETS = {
    "API key": r"(?<![\w-])(?:sk|rk|pk)[-_](?:proj-|live_|test_|ant-[a-z0-9]+-|svcacct-)?[A-Za-z0-9_-]{20,}",
    "AWS key": r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])",
    "Slack token": r"(?<!\w)(?:xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[0-9]-[A-Za-z0-9-]{10,})",
    "GitHub token": r"(?<!\w)(?:gh[oprsu]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})",
    "GitLab token": r"(?<!\w)glpat-[A-Za-z0-9_-]{20,}",
    "Google key": r"(?<!\w)AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])",
    "Hugging Face token": r"(?<!\w)hf_[A-Za-z0-9]{30,}",
    "private key": r"-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:.*?-----END (?:[A-Z]+ )*PRIVATE KEY-----|.*)",
    "JSON web token": r"(?<!\w)eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{5,}",
    "password": r"(?i:(?<!\w)(?:password|passwd|pwd|secret|api[_-]?key|token)\s*[=:]\s*)(?=[^\s\"']*[0-9])[^\s\"',;]{8,}",
}
_SECRET = re.compile(
    "|".join(f"(?P<g{number}>{form})" for number, form in enumerate(_SECRETS.values())), re.DOTALL
)
_SECRET_KINDS = list(_SECRETS)
_HINT = (
    r"sk[-_]|rk_|pk_|AKIA|ASIA|xox|xapp-|gh[oprsu]_|github_pat_|glpat-|AIza|hf_|-----BEGIN|eyJ"
    r"|(?i:password|passwd|pwd|secret|api.?key|token)\s*[=:]"
)
_DIGITS_HINT = (
    r"[0-9](?:[ ./()+-]{0,2}[0-9]){7}|[0-9]\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]|[A-Z]{2}[0-9]{2} ?[A-Z0-9]{4}"
)


def pii_rows(texts: pa.Array, view: TextBytes) -> Mask:
    """Rows with an e-mail address, phone number, card number, IBAN or IP address."""
    data = view.bytes
    digit = (data - np.uint8(48)) < 10
    pair = np.zeros(len(data), np.bool_)
    if len(data) > 1:
        pair[1:] = digit[1:] & digit[:-1]
    rows = view.rows_having("@")
    rows |= _matching(
        texts, view.rows_with(pair) | (view.rows_with(digit) & view.rows_having(".")), _DIGITS_HINT
    )
    colons = np.zeros(len(data), np.bool_)
    if len(data) > 1:
        colons[1:] = (data[1:] == ord(":")) & (data[:-1] != ord(" "))
    rows |= _matching(texts, view.rows_with(colons), r"[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f]{0,4}:")
    return _sure(texts, rows, mask_pii)


def secret_rows(texts: pa.Array) -> Mask:
    """Rows with what looks like a key, a token or a password."""
    hinted = pc.match_substring_regex(texts, _HINT).to_numpy(zero_copy_only=False)
    return _sure(texts, hinted, mask_secrets)


def _matching(texts: pa.Array, candidates: Mask, pattern: str) -> Mask:
    places = np.flatnonzero(candidates)
    rows = np.zeros(len(texts), np.bool_)
    if len(places):
        found = pc.match_substring_regex(texts.take(pa.array(places)), pattern)
        rows[places] = found.to_numpy(zero_copy_only=False)
    return rows


def _sure(texts: pa.Array, candidates: Mask, mask: object) -> Mask:
    assert callable(mask)
    places = np.flatnonzero(candidates)
    rows = np.zeros(len(texts), np.bool_)
    if len(places):
        rows[places] = [mask(text) != text for text in texts.take(pa.array(places)).to_pylist()]
    return rows


def mask_pii(text: str) -> str:
    """The text with personal data replaced by what it was, in brackets.

    >>> mask_pii("mail ann@example.com or call +44 20 7946 0958 from 10.0.0.1")
    'mail [e-mail] or call [phone] from [IP address]'
    """
    text = _EMAIL.sub("[e-mail]", text)
    text = _IBAN.sub(lambda match: "[IBAN]" if is_iban(match[0]) else match[0], text)
    text = _CARD.sub(lambda match: "[card number]" if is_card(match[0]) else match[0], text)
    text = _IPV4.sub(_masked_ip, text)
    text = _IPV6.sub(_masked_ip, text)
    return _PHONE.sub(lambda match: "[phone]" if _is_phone(match[0]) else match[0], text)


def is_card(number: str) -> bool:
    """Whether the digits make a card number: 13 to 19 of them, Luhn's check digit right.

    >>> is_card("4111 1111 1111 1111"), is_card("4111 1111 1111 1112")
    (True, False)
    """
    digits = [int(character) for character in number if character.isdecimal()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) == 1:
        return False
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def is_iban(number: str) -> bool:
    """Whether it is an IBAN: ISO 13616's check digits right (mod 97).

    >>> is_iban("DE89 3704 0044 0532 0130 00"), is_iban("DE88 3704 0044 0532 0130 00")
    (True, False)
    """
    plain = number.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(character, 36)) for character in plain[4:] + plain[:4])) % 97 == 1


def _masked_ip(match: re.Match[str]) -> str:
    if _VERSION.search(match.string, 0, match.start()):
        return match[0]
    try:
        ipaddress.ip_address(match[0])
    except ValueError:
        return match[0]
    return "[IP address]"


def _is_phone(number: str) -> bool:
    digits = sum(character.isdecimal() for character in number)
    return digits in _PHONE_DIGITS and not _DATE.fullmatch(number) and not number.startswith("0.")


def mask_secrets(text: str) -> str:
    """The text with keys, tokens and passwords replaced by what they were, in brackets.

    >>> mask_secrets("use AKIAIOSFODNN7EXAMPLE please")
    'use [AWS key] please'
    """
    return _SECRET.sub(lambda match: f"[{_SECRET_KINDS[int((match.lastgroup or 'g0')[1:])]}]", text)
