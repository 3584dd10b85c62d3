"""OTLP's JSON lines, read by the published protobuf schema."""
import base64
import json

from google.protobuf import json_format
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

IDS = ("traceId", "spanId", "parentSpanId")


def binary_ids(value):
    """OTLP's JSON has ids in hexadecimal where protobuf's own JSON has base64 (opentelemetry.io/docs/specs/otlp, "JSON
    Protobuf encoding")."""
    if isinstance(value, list):
        return [binary_ids(one) for one in value]
    if isinstance(value, dict):
        return {key: base64.b64encode(bytes.fromhex(one)).decode() if key in IDS else binary_ids(one)
                for key, one in value.items()}
    return value


def as_protobuf(line: str) -> ExportTraceServiceRequest:
    return json_format.Parse(json.dumps(binary_ids(json.loads(line))), ExportTraceServiceRequest())
