#pragma once

#include <tapes/export/left_out.hpp>
#include <tapes/read/sources.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::exports {

/// The exchange that shows the tools and parameters of a node: the one whose answer it is, else the first
/// that asked with it; 0: none is known.
std::int64_t exchange_of_node(read::sources& from, std::int64_t node);

/// The recorded request of an exchange, as JSON; an empty object where its bytes were not kept or cannot be
/// read.
nlohmann::ordered_json recorded_request(read::sources& from, std::int64_t exchange);

/// The name that the store keeps for the API of `--api`: "anthropic" is `anthropic_messages`; "" for a name
/// that is none.
std::string_view api_of_name(std::string_view name) noexcept;

/// Makes the body of a request in the form of `api` (a name that the store keeps) from the nodes of a chain.
/// `own`: they were recorded in that API. `recorded` is the request that has tools and parameters.
nlohmann::ordered_json request_body(read::sources& from, const std::vector<std::int64_t>& nodes,
                                    std::string_view api, bool own, const nlohmann::ordered_json& recorded,
                                    left_out& left);

}  // namespace tapes::exports
