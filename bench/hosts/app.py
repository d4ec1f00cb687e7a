"""Answers every request with the release that it was when it began; as light as it gets, for 20 hosts share two cores."""

import json
import os
import select
import signal
import socket
import threading

with open("VERSION") as file:
    BODY = json.dumps({"status": "ok", "version": file.read().strip()}, separators=(",", ":")).encode()
HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
ANSWER = (HEAD % len(BODY)).encode() + BODY


def serve(client):
    with client:
        client.settimeout(10)
        heard = b""
        while b"\r\n\r\n" not in heard:
            more = client.recv(4096)
            if not more:
                return
            heard += more
        client.sendall(ANSWER)


# Asked to end, it takes no more and ends what it has begun: threads that are no daemons are waited for. A signal that broke
# into `accept` would lose whom it had just let in.
asked, told = socket.socketpair()
told.setblocking(False)
signal.set_wakeup_fd(told.fileno())
signal.signal(signal.SIGTERM, lambda *_: None)
# systemd hands over a socket as file descriptor 3, where it holds the port.
if os.environ.get("LISTEN_FDS"):
    server = socket.socket(fileno=3)
else:
    server = socket.create_server(("", int(os.environ["PORT"])), backlog=128)
while asked not in select.select([server, asked], [], [])[0]:
    threading.Thread(target=serve, args=(server.accept()[0],)).start()
