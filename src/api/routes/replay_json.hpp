#pragma once

#include <tapes/store/replays.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <string_view>

namespace tapes::api {

/// What a PUT asks for: a replay to be made (its name is not in it), or else a change.
struct replay_order {
    std::optional<store::replay> create;
    store::replay_change change;
};

/// Nothing where it cannot be read, or holds what no command sends.
std::optional<replay_order> read_order(std::string_view json);

}  // namespace tapes::api
