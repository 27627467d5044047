"""Asks the bridge for an upgrade with right headers and prints the status: run as another user."""
import socket
import sys

port = int(sys.argv[1])
request = "\r\n".join([
    "GET / HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Protocol: bidseal.v1", "Origin: https://tender.example", "", ""])
with socket.create_connection(("127.0.0.1", port)) as connection:
    connection.sendall(request.encode())
    print(connection.recv(4096).decode("latin1").split(" ")[1])
