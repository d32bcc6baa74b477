#!/usr/bin/env python3
"""What a rollout asks, for tests: a monitor's /metrics, or a Prometheus server that is not well.

usage: rollout_server.py ADDRESS:PORT FILE
       rollout_server.py ADDRESS:PORT --mode error|html|huge|partial|redirect|slow|truncated|empty

With FILE, its bytes are served, as they are at each request. Prints one line when it listens.
"""
import http.server
import json
import socketserver
import sys
import time

address, port = sys.argv[1].rsplit(":", 1)
mode = sys.argv[3] if sys.argv[2] == "--mode" else None


def vector(**more):
    return json.dumps({"status": "success", "data": {"resultType": "vector", "result": []}, **more}).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body) + (100 if mode == "truncated" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if mode is None:
            try:
                with open(sys.argv[2], "rb") as file:
                    self.answer(200, file.read())
            except OSError:
                self.answer(503, b"")
        elif mode == "error":
            self.answer(422, b'{"status": "error", "errorType": "execution", "error": "query timed out"}')
        elif mode == "html":
            self.answer(502, b"<html>Bad Gateway</html>")
        elif mode == "huge":
            self.answer(200, b" " * (20 << 20))
        elif mode == "partial":
            self.answer(200, vector(warnings=["a store did not answer"]))
        elif mode == "redirect":
            self.answer(302, b"", Location="file:///etc/passwd")
        elif mode == "slow":
            time.sleep(30)
        else:
            self.answer(200, vector())

    def log_message(self, *arguments):
        pass


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


with Server((address, int(port)), Handler) as server:
    print("listening on port", server.server_address[1], flush=True)
    try:
        server.serve_forever()
    except (KeyboardInterrupt, BrokenPipeError):
        pass
