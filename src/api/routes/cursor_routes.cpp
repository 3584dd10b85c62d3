#include "routes/json.hpp"
#include "routes/route_group.hpp"

#include <tapes/api/cursor_routes.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <optional>

namespace tapes::api {

namespace {

constexpr std::string_view cursor_path_prefix = "/v1/cursors/";
constexpr std::size_t longest_cursor_name = 128;

struct cursor_context {
    std::string path;
    store::writer& writer;
    cursor_owners owners;

    bool owned(const std::string& name) const {
        const auto names = owners.names ? owners.names() : std::vector<std::string>{};
        return std::ranges::find(names, name) != names.end();
    }

    bool exists(const std::string& name) const {
        const auto cursors = store::list_cursors(path);
        return std::ranges::any_of(cursors, [&](const auto& cursor) { return cursor.name == name; });
    }

    void around(const std::string& name, const std::function<void()>& change) const {
        owned(name) && owners.around ? owners.around(name, change) : change();
    }
};

std::optional<std::uint64_t> read_seq(const std::string& body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (!json.is_object() || !json.contains("seq") || !json["seq"].is_number_unsigned()) {
        return std::nullopt;
    }
    return json["seq"].get<std::uint64_t>();
}

response no_cursor(const std::string& name) {
    return error_response(404, "there is no cursor \"" + name + "\"");
}

response list_all_cursors(const request&, const cursor_context& context) {
    return {200, cursors_json(store::list_cursors(context.path), context.writer.last_seq()) + "\n"};
}

response put_cursor(const request& request, const cursor_context& context) {
    const auto name = request.path.substr(cursor_path_prefix.size());
    const auto seq = read_seq(request.body);
    if (!seq) {
        return error_response(400, R"(the body must be {"seq":n}, n a row of the log or 0)");
    }
    if (name.empty() || name.size() > longest_cursor_name) {
        return error_response(400, "\"" + name + "\" cannot be the name of a cursor");
    }
    const auto last = context.writer.last_seq();
    if (*seq > last) {
        return error_response(400, "the log ends at row " + std::to_string(last) + ": seq " +
                                       std::to_string(*seq) + " is past it");
    }
    if (!context.owned(name) && !context.exists(name)) {
        return no_cursor(name);
    }
    context.around(name, [&] { store::set_cursor(context.writer, name, *seq); });
    return {200, cursors_json({{name, *seq}}, last) + "\n"};
}

response remove_cursor(const request& request, const cursor_context& context) {
    const auto name = request.path.substr(cursor_path_prefix.size());
    if (context.owned(name)) {
        return error_response(409, "cursor \"" + name +
                                       "\" belongs to a publisher of the running process; set it, or "
                                       "remove the publisher first");
    }
    return store::delete_cursor(context.writer, name) ? response{200, "{\"deleted\":1}\n"} : no_cursor(name);
}

}  // namespace

std::string cursors_json(const std::vector<store::kept_cursor>& cursors, std::uint64_t last_seq) {
    nlohmann::ordered_json json{{"cursors", nlohmann::ordered_json::array()}, {"last_seq", last_seq}};
    for (const auto& cursor : cursors) {
        json["cursors"].push_back({{"name", cursor.name},
                                   {"seq", cursor.seq},
                                   {"lag_rows", last_seq > cursor.seq ? last_seq - cursor.seq : 0}});
    }
    return json_text(json);
}

void add_cursor_routes(route_table& table, std::string store_path, store::writer& writer,
                       cursor_owners owners) {
    route_group<cursor_context> group{table, {std::move(store_path), writer, std::move(owners)}};
    const parameter_about name{"name", "The cursor's name.", R"({"type":"string"})"};
    group.add("GET", "/v1/cursors", list_all_cursors,
              {"list_cursors",
               "Lists the cursors over the log.",
               {},
               {},
               "",
               {{200, "The cursors.", "cursors"}},
               {}});
    group.add("PUT", std::string{cursor_path_prefix}, put_cursor,
              {"set_cursor",
               "Moves a cursor: all rows up to `seq` count as done, and 0 publishes everything again.",
               {name},
               {},
               "cursor_change",
               {{200, "The cursor.", "cursors"}},
               {400, 404}});
    group.add("DELETE", std::string{cursor_path_prefix}, remove_cursor,
              {"delete_cursor",
               "Deletes a cursor that belongs to no running publisher.",
               {name},
               {},
               "",
               {{200, "It is deleted.", "deleted"}},
               {404, 409}});
}

}  // namespace tapes::api
