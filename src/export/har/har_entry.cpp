#include "har/har_entry.hpp"

#include <tapes/catalogue/token_sums.hpp>
#include <tapes/export/secrets.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/text/base64.hpp>
#include <tapes/text/percent.hpp>
#include <tapes/text/rfc3339.hpp>
#include <tapes/text/utf8.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <utility>

namespace tapes::exports {

namespace {

using nlohmann::ordered_json;

double ms_between(std::int64_t from_us, std::int64_t to_us) {
    return from_us == 0 || to_us < from_us ? 0.0 : static_cast<double>(to_us - from_us) / 1000;
}

/// HAR's phases of an exchange, in ms: until a connection was at hand, until the request had gone out, until
/// the first byte of the answer, until its last. Where the record does not know one, the next one has its
/// time.
ordered_json timings_of(const store::kept_exchange& row) {
    auto at = row.accepted_at_us;
    const auto answered = row.first_byte_at_us;
    const auto until = [&at, answered](std::int64_t next) {
        const auto end =
            answered == 0 ? next : std::min(next, answered);  // an answer may come before all was sent
        const auto ms = ms_between(at, end);
        at = std::max(at, end);
        return ms;
    };
    const auto blocked = row.connected_at_us == 0 ? -1.0 : until(row.connected_at_us);
    const auto send = row.sent_at_us == 0 ? 0.0 : until(row.sent_at_us);
    return {{"blocked", blocked},
            {"dns", -1},
            {"connect", -1},
            {"ssl", -1},
            {"send", send},
            {"wait", ms_between(at, answered)},
            {"receive", ms_between(answered, row.last_byte_at_us)}};
}

double sum_of(const ordered_json& timings) {
    double sum = 0;
    for (const auto& phase : timings) {
        sum += std::max(phase.get<double>(), 0.0);  // -1: not known
    }
    return sum;
}

class entry_maker {
public:
    entry_maker(task& given, const recorded_exchange& one, bool& hashes)
        : secrets_{given.secrets},
          from_{given.from},
          one_{one},
          where_{"exchange " + std::to_string(one.row.seq)},
          hashes_{hashes} {}

    ordered_json make(const std::string& session) {
        const auto& row = one_.row;
        ordered_json made;
        std::string started;
        text::append_rfc3339(started, row.accepted_at_us);
        // A reader of JavaScript wants digits of a fraction.
        made["startedDateTime"] = started.find('.') == std::string::npos
                                      ? started.substr(0, started.size() - 1) + ".000Z"
                                      : started;
        auto timings = timings_of(row);
        made["time"] = sum_of(timings);
        made["request"] = request();
        made["response"] = response();
        made["cache"] = ordered_json::object();
        made["timings"] = std::move(timings);
        if (one_.on_websocket()) {
            made["_resourceType"] = "websocket";
            made["_webSocketMessages"] = messages();
        }
        made["_tapes"] = own(session);
        return made;
    }

private:
    ordered_json fields(std::string_view head) {
        auto made = ordered_json::array();
        for (const auto& [name, value] : fields_of(head)) {
            made.push_back({{"name", name}, {"value", secrets_.text(value, where_ + ", " + name)}});
        }
        return made;
    }

    /// Without a text where it is none, or no bytes were kept.
    std::string body_text(const std::string& body, const char* side) {
        const auto first = body.find_first_not_of(" \t\r\n");
        const bool json = first != std::string::npos && (body[first] == '{' || body[first] == '[') &&
                          nlohmann::json::accept(body);
        const auto where = where_ + ", " + side;
        return json ? secrets_.json(body, where) : secrets_.text(body, where);
    }

    ordered_json request() {
        const auto& row = one_.row;
        const auto url = secrets_.text(url_of(row), where_ + ", URL");
        const auto line = first_line_of(one_.request_head);
        ordered_json made{{"method", row.method},
                          {"url", url},
                          {"httpVersion", line.ends_with("HTTP/1.0") ? "HTTP/1.0" : "HTTP/1.1"},
                          {"cookies", ordered_json::array()},
                          {"headers", fields(one_.request_head)},
                          {"queryString", query_of(url)}};
        if (!one_.request.empty() && !one_.on_websocket()) {
            const std::string type{http::find_value(one_.request_head, "content-type")};
            made["postData"] = {{"mimeType", type.empty() ? "application/octet-stream" : type}};
            // HAR 1.2 has no encoding for what was sent.
            if (text::valid_utf8(one_.request)) {
                made["postData"]["text"] = body_text(one_.request, "request");
            } else {
                made["postData"]["text"] = text::encoded_base64(one_.request);
                made["postData"]["_encoding"] = "base64";
            }
        }
        made["headersSize"] = -1;
        made["bodySize"] = row.request_bytes;
        return made;
    }

    ordered_json response() {
        const auto& row = one_.row;
        const auto line = first_line_of(one_.response_head);
        const auto reason = std::min(line.find(' ', std::min(line.find(' ') + 1, line.size())), line.size());
        const std::string type{http::find_value(one_.response_head, "content-type")};
        ordered_json content{{"size", one_.response.size()}, {"mimeType", type.empty() ? "x-unknown" : type}};
        if (one_.response_decoded && row.response_bytes < one_.response.size()) {
            content["compression"] = one_.response.size() - row.response_bytes;
        }
        if (!one_.on_websocket() && one_.has_wire) {
            const bool plain = text::valid_utf8(one_.response);
            content["text"] =
                plain ? body_text(one_.response, "response") : text::encoded_base64(one_.response);
            if (!plain) {
                content["encoding"] = "base64";
            }
        }
        return {{"status", row.status},
                {"statusText", reason < line.size() ? std::string{line.substr(reason + 1)} : std::string{}},
                {"httpVersion", line.starts_with("HTTP/1.0") ? "HTTP/1.0" : "HTTP/1.1"},
                {"cookies", ordered_json::array()},
                {"headers", fields(one_.response_head)},
                {"content", std::move(content)},
                {"redirectURL", std::string{http::find_value(one_.response_head, "location")}},
                {"headersSize", -1},
                {"bodySize", row.response_bytes}};
    }

    static ordered_json query_of(const std::string& url) {
        auto made = ordered_json::array();
        auto rest = std::string_view{url}.substr(std::min(url.find('?'), url.size()));
        while (!rest.empty()) {
            rest.remove_prefix(1);
            const auto pair = rest.substr(0, rest.find('&'));
            rest.remove_prefix(pair.size());
            const auto equal = std::min(pair.find('='), pair.size());
            if (!pair.empty()) {
                made.push_back(
                    {{"name", text::percent_decoded(pair.substr(0, equal))},
                     {"value", text::percent_decoded(pair.substr(std::min(equal + 1, pair.size())))}});
            }
        }
        return made;
    }

    /// As Chromium's export has them. The store keeps the server's messages as an event stream.
    ordered_json messages() {
        auto made = ordered_json::array();
        const auto add = [&](const char* type, std::int64_t at_us, const std::string& data) {
            made.push_back({{"type", type},
                            {"time", static_cast<double>(at_us) / 1e6},
                            {"opcode", 1},
                            {"data", body_text(data, type)}});
        };
        add("send", one_.row.accepted_at_us, one_.request);
        constexpr std::string_view mark = "data: ";
        for (std::string_view rest = one_.response; !rest.empty();) {
            const auto line = rest.substr(0, rest.find('\n'));
            rest.remove_prefix(std::min(line.size() + 1, rest.size()));
            if (line.starts_with(mark)) {
                add("receive", one_.row.last_byte_at_us, std::string{line.substr(mark.size())});
            }
        }
        return made;
    }

    ordered_json own(const std::string& session) {
        const auto& row = one_.row;
        ordered_json made{{"id", capture::to_string(row.id)}};
        const auto add = [&made](const char* name, const std::string& text) {
            if (!text.empty()) {
                made[name] = text;
            }
        };
        add("provider", row.provider);
        add("agent_name", row.agent_name);
        add("project", row.project);
        add("session", session.empty() ? row.session : session);
        add("path", row.path);
        add("api", row.api);
        add("model", row.model);
        add("response_model", row.response_model);
        add("stop_reason", row.stop_reason);
        made["end_reason"] = capture::name_of(row.ended);
        add("drop_reason", std::string{capture::name_of(row.dropped)});
        // The hash of what a secret was taken from would let it be guessed, and so would those behind it.
        hashes_ = secrets_.take_least_bits() >= unguessable_bits && hashes_;
        if (const auto node = row.head == 0 || !hashes_ ? std::nullopt : from_.chains.row(row.head)) {
            made["hash"] = merkle::to_hex(node->hash);
        }
        if (const auto tokens = catalogue::tokens_of(row.used)) {
            made["usage"] = {{"input", tokens->input},
                             {"cache_read", tokens->cache_read},
                             {"cache_write", tokens->written()},
                             {"output", tokens->output},
                             {"reasoning", tokens->reasoning}};
        }
        return made;
    }

    secret_filter& secrets_;
    read::sources& from_;
    const recorded_exchange& one_;
    const std::string where_;
    bool& hashes_;
};

}  // namespace

std::string har_entry(task& given, const recorded_exchange& one, const std::string& session, bool& hashes) {
    return entry_maker{given, one, hashes}.make(session).dump(-1, ' ', false,
                                                              ordered_json::error_handler_t::replace);
}

}  // namespace tapes::exports
