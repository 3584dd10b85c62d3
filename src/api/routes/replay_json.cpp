#include "routes/replay_json.hpp"

#include "routes/json.hpp"

#include <tapes/api/replay_routes.hpp>
#include <tapes/text/hex.hpp>

#include <cmath>

namespace tapes::api {

namespace {

using nlohmann::json;

json choice_json(const store::replay_choice& choice) {
    json made{{"event_types", choice.event_types}};
    const auto add = [&](const char* name, const std::string& value) {
        if (!value.empty()) {
            made[name] = value;
        }
    };
    add("root", choice.root);
    add("session", choice.session);
    add("agent_name", choice.agent_name);
    add("project", choice.project);
    if (choice.since_us) {
        made["since_us"] = *choice.since_us;
    }
    if (choice.until_us) {
        made["until_us"] = *choice.until_us;
    }
    return made;
}

json position_json(const store::replay_position& position) {
    return {{"seq", position.seq}, {"events", position.events}, {"bytes", position.bytes}};
}

/// These readers throw nlohmann::json::exception when a member is missing or has another type.
store::replay_position position_of(const json& from) {
    return {from.at("seq").get<std::uint64_t>(), from.at("events").get<std::uint64_t>(),
            from.at("bytes").get<std::uint64_t>()};
}

std::optional<std::int64_t> optional_time(const json& from, const char* name) {
    return from.contains(name) ? std::optional{from.at(name).get<std::int64_t>()} : std::nullopt;
}

store::replay_choice choice_of(const json& from) {
    store::replay_choice made;
    made.root = from.value("root", "");
    made.session = from.value("session", "");
    made.agent_name = from.value("agent_name", "");
    made.project = from.value("project", "");
    made.since_us = optional_time(from, "since_us");
    made.until_us = optional_time(from, "until_us");
    made.event_types = from.at("event_types").get<std::vector<std::string>>();
    return made;
}

store::replay wanted_of(const json& from) {
    store::replay made;
    made.choice = choice_of(from.at("choice"));
    made.to = from.at("to").get<std::string>();
    made.speed = from.value("speed", 0.0);
    made.batch = from.at("batch").get<std::uint64_t>();
    made.last_seq = from.at("last_seq").get<std::uint64_t>();
    return made;
}

bool is_hash(const std::string& text) {
    constexpr std::size_t digits = 64;
    return text.size() == digits && text::is_lower_hex(text);
}

json wanted_json(const store::replay& replay) {
    json made{{"choice", choice_json(replay.choice)},
              {"to", replay.to},
              {"batch", replay.batch},
              {"last_seq", replay.last_seq}};
    if (replay.speed > 0) {
        made["speed"] = replay.speed;
    }
    return made;
}

}  // namespace

std::string replay_json(const store::replay& replay, bool alive) {
    auto made = wanted_json(replay);
    made["id"] = replay.id;
    made["name"] = replay.name;
    made["state"] = store::to_string(replay.state);
    made["alive"] = alive;
    made["at"] = position_json(replay.at);
    made["created_us"] = replay.created_us;
    made["changed_us"] = replay.changed_us;
    if (!replay.error.empty()) {
        made["error"] = replay.error;
    }
    return json_text(made);
}

std::optional<store::replay> read_replay(std::string_view text) {
    try {
        const auto from = json::parse(text);
        auto made = wanted_of(from);
        made.id = from.at("id").get<std::int64_t>();
        made.name = from.at("name").get<std::string>();
        const auto state = store::replay_state_of(from.at("state").get<std::string>());
        made.at = position_of(from.at("at"));
        made.created_us = from.at("created_us").get<std::int64_t>();
        made.changed_us = from.at("changed_us").get<std::int64_t>();
        made.error = from.value("error", "");
        if (!state) {
            return std::nullopt;
        }
        made.state = *state;
        return made;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

std::string creation_json(const store::replay& wanted) {
    return json_text(json{{"create", wanted_json(wanted)}});
}

std::string change_json(const store::replay_change& change) {
    json made = json::object();
    if (change.to) {
        made["state"] = store::to_string(*change.to);
    }
    if (change.at) {
        made["at"] = position_json(*change.at);
    }
    if (!change.error.empty()) {
        made["error"] = change.error;
    }
    return json_text(made);
}

std::optional<replay_order> read_order(std::string_view text) {
    try {
        const auto from = json::parse(text);
        replay_order made;
        if (from.contains("create")) {
            made.create = wanted_of(from.at("create"));
            const bool rooted = made.create->choice.root.empty() || is_hash(made.create->choice.root);
            const auto speed = made.create->speed;
            return rooted && std::isfinite(speed) && speed >= 0 && speed <= 100 && made.create->batch > 0
                       ? std::optional{std::move(made)}
                       : std::nullopt;
        }
        if (from.contains("state")) {
            made.change.to = store::replay_state_of(from.at("state").get<std::string>());
            if (!made.change.to) {
                return std::nullopt;
            }
        }
        if (from.contains("at")) {
            made.change.at = position_of(from.at("at"));
        }
        made.change.error = from.value("error", "");
        return made;
    } catch (const json::exception&) {
        return std::nullopt;
    }
}

}  // namespace tapes::api
