"""The traces of a running shop, judged by OpenTelemetry's own packages: the protobuf messages, and the registry of attribute names."""

import ast
import gzip
import importlib.util
import json
import os
import queue
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from opentelemetry.semconv._incubating.attributes.db_attributes import DbSystemNameValues

from conftest import running_shop

# Attributes of the shop's own have this prefix.
OWN = "bookstore."
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def registry():
    """The attribute names that the conventions define, less those that they have deprecated."""
    names = set()
    for package in "opentelemetry.semconv.attributes", "opentelemetry.semconv._incubating.attributes":
        for folder in importlib.util.find_spec(package).submodule_search_locations:
            for file in Path(folder).glob("*_attributes.py"):
                lines = ast.parse(file.read_text()).body
                for line, comment in zip(lines, [*lines[1:], None]):
                    text = comment.value.value if isinstance(comment, ast.Expr) else ""
                    if isinstance(line, ast.AnnAssign) and not text.strip().startswith("Deprecated"):
                        names.add(line.value.value)
    return names


@pytest.fixture
def collector():
    """The address of a collector, and the queue of what it receives."""
    received = queue.Queue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            received.put((self.path, self.headers, self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


@pytest.fixture(params=["", "gzip"])
def shop(request, tmp_path, collector):
    settings = {
        "connectionstring": f"Server=(embedded);AttachDbFilename={tmp_path}/books.db;User ID=sa;Password=Secret-1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector[0],
        "OTEL_EXPORTER_OTLP_HEADERS": "x-tenant=a%20shop",
        "OTEL_EXPORTER_OTLP_COMPRESSION": request.param,
        "OTEL_BSP_SCHEDULE_DELAY": "10",
        "OTEL_RESOURCE_ATTRIBUTES": "deployment.environment.name=test",
    }
    with running_shop(tmp_path, **settings) as (address, log):
        if "this build has no traces" in log:
            pytest.skip("NO TRACES: the bookstore is built without the feature otel")
        yield address, request.param


def request(shop, path, data=None):
    headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "tracestate": "vendor=value", "Content-Type": "application/json"}
    try:
        urllib.request.urlopen(urllib.request.Request(shop + path, data, headers), timeout=60).read()
    except urllib.error.HTTPError:
        pass


def spans_of(batches):
    return [span for batch in batches for group in batch.resource_spans for scope in group.scope_spans for span in scope.spans]


def receive(received, compression, servers):
    """All batches until this many server spans have arrived, and their bytes."""
    batches, whole = [], b""
    while len([span for span in spans_of(batches) if span.kind == Span.SPAN_KIND_SERVER]) < servers:
        path, headers, body = received.get(timeout=60)
        assert (path, headers["Content-Type"], headers["x-tenant"]) == ("/v1/traces", "application/x-protobuf", "a shop")
        assert headers.get("Content-Encoding", "") == compression
        body = gzip.decompress(body) if compression else body
        batches.append(ExportTraceServiceRequest.FromString(body))
        # No unknown field, and no field that an encoder would leave out.
        assert batches[-1].SerializeToString() == body
        whole += body
    return batches, whole


def test_traces_follow_the_protocol_and_the_conventions(collector, shop):
    shop, compression = shop
    paths = ["/books", "/books/1", "/books/999", "/compare", "/books?q=Needle", "/nowhere"]
    for path in paths:
        request(shop, path)
    request(shop, "/api/v1/books", json.dumps({"title": "Needle"}).encode())
    batches, whole = receive(collector[1], compression, len(paths) + 1)

    known = registry()
    assert {"http.route", "db.system.name"} <= known and "http.method" not in known
    for batch in batches:
        for group in batch.resource_spans:
            resource = {each.key: each.value.string_value for each in group.resource.attributes}
            assert resource["service.name"] == "bookstore" and resource["deployment.environment.name"] == "test"
            assert set(resource) <= known
    spans = spans_of(batches)
    by_id = {span.span_id: span for span in spans}
    for span in spans:
        names = [each.key for each in span.attributes]
        assert len(names) == len(set(names)) and [name for name in names if name not in known and not name.startswith(OWN)] == []
        assert (len(span.trace_id), len(span.span_id)) == (16, 8) and any(span.span_id)
        assert 0 < span.start_time_unix_nano <= span.end_time_unix_nano
        assert span.trace_id.hex() == TRACE and span.trace_state == "vendor=value"
        parent = by_id.get(span.parent_span_id)
        assert (span.parent_span_id.hex() == PARENT) == (span.kind == Span.SPAN_KIND_SERVER) == (parent is None)
        assert parent is None or parent.start_time_unix_nano <= span.start_time_unix_nano
        values = {each.key: each.value for each in span.attributes}
        if "db.system.name" in values:
            assert values["db.system.name"].string_value == DbSystemNameValues.SQLITE.value
        if span.kind == Span.SPAN_KIND_SERVER:
            # Those that the conventions require of a server span.
            assert {"http.request.method", "url.path", "url.scheme", "http.response.status_code"} <= set(values)
    assert {span.name for span in spans} >= {"GET /books", "GET /books/{id}", "shared read", "list", "get", "GET"}
    for secret in b"Secret-1", b"Needle", os.fsencode("AttachDb"):
        assert secret not in whole
