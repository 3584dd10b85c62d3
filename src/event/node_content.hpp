#pragma once

#include <tapes/store/received.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace tapes::event {

/// Gives a node the content that `content` says (JSON whose depth is bounded), in event form, and its match
/// form. Returns why it is not that of the node: no list of blocks, or of another hash.
std::string take_content(store::received_node& to, const nlohmann::json& content);

}  // namespace tapes::event
