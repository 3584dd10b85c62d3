#pragma once

#include <tapes/api/route.hpp>

#include <chrono>
#include <string>

namespace tapes::api {

struct admin_address {
    std::string url;    ///< "http://127.0.0.1:8081"
    std::string token;  ///< "" for none
};

/// What an answer says is wrong, in a sentence; its status where it says nothing.
std::string problem_of(unsigned status, const std::string& body);

/// Sends a request to an admin listener and returns its answer, whatever its status. Blocks until then.
/// Throws std::runtime_error in one line that names the address, when no whole answer comes within `timeout`,
/// or when the answer has more than 64 MiB.
response send_to_admin(const admin_address& address, const request& request,
                       std::chrono::milliseconds timeout = std::chrono::seconds{30});

}  // namespace tapes::api
