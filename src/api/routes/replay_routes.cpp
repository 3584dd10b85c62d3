#include "routes/json.hpp"
#include "routes/replay_json.hpp"
#include "routes/route_group.hpp"

#include <tapes/api/replay_routes.hpp>

namespace tapes::api {

namespace {

constexpr std::string_view replay_path_prefix = "/v1/replays/";

struct replay_context {
    std::string path;
    store::writer& writer;

    std::string json(const store::replay& replay) const {
        return replay_json(replay, store::replay_claim::taken(path, replay.id));
    }
};

response list_all_replays(const request&, const replay_context& context) {
    const auto replays = store::replay_reader{context.path}.list();
    return {200, "{" + json_array("replays", replays, [&](const auto& replay) {
                     return context.json(replay);
                 }) + "}\n"};
}

response put_replay(const request& request, const replay_context& context) {
    const auto name = request.path.substr(replay_path_prefix.size());
    const auto order = read_order(request.body);
    if (!order) {
        return error_response(400, "the body is neither a replay to create nor a change");
    }
    if (!store::valid_replay_name(name)) {
        return error_response(400, "\"" + name + "\" cannot be the name of a replay");
    }
    const auto existing = store::replay_reader{context.path}.find(name);
    if (order->create && existing) {
        return error_response(
            409, "a replay \"" + name + "\" exists (" + std::string{store::to_string(existing->state)} + ")");
    }
    if (!order->create && !existing) {
        return error_response(404, "there is no replay \"" + name + "\"");
    }
    auto wanted = order->create.value_or(store::replay{});
    wanted.name = name;
    return {200, context.json(order->create ? store::create_replay(context.writer, wanted)
                                            : store::change_replay(context.writer, name, order->change)) +
                     "\n"};
}

}  // namespace

void add_replay_routes(route_table& table, std::string store_path, store::writer& writer) {
    route_group<replay_context> group{table, {std::move(store_path), writer}};
    group.add("GET", "/v1/replays", list_all_replays,
              {"list_replays",
               "Lists replays in the order in which they were created.",
               {},
               {},
               "",
               {{200, "The replays.", "replays"}},
               {}});
    group.add("PUT", std::string{replay_path_prefix}, put_replay,
              {"put_replay",
               "Creates a replay, or changes one.",
               {{"name", "The replay's name.", R"({"type":"string"})"}},
               {},
               "replay_order",
               {{200, "The replay as it now is.", "replay"}},
               {400, 404, 409}});
}

}  // namespace tapes::api
