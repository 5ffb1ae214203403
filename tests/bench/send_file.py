#!/usr/bin/env python3
"""Answer every connection to PORT with FILE, as fast as the kernel can: send_file.py PORT FILE"""

import os
import socket
import sys

PIECE_SIZE = 1 << 30


def serve(listener: socket.socket, file: int) -> None:
    size = os.fstat(file).st_size
    while True:
        conn, _ = listener.accept()
        with conn:
            # A request fits one segment, and nothing in it matters. None comes when somebody only looks.
            if not conn.recv(65536):
                continue
            conn.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n".encode())
            offset = 0
            while offset < size:
                offset += os.sendfile(conn.fileno(), file, offset, PIECE_SIZE)


if __name__ == "__main__":
    serve(socket.create_server(("127.0.0.1", int(sys.argv[1]))), os.open(sys.argv[2], os.O_RDONLY))
