#pragma once

#include <tapes/http/head.hpp>

#include <stdexcept>
#include <string>

namespace tapes::relay::test {

/// A parsed request head that keeps its bytes.
struct parsed_request {
    explicit parsed_request(std::string text) : bytes{std::move(text)} {
        if (const auto error = http::parse_request(bytes, {}, head); error != http::head_error::none) {
            throw std::invalid_argument{std::string{http::describe(error)}};
        }
    }
    std::string bytes;
    http::request_head head;
};

struct parsed_response {
    explicit parsed_response(std::string text, bool to_head = false) : bytes{std::move(text)} {
        if (const auto error = http::parse_response(bytes, {}, to_head, head);
            error != http::head_error::none) {
            throw std::invalid_argument{std::string{http::describe(error)}};
        }
    }
    std::string bytes;
    http::response_head head;
};

}  // namespace tapes::relay::test
