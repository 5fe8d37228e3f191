"""The address of a language model: `http://localhost:11434/v1#qwen3:8b`.

Any endpoint with OpenAI's chat completions will do: Ollama, llama.cpp, LM Studio, vLLM, a hosted
one. Before the `#` stands the endpoint's base address, behind it the model's name there.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from parallel_nb.api.errors import InputError

#: Tokens that the question for one field has at most (1,500 of passages, and the instructions), and
#: its reply.
MOST_PROMPT_TOKENS: Final = 2_200
MOST_REPLY_TOKENS: Final = 400
_REMEDY: Final = "Write it as URL#NAME, for example http://localhost:11434/v1#qwen3:8b."
_LONGEST: Final = 500
_USUAL: Final = re.compile(r"[A-Z][A-Z0-9_]*")
_VARIABLE: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")


@dataclass(frozen=True, slots=True)
class ModelAddress:
    """Which model reads, and where it is reached.

    Attributes:
        url: The endpoint's base address, without a slash at its end.
        name: The model's name there.
        key_from: The environment variable that holds the endpoint's key; None for no key.
    """

    url: str
    name: str
    key_from: str | None = None

    def __str__(self) -> str:
        """`URL#NAME`."""
        return f"{self.url}#{self.name}"

    @property
    def host(self) -> str:
        """The endpoint's host, without the port."""
        return urlsplit(self.url).hostname or ""

    @property
    def is_local(self) -> bool:
        """True when it runs on this machine, so that nothing leaves it."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def label(self) -> str:
        """How every display names who reads; says when the text leaves this machine.

        Examples:
            >>> read_model_address("https://api.example.com/v1#large").label
            'read by large at api.example.com'
        """
        return f"read by {self.name}" + ("" if self.is_local else f" at {self.host}")

    @property
    def identity(self) -> str:
        """Eight hexadecimal digits that are the same for the same endpoint and model."""
        return hashlib.sha256(str(self).encode()).hexdigest()[:8]

    def key(self) -> str | None:
        """The endpoint's key, from the environment.

        Raises:
            InputError: The variable is not set.
        """
        if self.key_from is None:
            return None
        if key := os.environ.get(self.key_from, "").strip():
            return key
        # it may be the key itself: do not repeat what does not look like a variable
        variable = self.key_from if _USUAL.fullmatch(self.key_from) else "of --model-key-from"
        raise InputError(
            f"The environment variable {variable} is not set; it should hold the key of "
            f"{self.host}.",
            "Set it before the kernel starts, or in a cell that you do not keep.",
        )


def read_model(text: str | None, key_from: str | None) -> ModelAddress | None:
    """Read `URL#NAME` where one is given; see `read_model_address`.

    Raises:
        InputError: The text is no such address, or there is a key and no model.
    """
    if text:
        return read_model_address(text, key_from)
    if key_from:
        raise InputError(
            "--model-key-from is given, and no model.", "Name the model as well: --model URL#NAME."
        )
    return None


def read_model_address(text: str, key_from: str | None = None) -> ModelAddress:
    """Read `URL#NAME`.

    Args:
        text: the endpoint's base address and the model's name.
        key_from: the environment variable that holds the endpoint's key.

    Raises:
        InputError: The text is no such address, holds a password, or `key_from` is no name of a
            variable; what may be a key is not repeated.

    Examples:
        >>> read_model_address("http://localhost:11434/v1/#qwen3:8b").url
        'http://localhost:11434/v1'
    """
    url, mark, name = text.strip().partition("#")
    name = name.strip()
    if len(text) > _LONGEST or not mark or not name or not name.isprintable():
        raise InputError("The model's address names no model behind a #.", _REMEDY)
    try:
        parts = urlsplit(url.strip())
        _ = parts.port
    except ValueError as error:
        raise InputError(f"The model's address cannot be read: {error}.", _REMEDY) from error
    if parts.username or parts.password:  # not repeated: it would be written into the notebook
        raise InputError(
            "The model's address holds a user's name or password.",
            "Take it out, and name the environment variable that holds the key: "
            "--model-key-from VARIABLE.",
        )
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
        raise InputError(f"{url!r} is no address of an endpoint (http or https).", _REMEDY)
    if key_from is not None and not _VARIABLE.fullmatch(key_from):
        raise InputError(
            "--model-key-from takes the name of an environment variable, not a key.",
            "For example: --model-key-from OPENAI_API_KEY.",
        )
    return ModelAddress(url.strip().rstrip("/"), name, key_from or None)
