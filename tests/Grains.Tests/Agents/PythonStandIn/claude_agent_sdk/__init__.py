"""Stands in for the package claude-agent-sdk 0.2 in tests: the names and fields that the runner uses, no CLI, no model.

query() replays a recorded output of the CLI ($STAND_IN_TRANSCRIPT) as the messages that the SDK would make of it, and
writes what it was asked to $STAND_IN_ASKED. The program that it was told to start is run to its end before. As in the
SDK, that has no descriptors but the standard ones, and a failed result raises once all messages were given.
"""
import dataclasses
import json
import os
import subprocess
from typing import Any

from .messages import message_of


@dataclasses.dataclass
class ClaudeAgentOptions:
    tools: Any = None
    allowed_tools: list = dataclasses.field(default_factory=list)
    system_prompt: Any = None
    mcp_servers: dict = dataclasses.field(default_factory=dict)
    strict_mcp_config: bool = False
    permission_mode: str | None = None
    resume: str | None = None
    max_turns: int | None = None
    disallowed_tools: list = dataclasses.field(default_factory=list)
    model: str | None = None
    include_partial_messages: bool = False
    max_buffer_size: int | None = None
    setting_sources: list | None = None
    cli_path: str | None = None
    env: dict = dataclasses.field(default_factory=dict)


class ResultError(Exception):
    pass


async def query(*, prompt, options=None):
    sent = [message async for message in prompt]
    with open(os.environ["STAND_IN_ASKED"], "w", encoding="utf-8") as file:
        json.dump({"sent": sent, "options": dataclasses.asdict(options), "environment": dict(os.environ)}, file)
    if options.cli_path is not None:
        subprocess.run([options.cli_path, "--verbose"], env={**os.environ, **options.env}, check=True)
    failed = False
    with open(os.environ["STAND_IN_TRANSCRIPT"], encoding="utf-8") as file:
        for line in file:
            message = message_of(json.loads(line))
            if message is not None:
                failed = getattr(message, "is_error", failed)
                yield message
    if failed:
        raise ResultError("The run ended with an error result.")
