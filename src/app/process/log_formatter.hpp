#pragma once

#include <tapes/config/config.hpp>

#include <spdlog/formatter.h>

#include <memory>
#include <string_view>

namespace tapes::app {

/// Returns what turns a message into a line of the log: one line of text that is visible (text::visible), or
/// one JSON object {"time":…,"level":…,"message":…}. Nothing in a message begins another line, acts on a
/// terminal or breaks the JSON, whoever wrote the message.
std::unique_ptr<spdlog::formatter> make_log_formatter(config::log_format format);

/// The name of the logger whose messages, with config::log_format::json, are the members of an object already
/// ("\"message\":\"exchange\",…"), which take the place of "message".
inline constexpr std::string_view members_logger = "members";

}  // namespace tapes::app
