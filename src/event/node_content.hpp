#pragma once

#include <tapes/store/received.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>

namespace tapes::event {

/// Gives a node its content (JSON whose depth is bounded), in event form, and its match form. Returns why the
/// content is not that of the node: it is no list of blocks, or of another hash.
std::string take_content(store::received_node& node, const nlohmann::json& content);

}  // namespace tapes::event
