"""Keeps schemathesis from what JSON Schema cannot exclude: texts that show nothing or are longer in UTF-16 than in characters, and
prices with more than two decimals, and a requestId that differs from the header or stands in an edit."""

import unicodedata

import schemathesis

LENGTHS = {"title": 50, "authorFirstName": 50, "authorLastName": 50, "bookLanguage": 10, "publisher": 255}


def _is_valid(name, text):
    return any(character.isalnum() for character in text) and len(text.encode("utf-16-le", "surrogatepass")) // 2 <= LENGTHS[name]


def _has_controls(text):
    return any(unicodedata.category(character) == "Cc" for character in text)


@schemathesis.hook
def map_body(context, body):
    """A text that the shop refuses by such a rule becomes one that it takes; all else stays as generated."""
    if isinstance(body, dict):
        for name in LENGTHS:
            text = body.get(name)
            if isinstance(text, str) and 0 < len(text) <= LENGTHS[name] and not _has_controls(text) and not _is_valid(name, text):
                body[name] = "Emma"
        body.pop("requestId", None)
        price = body.get("price")
        if isinstance(price, float) and 0 <= price <= 9999999.99:
            body["price"] = round(price, 2)
    return body
