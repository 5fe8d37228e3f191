"""What a run may use beside the web is checked before anything is sent; its keys are not kept."""

from __future__ import annotations

from typing import Any

import pytest

from parallel_nb.api.errors import InputError
from parallel_nb.api.tools import (
    MAX_MCP_SERVERS,
    lacks_secrets,
    read_mcp_servers,
    read_run_settings,
    without_secrets,
)
from parallel_nb.api.types import McpServer

CRM = {"name": "crm", "url": "https://mcp.example.com", "headers": {"x-api-key": "sk-hidden"}}
NONE: dict[str, Any] = {"data_sources": (), "mcp_servers": (), "memory_scope": None}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"data_sources": ["pubmet"]}, "no data source 'pubmet'"),
        ({"data_sources": "pubmed"}, "data_sources is the text"),
        ({"data_sources": [3]}, "An element of data_sources"),
        ({"mcp_servers": CRM}, "mcp_servers is no list but of type dict"),
        ({"mcp_servers": [CRM, CRM]}, "the name 'crm'"),
        ({"mcp_servers": [CRM | {"name": "pubmed"}], "data_sources": ["pubmed"]}, "'pubmed'"),
        ({"mcp_servers": [CRM | {"url": "mcp.example.com"}]}, "no http address"),
        ({"mcp_servers": [CRM | {"url": "https://["}]}, "no http address"),
        ({"mcp_servers": [CRM | {"name": " "}]}, "has no name"),
        ({"mcp_servers": [CRM | {"header": {}}]}, "has no 'header'"),
        ({"mcp_servers": [CRM | {"headers": {"x-api-key": 7}}]}, "cannot be used"),
        ({"mcp_servers": [CRM | {"headers": "sk-hidden"}]}, "cannot be used"),
        ({"mcp_servers": ["sk-hidden"]}, "cannot be used"),
        ({"memory_scope": "a b"}, "memory_scope = 'a b'"),
        ({"memory_scope": "x" * 129}, "memory_scope"),
        ({"memory_scope": ""}, "memory_scope = ''"),
        ({"memory_scope": 7}, "memory_scope = 7"),
    ],
)
def test_what_cannot_be_used_is_refused_and_no_key_is_shown(
    options: dict[str, Any], words: str
) -> None:
    with pytest.raises(InputError) as caught:
        read_run_settings(NONE | options, "base")
    assert words in caught.value.message
    assert caught.value.remedy
    assert "sk-hidden" not in str(caught.value)


def test_there_is_a_most_of_servers() -> None:
    servers = [CRM | {"name": f"crm{number}"} for number in range(MAX_MCP_SERVERS)]
    assert len(read_mcp_servers(servers)) == MAX_MCP_SERVERS
    with pytest.raises(InputError, match="11 mcp_servers, over 10"):
        read_mcp_servers([*servers, CRM])


def test_what_is_kept_says_which_header_is_missing_and_not_what_it_held() -> None:
    settings = read_run_settings(NONE | {"mcp_servers": [McpServer(**CRM)]}, "base")  # type: ignore[arg-type]  # of a dict
    kept = without_secrets(settings)
    assert kept.mcp_servers is not None
    assert kept.mcp_servers[0].headers == {"x-api-key": ""}
    assert lacks_secrets(kept) == ["crm"]
    assert lacks_secrets(settings) == []
    assert settings.mcp_servers is not None
    assert settings.mcp_servers[0].headers == {"x-api-key": "sk-hidden"}
