"""Runs one turn of a conversation with the Claude Agent SDK and prints what the SDK says as stream-json lines.

Standard input: the user's message. $TURN_DIR/options.json: the agent's definition. $TURN_DIR/cli.sh: starts the CLI.
$HISTORY: the conversation before this turn (JSON lines with role and text). $TURN_NUMBER: 1 for the first turn.
Standard output: the lines that the Claude Code CLI itself would print. Standard error: why it failed. Exit code: 0 if
the agent answered, else 1.

Needs Python 3.10 and the package claude-agent-sdk.
"""
import asyncio
import dataclasses
import glob
import json
import os
import re
import shlex
import shutil
import sys
import traceback
import uuid

import claude_agent_sdk
from claude_agent_sdk import ClaudeAgentOptions, query

# What is injected of an old conversation must leave room in the model's context.
MOST_HISTORY = 200_000
# Results of tools come as one line; the SDK's own limit is 1 MiB.
LONGEST_LINE = 16 * 1024 * 1024
# Not in the workspace: what the CLI notes for itself is no change to the user's files, no part of their copies, and
# a copy of it could be older than the conversation.
RECORDS = os.path.expanduser("~/.colloquy/claude")
MARKER = os.path.expanduser("~/.colloquy/python-session.json")
# What the agent's tools, which print their environment all the time, must not find there.
SECRETS = ["ANTHROPIC_API_KEY", "CLAUDE_CODE_OAUTH_TOKEN", "OTEL_EXPORTER_OTLP_HEADERS"]


# --- What the SDK parsed, as the lines it was parsed from ---

def line_of(message):
    """The stream-json line of a message; None for what is unknown, which newer SDKs may have."""
    fields = given(message)
    match type(message).__name__:
        case "AssistantMessage":
            return {"type": "assistant", "message": assistant_message(message), **rest(fields, ASSISTANT_MESSAGE)}
        case "UserMessage":
            content = {"role": "user", "content": blocks(message.content)}
            return {"type": "user", "message": content, **rest(fields, ["content"])}
        case "ResultMessage":
            # The only names that the SDK changes: all others are snake_case in the lines too.
            if "model_usage" in fields:
                fields["modelUsage"] = fields.pop("model_usage")
            return {"type": "result", **fields}
        case "StreamEvent":
            return {"type": "stream_event", **fields}
        case "RateLimitEvent":
            info = message.rate_limit_info
            return {"type": "rate_limit_event", **fields, "rate_limit_info": getattr(info, "raw", None) or info}
        case "ConversationResetMessage":
            return {"type": "conversation_reset", **fields}
        case _:
            # System messages of all kinds keep the line they came from.
            data = getattr(message, "data", None)
            return data if isinstance(data, dict) and data.get("type") == "system" else None


ASSISTANT_MESSAGE = ["content", "model", "usage", "message_id", "stop_reason"]


def assistant_message(message):
    return {
        "id": getattr(message, "message_id", None),
        "type": "message",
        "role": "assistant",
        "model": message.model,
        "content": blocks(message.content),
        "stop_reason": getattr(message, "stop_reason", None),
        "usage": getattr(message, "usage", None),
    }


def blocks(content):
    return content if isinstance(content, str) else [block_of(block) for block in content]


def block_of(block):
    """TextBlock is "text", ToolResultBlock is "tool_result", and so on."""
    name = type(block).__name__.removesuffix("Block")
    return {"type": re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), **given(block)}


def given(value):
    """The fields that are there; the SDK has None for what the line did not have."""
    return {name: field for name, field in vars(value).items() if field is not None}


def rest(fields, names):
    return {name: field for name, field in fields.items() if name not in names}


def plain(value):
    """For the encoder: what is a dictionary in one version of the SDK may be a class in another."""
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) else str(value)


# --- The conversation ---

def session_to_resume(turn):
    """The SDK's session, if this sandbox has it and it ends with the turn before this one, and how many of its last
    turns failed. A turn that never got here left no message; a turn that was cut off may or may not have."""
    try:
        with open(MARKER, encoding="utf-8") as file:
            last = json.load(file)
        if last["turn"] != turn - 1 or not is_stored(last["session_id"], last["message"]):
            return None, 0
        failures = last["failures"] + 1 if has_failed(last["folder"]) else 0
        # After two failures in a row the session itself may be what fails.
        return (last["session_id"], failures) if failures < 2 else (None, 0)
    except (OSError, ValueError, KeyError):
        return None, 0


def is_stored(session, message):
    """A line with the message's id is in the session's file."""
    key = f'"uuid":"{message}"'
    for path in glob.glob(os.path.join(glob.escape(RECORDS), "projects", "*", f"{glob.escape(session)}.jsonl")):
        with open(path, encoding="utf-8", errors="replace") as file:
            if any(key in line for line in file):
                return True
    return False


def has_failed(folder):
    """The launcher knows. A signal (128 and more) is no failure."""
    try:
        with open(os.path.join(folder, "exit"), encoding="ascii") as file:
            return 0 < int(file.read()) < 128
    except (OSError, ValueError):
        return False


def note_session(session, turn, message, failures):
    last = {"session_id": session, "turn": turn, "message": message, "failures": failures,
            "folder": os.environ["TURN_DIR"]}
    os.makedirs(os.path.dirname(MARKER), exist_ok=True)
    with open(MARKER + ".new", "w", encoding="utf-8") as file:
        json.dump(last, file)
    os.replace(MARKER + ".new", MARKER)


def with_history(prompt, history):
    """The prompt after what was said before it, for a session that the SDK does not have."""
    said = "\n\n".join(f"{entry['role']}: {entry['text']}" for entry in history)
    if not said:
        return prompt
    if len(said) > MOST_HISTORY:
        said = "[the beginning is left out]\n" + said[-MOST_HISTORY:]
    return f"<conversation_so_far>\n{said}\n</conversation_so_far>\n\n{prompt}"


def read_history():
    try:
        with open(os.environ["HISTORY"], encoding="utf-8", errors="replace") as file:
            return [json.loads(line) for line in file if line.strip()]
    except FileNotFoundError:
        return []


# --- The turn ---

def take_secrets():
    """Out of the environment, for the CLI alone."""
    return {name: os.environ.pop(name) for name in SECRETS if name in os.environ}


def cli():
    """A program that becomes the CLI by way of cli.sh. The SDK starts a single program, and closes all descriptors that
    it could be given. None if there is no CLI: then the SDK says so."""
    bundled = os.path.join(os.path.dirname(claude_agent_sdk.__file__), "_bundled", "claude")
    program = bundled if os.path.isfile(bundled) else shutil.which("claude")
    if program is None:
        return None
    path = os.path.join(os.environ["TURN_DIR"], "claude")
    with open(path, "w", encoding="utf-8") as file:
        file.write(f'#!/bin/sh\nset -- {shlex.quote(program)} "$@"\n. "$TURN_DIR/cli.sh"\n')
    os.chmod(path, 0o700)
    return path


def options_of(definition, resume, secrets):
    system = {"type": "preset", "preset": "claude_code"}
    if definition["system"]:
        system["append"] = definition["system"]
    return ClaudeAgentOptions(
        model=definition["model"],
        system_prompt=system,
        tools=definition["tools"],
        allowed_tools=definition["allowed_tools"],
        disallowed_tools=definition["disallowed_tools"],
        permission_mode=definition["permission_mode"],
        max_turns=definition["max_turns"],
        mcp_servers=definition["mcp_servers"],
        strict_mcp_config=True,
        # Files of the workspace must not configure the agent: hooks in them would run unasked.
        setting_sources=[],
        include_partial_messages=True,
        max_buffer_size=LONGEST_LINE,
        resume=resume,
        cli_path=cli(),
        env=secrets,
    )


async def one_message(prompt, message):
    # "client_composed" keeps the CLI from taking a text that begins with a slash for a command of its own.
    yield {
        "type": "user",
        "message": {"role": "user", "content": prompt},
        "parent_tool_use_id": None,
        "session_id": "",
        # The CLI keeps it, which shows whether its session has the turn.
        "uuid": message,
        "client_composed": True,
    }


async def run(emit):
    """True if the agent answered."""
    secrets = take_secrets()
    os.environ["CLAUDE_CONFIG_DIR"] = RECORDS
    os.makedirs(RECORDS, exist_ok=True)
    turn, sent = int(os.environ["TURN_NUMBER"]), str(uuid.uuid4())
    with open(os.path.join(os.environ["TURN_DIR"], "options.json"), encoding="utf-8") as file:
        definition = json.load(file)
    prompt = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    resume, failures = session_to_resume(turn)
    if resume is None:
        prompt = with_history(prompt, read_history())

    answered = None
    async for message in query(prompt=one_message(prompt, sent), options=options_of(definition, resume, secrets)):
        line = line_of(message)
        if line is None:
            continue
        if line["type"] == "system" and line.get("subtype") == "init" and line.get("session_id"):
            note_session(line["session_id"], turn, sent, failures)
        if line["type"] == "result":
            answered = not line.get("is_error")
        emit(line)
    if answered is None:
        print("The SDK ended without a result.", file=sys.stderr)
    return bool(answered)


def main():
    output = sys.stdout
    # Whatever prints by accident must not mix with the lines.
    sys.stdout = sys.stderr

    def emit(line):
        output.write(json.dumps(line, default=plain) + "\n")
        output.flush()

    try:
        return 0 if asyncio.run(run(emit)) else 1
    except Exception:
        # A failed call ends here too: its result line was printed before.
        traceback.print_exc()
        return 1


if __name__ == "__main__":
    sys.exit(main())
