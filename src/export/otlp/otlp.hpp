#pragma once

#include <tapes/export/form.hpp>

namespace tapes::exports {

/// Writes OpenTelemetry spans by the GenAI conventions (open-telemetry/semantic-conventions-genai) as OTLP
/// JSON, one request with one span a line, as the collector's file exporter does: a client span for each
/// exchange; and, derived from the record and marked so (`tapes.derived`), one for each agent and for each
/// call of a tool whose result is known. Ids follow from the record: the same export has the same.
void write_otlp(task& given);

}  // namespace tapes::exports
