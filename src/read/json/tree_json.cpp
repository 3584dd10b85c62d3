#include "json/values.hpp"

#include <tapes/catalogue/names.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/transcript.hpp>

#include <variant>

namespace tapes::read {

namespace {

ordered_json branch_json(const tree_branch& from) {
    return {{"type", "branch"},
            {"level", from.level},
            {"last", from.last},
            {"above", number_json(static_cast<std::uint64_t>(from.above))},
            {"first", from.first},
            {"node", from.node},
            {"hash", hash_json(from.hash)},
            {"nodes", from.nodes},
            {"turns", from.turns},
            {"role", from.role},
            {"words", text_json(from.words)},
            {"model", text_json(from.model)},
            {"first_at", moment_json(from.first_at_us)},
            {"last_at", moment_json(from.last_at_us)},
            {"made_by", cause_json(from.made_by)},
            {"current", from.current},
            {"branches", from.branches},
            {"cause", cause_json(from.cause)}};
}

ordered_json tree_thread_json(const tree_thread& from) {
    auto made = entry_json(begun_thread{from.thread, from.number, from.continues_number});
    made["level"] = from.level;
    made["parent"] = number_json(from.parent_number);
    return made;
}

}  // namespace

ordered_json tree_entry_json(const tree_entry& from) {
    const auto* const branch = std::get_if<tree_branch>(&from);
    return branch != nullptr ? branch_json(*branch) : tree_thread_json(std::get<tree_thread>(from));
}

}  // namespace tapes::read
