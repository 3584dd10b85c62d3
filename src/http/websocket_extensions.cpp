#include <tapes/http/websocket.hpp>
#include <tapes/text/list.hpp>

#include <charconv>

namespace tapes::http {

namespace {

using text::equal_ignoring_case;
using text::take_element;
using text::trimmed;

/// Reads a number from 8 to 15, quoted or not (RFC 7692 §7.1.2). Returns 0 for anything else.
int window_bits(std::string_view value) {
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') {
        value = value.substr(1, value.size() - 2);
    }
    int bits = 0;
    const auto* const end = value.data() + value.size();
    const auto [stop, error] = std::from_chars(value.data(), end, bits);
    return error == std::errc{} && stop == end && bits >= 8 && bits <= 15 ? bits : 0;
}

/// Reads one parameter of permessage-deflate. Returns false for one that an answer may not have.
bool read_parameter(std::string_view parameter, deflate_settings& client, deflate_settings& server) {
    const auto name = take_element(parameter, '=');
    const auto value = trimmed(parameter);
    if (equal_ignoring_case(name, "client_no_context_takeover") && value.empty()) {
        client.context_takeover = false;
        return true;
    }
    if (equal_ignoring_case(name, "server_no_context_takeover") && value.empty()) {
        server.context_takeover = false;
        return true;
    }
    const int bits = window_bits(value);
    if (equal_ignoring_case(name, "client_max_window_bits") && bits != 0) {
        client.window_bits = bits;
        return true;
    }
    if (equal_ignoring_case(name, "server_max_window_bits") && bits != 0) {
        server.window_bits = bits;
        return true;
    }
    return false;
}

}  // namespace

websocket_extensions read_websocket_extensions(std::string_view value) {
    websocket_extensions agreed;
    while (!value.empty()) {
        auto extension = take_element(value, ',');
        if (extension.empty()) {
            continue;
        }
        const auto name = take_element(extension, ';');
        if (!equal_ignoring_case(name, "permessage-deflate") || agreed.client) {
            agreed.understood = false;
            continue;
        }
        agreed.client.emplace();
        agreed.server.emplace();
        while (!extension.empty()) {
            const auto parameter = take_element(extension, ';');
            if (!read_parameter(parameter, *agreed.client, *agreed.server)) {
                agreed.understood = false;
            }
        }
    }
    return agreed;
}

}  // namespace tapes::http
