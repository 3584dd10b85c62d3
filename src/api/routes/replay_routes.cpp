#include "routes/replay_json.hpp"

#include <tapes/api/replay_routes.hpp>

#include <memory>

namespace tapes::api {

namespace {

constexpr std::string_view replay_path_prefix = "/v1/replays/";

response list(const std::string& path) {
    std::string body = "{\"replays\":[";
    bool first = true;
    for (const auto& one : store::replay_reader{path}.list()) {
        body += first ? "" : ",";
        body += replay_json(one, store::replay_claim::taken(path, one.id));
        first = false;
    }
    return {200, body + "]}\n"};
}

response put(const request& asked, const std::string& path, store::writer& writer) {
    const auto name = asked.path.substr(replay_path_prefix.size());
    const auto order = read_order(asked.body);
    if (!order || !store::valid_replay_name(name)) {
        return error_response(400, order ? "no name of a replay: \"" + name + "\"" : "the body is no order");
    }
    const auto there = store::replay_reader{path}.find(name);
    if (order->create.has_value() == there.has_value()) {
        return there ? error_response(409, "a replay \"" + name + "\" exists (" +
                                               std::string{store::to_string(there->state)} + ")")
                     : error_response(404, "there is no replay \"" + name + "\"");
    }
    try {
        auto wanted = order->create.value_or(store::replay{});
        wanted.name = name;
        const auto now = order->create ? store::create_replay(writer, wanted)
                                       : store::change_replay(writer, name, order->change);
        return {200, replay_json(now, store::replay_claim::taken(path, now.id)) + "\n"};
    } catch (const std::runtime_error& failed) {
        return error_response(503, failed.what());
    }
}

}  // namespace

void add_replay_routes(route_table& to, std::string store_path, store::writer& writer) {
    const auto path = std::make_shared<const std::string>(std::move(store_path));
    to.add({"GET", "/v1/replays", [path](const request&) { return list(*path); }});
    to.add({"PUT", std::string{replay_path_prefix},
            [path, &writer](const request& asked) { return put(asked, *path, writer); }});
}

}  // namespace tapes::api
