#include "wire/arrival_times.hpp"
#include "wire/event_cutter.hpp"

#include <tapes/capture/chunk_times.hpp>
#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/llm/aws_events.hpp>
#include <tapes/read/wire_events.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <numeric>

namespace tapes::read {

namespace {

using chunk = capture::chunk_times::chunk;

/// A body with its codings undone, and when its bytes came.
struct told_body {
    std::string bytes;
    std::string coding;
    std::string fault;
    arrival_times times;
};

/// The pieces in which the kept bytes came, by their times; empty where they are not known.
std::vector<arrival> pieces_of(sources& from, const exchange& one, std::size_t kept) {
    const auto chunks = capture::chunk_times::decode(from.times_of(one.seq));
    std::vector<arrival> pieces;
    if (chunks.empty()) {
        // One piece, unless it came on a WebSocket, of whose messages no times are kept.
        if (one.method != "GET" && one.last_byte_at_us != 0) {
            pieces.push_back({kept, one.last_byte_at_us});
        }
        return pieces;
    }
    // Pieces are timed from the first one on, which came that long before the last byte.
    const auto last = static_cast<std::int64_t>(chunks.back().at_us);
    const auto begin = std::max(one.first_byte_at_us, one.last_byte_at_us - last);
    std::uint64_t sum = 0;
    for (const auto& piece : chunks) {
        sum += piece.bytes;
        pieces.push_back({sum, begin + static_cast<std::int64_t>(piece.at_us)});
    }
    if (sum != kept) {  // what was redacted, or cut off, does not stand where it came
        pieces.clear();
    }
    return pieces;
}

/// Undoes codings piece by piece, so that each decoded byte has the time of the piece that brought it.
void decode_pieces(const std::string& kept, const std::vector<arrival>& pieces, told_body& to) {
    http::decoder decoder{to.coding};
    std::size_t at = 0;
    auto status = http::decode_status::ok;
    const auto feed = [&](std::size_t end) {
        status = decoder.feed(std::string_view{kept}.substr(at, end - at), to.bytes);
        at = end;
    };
    for (const auto& piece : pieces) {
        feed(static_cast<std::size_t>(piece.bytes));
        to.times.add(to.bytes.size(), piece.at_us);
    }
    feed(kept.size());
    status = decoder.finish();
    if (status != http::decode_status::done) {
        to.fault = http::to_string(status);
    }
}

told_body body_of(sources& from, const exchange& one, store::kept_answer&& kept) {
    told_body made;
    const auto label = http::joined_values(kept.head, "content-encoding");
    const auto coding = http::coding_of(label, kept.bytes);
    const auto pieces = pieces_of(from, one, kept.bytes.size());
    if (!coding.empty() && !kept.decoded) {
        made.coding = coding;
        decode_pieces(kept.bytes, pieces, made);
        // Some senders name a coding that they do not use; docs/mapping.md, "Bodies under another label".
        if (!made.bytes.empty() || made.fault.empty()) {
            return made;
        }
        made = {};
    }
    made.bytes = std::move(kept.bytes);
    for (const auto& piece : pieces) {
        made.times.add(piece.bytes, piece.at_us);
    }
    return made;
}

/// By its label, else by how it begins: some servers call every stream JSON or text.
wire_form form_of(const exchange& one, std::string_view type, std::string_view body) {
    if (one.method == "GET" && !one.api.empty()) {
        return wire_form::websocket;
    }
    if (llm::are_aws_events(body)) {
        return wire_form::aws_events;
    }
    const auto media = text::trimmed(type.substr(0, type.find(';')));
    if (http::equal_names(media, "text/event-stream")) {
        return wire_form::sse;
    }
    if (http::equal_names(media, "application/x-ndjson") || http::equal_names(media, "application/ndjson") ||
        http::equal_names(media, "application/jsonl")) {
        return wire_form::ndjson;
    }
    const auto first = body.find_first_not_of("\r\n");
    const auto start = first == std::string_view::npos ? std::string_view{} : body.substr(first);
    if (one.streamed &&
        start.substr(std::min(start.find_first_not_of(" \t\r\n"), start.size())).starts_with('[')) {
        return wire_form::array;
    }
    return start.starts_with("data:") || start.starts_with("event:") ? wire_form::sse : wire_form::body;
}

}  // namespace

std::string_view to_string(wire_form value) noexcept {
    switch (value) {
        case wire_form::sse:
            return "sse";
        case wire_form::ndjson:
            return "ndjson";
        case wire_form::websocket:
            return "websocket";
        case wire_form::aws_events:
            return "aws_events";
        case wire_form::array:
            return "array";
        default:
            return "body";
    }
}

std::optional<wire_listing> list_wire_events(sources& from, const wire_request& request) {
    const auto one = from.find_exchange(request.exchange);
    auto kept = one ? from.wires.read_answer(request.exchange) : std::nullopt;
    if (!kept) {
        return std::nullopt;
    }
    wire_listing made;
    made.exchange = request.exchange;
    made.content_type = http::find_value(kept->head, "content-type");
    made.decoded_in_store = kept->decoded;
    auto body = body_of(from, *one, std::move(*kept));
    made.coding = std::move(body.coding);
    made.fault = std::move(body.fault);
    made.body_bytes = body.bytes.size();
    made.timed = !body.times.empty();
    made.form = form_of(*one, made.content_type, body.bytes);
    cut_events(body.bytes, request, made);
    for (auto& event : made.events) {
        event.at_us = body.times.at(event.offset + event.bytes);
    }
    return made;
}

}  // namespace tapes::read
