#!/usr/bin/env python3
"""Follows by which address a service or node is reached: one line for each that takes the place of the one before.

    LOCUM_SOCKET=/run/locum/agent.sock ./follow.py service shop

Plain HTTP over the agent's unix socket, with Python's standard library only. When the agent goes, it is waited for.
"""

import http.client
import json
import os
import socket
import sys
import time

SOCKET = os.environ.get("LOCUM_SOCKET", "/run/locum/agent.sock")
RETRY_SECONDS = 0.5
# The agent sends a comment every 15 seconds: who hears nothing for longer has lost it.
SILENCE_SECONDS = 40


class AgentConnection(http.client.HTTPConnection):
    """HTTP over the agent's socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(SILENCE_SECONDS)
        self.sock.connect(SOCKET)


def events(path):
    """The server-sent events of a path, as pairs of name and data."""
    connection = AgentConnection("localhost")
    connection.request("GET", path, headers={"Accept": "text/event-stream"})
    response = connection.getresponse()
    if response.status != 200:
        sys.exit(json.load(response)["message"])
    name, data = "", []
    for line in response:
        text = line.decode().rstrip("\r\n")
        if text == "" and data:
            yield name, json.loads("".join(data))
        if text == "":
            name, data = "", []
        elif text.startswith("event: "):
            name = text[7:]
        elif text.startswith("data: "):
            data.append(text[6:])


def address_in(document, kind):
    """What to use for a service, or for a node; None where no way is known."""
    if document is None:
        return None
    if kind == "node":
        return document["address"]
    return next((each["use"] for each in document["reach"] if each["use"] is not None), None)


def addresses(kind, name):
    """Each address that is told, whether it is another one or not."""
    for event, value in events(f"/v1/changes?{kind}={name}"):
        if event == "status":
            yield address_in(value[f"{kind}s"].get(name), kind)
        elif value["kind"] == kind and value["name"] == name:
            yield address_in(value["value"], kind)


def main(kind, name):
    last = ""
    while True:
        try:
            for address in addresses(kind, name):
                if address != last:
                    print(address or "none", flush=True)
                last = address
        except (OSError, http.client.HTTPException):
            pass
        time.sleep(RETRY_SECONDS)


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in ("service", "node"):
        sys.exit("usage: follow.py service|node NAME")
    main(sys.argv[1], sys.argv[2])
