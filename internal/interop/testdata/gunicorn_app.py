"""A WSGI application with the documents of a folder below /f/ and what the tests want below /d/."""
import email.utils
import hashlib
import os
import time
import urllib.request

root = os.environ["INTEROP_ROOT"]
log = open(os.environ["INTEROP_LOG"], "a", buffering=1)
direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))  # whatever the environment says
documents = {}
for name in os.listdir(root + "/f"):
    path = root + "/f/" + name
    with open(path, "rb") as f:
        documents["/f/" + name] = f.read(), email.utils.formatdate(os.stat(path).st_mtime, usegmt=True)


def slowly():
    for _ in range(5):
        time.sleep(0.03)
        yield b"slowly\n"


def app(env, start):
    path, method = env["PATH_INFO"], env["REQUEST_METHOD"]
    log.write("%s %s?%s\n" % (method, path, env["QUERY_STRING"]))

    def answer(status, body, *fields):
        start(status, [("Content-Length", str(len(body)))] + list(fields))
        return [] if method == "HEAD" else [body]

    if path == "/d/refuse":
        return answer("403 Forbidden", b"not wanted")
    if path == "/d/kick":
        return answer("200 OK", direct.open(os.environ["INTEROP_KICK"]).read())
    if path == "/d/up":
        h = hashlib.sha256()
        while True:
            p = env["wsgi.input"].read(65536)
            if not p:
                return answer("200 OK", h.hexdigest().encode())
            h.update(p)
    if path == "/d/slow":
        start("200 OK", [])
        return slowly()
    if method not in ("GET", "HEAD"):
        return answer("405 Method Not Allowed", b"")
    if path not in documents:
        return answer("404 Not Found", b"no such document")
    body, date = documents[path]
    if env.get("HTTP_IF_MODIFIED_SINCE") == date:
        start("304 Not Modified", [])
        return []
    return answer("200 OK", body, ("Last-Modified", date))
