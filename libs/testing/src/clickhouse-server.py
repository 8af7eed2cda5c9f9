"""ClickHouse's own engine, as the package chdb-core carries it, behind the HTTP interface of a ClickHouse server.

As much of the interface as clients of ours use: a statement as the body, or as `query` with rows as the body; bound
parameters as `param_<name>`; other settings by their names; errors as a status with a text.
Called with the folder of the package, the folder of the data, and a port of 127.0.0.1.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

package, data, port = sys.argv[1:]
sys.path.insert(0, package)
from chdb import session  # noqa: E402

engine = session.Session(data)
turn = threading.Lock()


def ask(url, body):
    given = dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))
    statement = given.pop("query", "")
    answers = given.pop("default_format", "TabSeparated")
    bound = {name[6:]: value for name, value in given.items() if name.startswith("param_")}
    settings = {name: value for name, value in given.items() if not name.startswith("param_")}
    with turn:
        for name, value in settings.items():
            engine.query(f"SET {name} = {int(value)}")
        return str(engine.query(f"{statement}\n{body}", answers, params=bound) or "")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.answer(200, "Ok.\n")

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
        try:
            self.answer(200, ask(self.path, body))
        except Exception as error:
            self.answer(500, str(error))

    def answer(self, status, text):
        content = text.encode()
        self.send_response(status)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("127.0.0.1", int(port)), Handler).serve_forever()
