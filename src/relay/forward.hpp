#pragma once

#include "router.hpp"

#include <tapes/http/head.hpp>

#include <string>
#include <string_view>

namespace tapes::relay {

/// Appends the head that goes upstream: the request's field lines as they came and in their order, without
/// those that end at this hop, with the upstream's Host. Only what the upstream's URL and an upgrade ask for
/// is added.
void write_upstream_head(const http::request_head& head, const route& destination, std::string& out);

/// Says to whom an answer goes, and whether his connection goes on after it.
struct client_side {
    int minor_version = 1;  ///< of the client's request
    bool keep_alive = true;
};

/// Appends the head that goes to the client. `dechunk` says that the body's chunks are undone (HTTP/1.0
/// clients).
void write_client_head(const http::response_head& head, const client_side& client, bool dechunk,
                       std::string& out);

/// Appends an answer of our own: {"error":"…"}, `message` being plain ASCII.
void write_error(int status, std::string_view message, bool keep_alive, std::string& out);

}  // namespace tapes::relay
