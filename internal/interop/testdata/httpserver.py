"""Python's http.server with the documents of a folder below /f/ and what the tests want below /d/.

usage: httpserver.py ROOT LOG CERT KEY PLAIN SECURE [IPV6]
"""
import hashlib
import http.server
import os
import signal
import socket
import ssl
import sys
import threading
import time
import urllib.request

root, log, cert, key = sys.argv[1:5]
log = open(log, "a", buffering=1)
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever the environment says


class Handler(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    # Unbuffered, as by default, head and body are two segments, and the second
    # one waits for the client's delayed acknowledgement: 40 ms a request.
    wbufsize = 64 << 10
    timeout = 1 if os.environ.get("INTEROP_TIGHT") else None

    def __init__(self, *args):
        super().__init__(*args, directory=root)

    def log_message(self, *args):
        pass

    def parse_request(self):
        ok = super().parse_request()
        if ok:
            log.write("%s %s\n" % (self.command, self.path))
        return ok

    def answer(self, status, body, *fields):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for name, value in fields:
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def chunks(self, pieces, wait, *trailer):
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for p in pieces:
            time.sleep(wait)
            self.wfile.write(b"%x\r\n%s\r\n" % (len(p), p))
            self.wfile.flush()
        self.wfile.write(b"0\r\n" + b"".join(trailer) + b"\r\n")

    def do_GET(self):
        path = self.path.split("?")[0]
        if path == "/d/slow":
            self.chunks([b"slowly\n"] * 5, 0.03)
        elif path == "/d/kick":
            self.answer(200, direct.open(os.environ["INTEROP_KICK"]).read())
        elif path == "/d/hints":
            for _ in range(2):
                self.send_response_only(103)
                self.send_header("Link", "</style.css>; rel=preload")
                self.end_headers()
            self.answer(200, b"hinted")
        elif path == "/d/trailers":
            self.chunks([b"trailed"], 0, b"X-Sum: %s\r\n" % hashlib.sha256(b"trailed").hexdigest().encode())
        else:
            super().do_GET()

    def handle_expect_100(self):
        if self.path.split("?")[0] == "/d/refuse":
            log.write("%s %s\n" % (self.command, self.path))
            self.refuse()
            return False
        ok = super().handle_expect_100()
        self.wfile.flush()
        return ok

    def refuse(self):
        self.close_connection = True
        self.answer(403, b"not wanted", ("Connection", "close"))

    def do_POST(self):
        if self.path.split("?")[0] != "/d/up":
            return self.refuse()
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(200, hashlib.sha256(body).hexdigest().encode())

    do_PUT = do_POST

    def do_DELETE(self):
        self.answer(405, b"")


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    secure = None

    def finish_request(self, request, client_address):
        if self.secure:
            request = self.secure.wrap_socket(request, server_side=True)
        super().finish_request(request, client_address)
        if self.secure:
            try:
                request.unwrap()
            except (OSError, ValueError):
                pass

    def handle_error(self, request, client_address):
        pass


class Six(Server):
    address_family = socket.AF_INET6


def serve(kind, addr, secure=None):
    host, port = addr.rsplit(":", 1)
    s = kind((host.strip("[]"), int(port)), Handler)
    s.secure = secure
    threading.Thread(target=s.serve_forever, daemon=True).start()


signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(cert, key)
serve(Server, sys.argv[5])
serve(Server, sys.argv[6], context)
if len(sys.argv) > 7 and sys.argv[7]:
    serve(Six, sys.argv[7])
while True:
    signal.pause()
