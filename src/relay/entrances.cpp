#include "entrances.hpp"

#include <tapes/sync/mutex.hpp>

#include <algorithm>
#include <array>
#include <random>
#include <stdexcept>
#include <utility>

namespace tapes::relay {

namespace {

bool is_key(std::string_view key) {
    return !key.empty() && std::ranges::all_of(key, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
               c == '_' || c == '.';
    });
}

std::string random_id() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::random_device source;
    std::string id;
    for (int word = 0; word < 4; ++word) {
        auto bits = source();
        for (int digit = 0; digit < 8; ++digit, bits >>= 4U) {
            id += digits[bits & 15U];
        }
    }
    return id;
}

open_entrance::upstream upstream_of(const std::string& key, const entrance_upstream& wanted) {
    constexpr std::array<std::string_view, 5> providers{"anthropic", "openai", "ollama", "gemini", "auto"};
    if (std::ranges::find(providers, wanted.provider) == providers.end()) {
        throw std::invalid_argument{"upstream " + key + " has no known provider"};
    }
    auto to = parse_origin(wanted.url, "upstream " + key);
    if (!to.authorization.empty()) {
        throw std::invalid_argument{"upstream " + key + " has user info in its URL"};
    }
    return {std::move(to), wanted.provider, wanted.version_once};
}

entrance_figures figures_of(const capture::tally& figures) {
    // What is settled was accepted before: read the other way round, more could seem to be settled.
    entrance_figures made;
    made.settled = figures.settled;
    made.turns = figures.turns;
    made.accepted = figures.accepted;
    return made;
}

}  // namespace

std::string entrance_table::open(const entrance& wanted) {
    auto made = std::make_shared<open_entrance>();
    made->agent = wanted.agent;
    made->project = wanted.project;
    made->figures = std::make_shared<capture::tally>();
    for (const auto& [key, upstream] : wanted.upstreams) {
        if (!is_key(key)) {
            throw std::invalid_argument{"the key of an upstream has letters, digits, '-', '_' and '.'"};
        }
        made->upstreams.emplace(key, upstream_of(key, upstream));
    }
    auto id = random_id();
    const sync::lock_guard held{mutex_};
    if (open_.size() >= most_open) {
        throw std::runtime_error{"too many entrances are open"};
    }
    open_.emplace(id, std::move(made));
    return id;
}

std::shared_ptr<const open_entrance> entrance_table::find(std::string_view id) const {
    const sync::lock_guard held{mutex_};
    const auto found = open_.find(id);
    return found == open_.end() ? nullptr : found->second;
}

std::optional<entrance_figures> entrance_table::read(std::string_view id) const {
    const auto found = find(id);
    return found == nullptr ? std::nullopt : std::optional{figures_of(*found->figures)};
}

std::optional<entrance_figures> entrance_table::close(std::string_view id) {
    std::shared_ptr<const open_entrance> closed;
    {
        const sync::lock_guard held{mutex_};
        const auto found = open_.find(id);
        if (found == open_.end()) {
            return std::nullopt;
        }
        closed = std::move(found->second);
        open_.erase(found);
    }
    return figures_of(*closed->figures);
}

}  // namespace tapes::relay
