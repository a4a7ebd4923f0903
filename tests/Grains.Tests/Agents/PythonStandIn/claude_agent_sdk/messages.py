"""The message classes of claude-agent-sdk 0.2 by name and field, and which members of a line each of them keeps."""
from dataclasses import dataclass, fields
from typing import Any


@dataclass
class TextBlock:
    text: str


@dataclass
class ThinkingBlock:
    thinking: str
    signature: str


@dataclass
class ToolUseBlock:
    id: str
    name: str
    input: dict


@dataclass
class ToolResultBlock:
    tool_use_id: str
    content: Any = None
    is_error: bool | None = None


@dataclass
class ServerToolUseBlock:
    id: str
    name: str
    input: dict


@dataclass
class UserMessage:
    content: Any
    uuid: str | None = None
    parent_tool_use_id: str | None = None
    tool_use_result: Any = None
    origin: dict | None = None


@dataclass
class AssistantMessage:
    content: list
    model: str
    parent_tool_use_id: str | None = None
    error: str | None = None
    usage: dict | None = None
    message_id: str | None = None
    stop_reason: str | None = None
    session_id: str | None = None
    uuid: str | None = None


@dataclass
class SystemMessage:
    subtype: str
    data: dict


@dataclass
class ResultMessage:
    subtype: str
    duration_ms: int
    duration_api_ms: int
    is_error: bool
    num_turns: int
    session_id: str
    stop_reason: str | None = None
    total_cost_usd: float | None = None
    usage: dict | None = None
    result: str | None = None
    structured_output: Any = None
    model_usage: dict | None = None
    permission_denials: list | None = None
    errors: list | None = None
    api_error_status: int | None = None
    uuid: str | None = None
    terminal_reason: str | None = None
    origin: dict | None = None


@dataclass
class StreamEvent:
    uuid: str
    session_id: str
    event: dict
    parent_tool_use_id: str | None = None


@dataclass
class RateLimitInfo:
    status: str
    raw: dict


@dataclass
class RateLimitEvent:
    rate_limit_info: RateLimitInfo
    uuid: str
    session_id: str


@dataclass
class ConversationResetMessage:
    new_conversation_id: str
    uuid: str
    session_id: str


@dataclass
class MessageOfTheFuture:
    """Newer SDKs have messages that the runner does not know."""

    words: list


BLOCKS = {
    "text": TextBlock,
    "thinking": ThinkingBlock,
    "tool_use": ToolUseBlock,
    "tool_result": ToolResultBlock,
    "server_tool_use": ServerToolUseBlock,
}

RENAMED = {"model_usage": "modelUsage"}


def kept(kind, members):
    """Only what the class has a field for survives the SDK's parser."""
    names = {field.name: RENAMED.get(field.name, field.name) for field in fields(kind)}
    return kind(**{field: members[name] for field, name in names.items() if name in members})


def blocks_of(content):
    if isinstance(content, str):
        return content
    return [kept(BLOCKS[block["type"]], block) for block in content if block["type"] in BLOCKS]


def message_of(line):
    message = line.get("message", {})
    match line["type"]:
        case "user":
            return kept(UserMessage, {**line, "content": blocks_of(message["content"])})
        case "assistant":
            said = {"model": message["model"], "usage": message.get("usage"), "message_id": message.get("id"),
                    "stop_reason": message.get("stop_reason"), "content": blocks_of(message["content"])}
            return kept(AssistantMessage, {**line, **said})
        case "system":
            return SystemMessage(line["subtype"], line)
        case "result":
            return kept(ResultMessage, line)
        case "stream_event":
            return kept(StreamEvent, line)
        case "rate_limit_event":
            info = line["rate_limit_info"]
            return kept(RateLimitEvent, {**line, "rate_limit_info": RateLimitInfo(info["status"], info)})
        case "conversation_reset":
            return kept(ConversationResetMessage, line)
        case "message_of_the_future":
            return MessageOfTheFuture(line["words"])
        case _:
            return None
