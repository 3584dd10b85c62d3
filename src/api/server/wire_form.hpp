#pragma once

#include <tapes/api/route.hpp>

#include <boost/beast/http.hpp>

#include <cstdint>

/// Converts requests and responses between the forms of Boost.Beast and those of the routes.
namespace tapes::api {

using wire_request = boost::beast::http::request<boost::beast::http::string_body>;
using wire_response = boost::beast::http::response<boost::beast::http::string_body>;

/// Returns the request without its body.
request request_head(const wire_request& received);

wire_response to_wire(response&& answer, unsigned version, bool keep_alive);

using wire_head = boost::beast::http::response<boost::beast::http::empty_body>;
using wire_head_serializer = boost::beast::http::response_serializer<boost::beast::http::empty_body>;

/// Returns the head of an answer whose body has so many bytes, which are written apart.
wire_head head_of(response&& answer, unsigned version, bool keep_alive, std::uint64_t bytes);

/// Returns the head of an answer that goes on until its connection is closed, or its last chunk.
wire_head stream_head(response&& answer, bool chunked);

/// Returns an error response with the reason phrase of `status`.
response error_response(unsigned status);

}  // namespace tapes::api
