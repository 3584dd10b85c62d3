#include "forward.hpp"

#include "callers.hpp"

#include <tapes/text/json_string.hpp>

#include <boost/beast/http/status.hpp>

namespace tapes::relay {

namespace {

using http::equal_names;

/// Appends Content-Length unless that is done already: equal repeats say one thing once.
void append_length(const http::field& one, bool& written, std::string& out) {
    if (!written) {
        out.append(one.name).append(": ").append(one.value.substr(0, one.value.find(','))).append("\r\n");
        written = true;
    }
}

}  // namespace

void write_upstream_head(const http::request_head& head, const route& destination, std::string& out) {
    out.append(head.method).append(" ").append(destination.target).append(" HTTP/1.1\r\n");
    bool named_host = false;
    bool wrote_length = false;
    const auto write_host = [&] {
        out.append("Host: ").append(destination.upstream->authority).append("\r\n");
    };
    if (head.minor_version == 0 && http::find_field(head.fields, "host") == nullptr) {
        write_host();
        named_host = true;
    }
    for (const auto& one : head.fields) {
        if (!named_host && equal_names(one.name, "host")) {
            write_host();
            named_host = true;
        } else if (equal_names(one.name, "content-length")) {
            append_length(one, wrote_length, out);
        } else if (equal_names(one.name, "transfer-encoding")) {
            out.append(one.line);  // of this hop, yet it stays true: the chunks pass as they are
        } else if (!equal_names(one.name, agent_field) && !equal_names(one.name, token_field) &&
                   (!one.hop_by_hop || (head.upgrade && equal_names(one.name, "upgrade")))) {
            out.append(one.line);
        }
    }
    if (head.upgrade) {
        out.append("Connection: Upgrade\r\n");
    }
    if (!destination.upstream->authorization.empty() &&
        http::find_field(head.fields, "authorization") == nullptr) {
        out.append("Authorization: ").append(destination.upstream->authorization).append("\r\n");
    }
    out.append("\r\n");
}

void write_client_head(const http::response_head& head, const client_side& client, bool dechunk,
                       std::string& out) {
    out.append("HTTP/1.1 ")
        .append(std::to_string(head.status))
        .append(" ")
        .append(head.reason_phrase)
        .append("\r\n");
    const bool switching = head.status == 101;
    // Beside the chunked coding it is not passed on (RFC 9112 §6.3).
    bool wrote_length = http::find_field(head.fields, "transfer-encoding") != nullptr;
    for (const auto& one : head.fields) {
        if (equal_names(one.name, "content-length")) {
            append_length(one, wrote_length, out);
        } else if (equal_names(one.name, "transfer-encoding")) {
            if (!dechunk) {
                out.append(one.line);
            }
        } else if (!one.hop_by_hop || (switching && equal_names(one.name, "upgrade"))) {
            out.append(one.line);
        }
    }
    if (switching) {
        out.append("Connection: Upgrade\r\n");
    } else if (head.status >= 200 && !client.keep_alive) {
        out.append("Connection: close\r\n");
    } else if (head.status >= 200 && client.minor_version == 0) {
        out.append("Connection: keep-alive\r\n");
    }
    out.append("\r\n");
}

void write_error(int status, std::string_view message, bool keep_alive, std::string& out) {
    const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status));
    std::string body = "{\"error\":";
    text::append_json_string(body, message);
    body += '}';
    out.append("HTTP/1.1 ").append(std::to_string(status)).append(" ").append(reason.data(), reason.size());
    out.append("\r\nContent-Type: application/json\r\nContent-Length: ").append(std::to_string(body.size()));
    if (status == 405) {
        out.append("\r\nAllow: GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS");
    }
    if (status == 401) {
        out.append("\r\nWWW-Authenticate: Tapes-Token");  // RFC 9110 §11.6.1
    }
    if (!keep_alive) {
        out.append("\r\nConnection: close");
    }
    out.append("\r\n\r\n").append(body);
}

}  // namespace tapes::relay
