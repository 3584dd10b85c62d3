#include "commands/moments.hpp"
#include "commands/opening_text.hpp"

#include <tapes/app/exchanges.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/store/exchange_view.hpp>
#include <tapes/store/reading_place.hpp>
#include <tapes/store/wire_reader.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/utf8.hpp>

#include <algorithm>
#include <ostream>
#include <stdexcept>
#include <string_view>

namespace tapes::app {

namespace {

store::seen_exchange find_one(const std::string& path, const std::string& id) {
    auto found = store::exchange_view{path}.find(id);
    if (found.empty()) {
        throw std::runtime_error{"no exchange \"" + id + "\" in " + path + "; see tapes exchange list"};
    }
    if (found.size() > 1) {
        throw std::runtime_error{"\"" + id + "\" is the beginning of several ids, such as " + found[0].id +
                                 " and " + found[1].id};
    }
    return std::move(found.front());
}

/// A body of an exchange, with what is needed to write it.
struct body {
    std::string name;  ///< "exchange 0190…: its request"
    std::string_view head;
    const std::string& bytes;
    bool decoded_in_store;
};

/// Tells whether bytes begin as text does, and not as what is encoded.
bool is_text(std::string_view bytes) {
    return http::shown_coding(bytes).empty() && std::ranges::all_of(bytes.substr(0, 32), [](char c) {
               return static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\r' || c == '\t';
           });
}

/// Writes a body. Returns false when it could not be decoded to its end.
bool write(const body& from, bool decode, printer& out, printer& err) {
    const auto label = http::joined_values(from.head, "content-encoding");
    const auto coding = http::coding_of(label, from.bytes);
    const bool coded = !coding.empty() && !from.decoded_in_store;
    if (from.decoded_in_store && !decode) {
        err << "tapes: " << from.name << " was kept decoded (it was "
            << (http::is_identity(label) ? std::string_view{"coded without a label"}
                                         : std::string_view{label})
            << "), because credentials in it were redacted\n";
    }
    if (!coded || !decode) {
        out.bytes().write(from.bytes.data(), static_cast<std::streamsize>(from.bytes.size()));
        return true;
    }
    const auto undone = http::decode_all(coding, from.bytes);
    // Some senders name a coding that they do not use; docs/mapping.md, "Bodies under another label".
    if (undone.bytes.empty() && undone.status != http::decode_status::done && is_text(from.bytes)) {
        out.bytes().write(from.bytes.data(), static_cast<std::streamsize>(from.bytes.size()));
        return true;
    }
    out.bytes().write(undone.bytes.data(), static_cast<std::streamsize>(undone.bytes.size()));
    if (undone.status != http::decode_status::done) {
        err << "tapes: " << from.name << " cannot be decoded to its end (" << coding
            << "): " << http::to_string(undone.status) << "\n";
        return false;
    }
    return true;
}

/// `12 ms`, `3.4 s`, `2 min 05 s`.
std::string duration_text(std::int64_t microseconds) {
    const auto milliseconds = std::max<std::int64_t>(microseconds, 0) / 1000;
    const auto seconds = milliseconds / 1000;
    if (seconds >= 60) {
        const auto rest = std::to_string(seconds % 60);
        return std::to_string(seconds / 60) + " min " + (rest.size() < 2 ? "0" : "") + rest + " s";
    }
    return seconds == 0 ? std::to_string(milliseconds) + " ms"
                        : std::to_string(seconds) + "." + std::to_string(milliseconds % 1000 / 100) + " s";
}

/// The first characters of a line, with … where there are more.
std::string shortened(const std::string& line) {
    constexpr std::size_t most_bytes = 72;
    return line.size() <= most_bytes ? line : line.substr(0, text::character_start(line, most_bytes)) + "…";
}

void write_line(const store::seen_exchange& one, const exchange_opening& opening, printer& out) {
    const auto outcome = one.drop_reason.empty() ? one.end_reason : one.end_reason + ", " + one.drop_reason;
    out << right(6, static_cast<std::uint64_t>(one.seq)) << "  " << one.id << "  "
        << one.started_at.substr(0, 19) << "Z  " << (one.status ? std::to_string(*one.status) : "-") << "  "
        << (one.on_websocket() ? "WEBSOCKET" : one.method) << " " << one.path;
    if (!one.model.empty()) {
        out << "  " << one.model;
    }
    if (one.total_tokens) {
        out << "  " << *one.total_tokens << " tokens";
    }
    if (one.duration_us) {
        out << "  " << duration_text(*one.duration_us);
    }
    if (!one.session.empty()) {
        out << "  session " << one.session;
    }
    if (!one.agent_name.empty()) {
        out << "  agent " << one.agent_name;
    }
    if (!one.client.empty()) {
        out << "  by " << one.client;
    }
    if (!one.caller.empty()) {
        out << "  from " << one.caller;
    }
    if (!one.source.empty()) {
        out << "  by " << one.source;
    }
    out << "  " << outcome;
    if (!one.stop_reason.empty()) {
        out << " (" << one.stop_reason << ")";
    }
    if (!opening.request.empty() || !opening.answer.empty()) {
        out << "  " << shortened(opening.request) << " → " << shortened(opening.answer);
    }
    out << "\n";
}

/// All columns of the view, and the opening.
void write_json(const store::seen_exchange& one, const exchange_opening& opening, printer& out) {
    auto json = one.json;
    json.pop_back();
    json += ",\"request_text\":";
    text::append_json_string(json, opening.request);
    json += ",\"answer_text\":";
    text::append_json_string(json, opening.answer);
    out.json(json + "}");
}

}  // namespace

int list_exchanges(const config::settings& settings, const exchange_list& options, printer& out) {
    store::exchange_filter filter;
    filter.limit = options.limit;
    filter.since_us = moment_flag("--since", options.since);
    filter.api = options.api;
    filter.session = options.session;
    filter.dropped = options.dropped;
    const store::reading_place place{settings.storage.sqlite_path};
    store::chain_reader chains{place.path()};
    for (const auto& one : store::exchange_view{place.path()}.list(filter)) {
        const auto opening = opening_of(chains, one.head);
        options.json ? write_json(one, opening, out) : write_line(one, opening, out);
    }
    return 0;
}

int show_exchange(const config::settings& settings, const exchange_show& options, printer& out,
                  printer& err) {
    const store::reading_place place{settings.storage.sqlite_path};
    const auto& path = place.path();
    const auto found = find_one(path, options.id);
    const auto wire = store::wire_reader{path}.read(found.seq);
    if (!wire) {
        throw std::runtime_error{"exchange " + found.id + ": its bytes were not kept; see record.wire"};
    }
    const auto name = "exchange " + found.id + ": its ";
    const body request{name + "request", wire->request_head, wire->request, wire->request_decoded};
    const body response{name + "response", wire->response_head, wire->response, wire->response_decoded};
    bool whole = true;
    if (!found.caller.empty()) {
        err << "tapes: exchange " << found.id << " came from caller " << found.caller << "\n";
    }
    if (!found.source.empty()) {
        err << "tapes: exchange " << found.id << " did not pass the proxy: it came by " << found.source
            << "\n";
    }
    if (options.shown != exchange_show::part::all) {
        whole = write(options.shown == exchange_show::part::request ? request : response, options.decoded,
                      out, err);
    } else {
        for (const auto* const part : {&request, &response}) {
            out.bytes() << part->head << "\n\n";
            whole = write(*part, !options.raw, out, err) && whole;
            out.bytes() << (part == &request ? "\n\n" : "\n");
        }
    }
    out.flush();
    return whole ? 0 : 1;
}

}  // namespace tapes::app
