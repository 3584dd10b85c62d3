#include <tapes/api/cursor_routes.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>

namespace tapes::api {

namespace {

constexpr std::string_view cursor_path_prefix = "/v1/cursors/";
constexpr std::size_t longest_name = 128;

struct cursor_parts {
    std::string path;
    store::writer& writer;
    cursor_owners owners;

    bool owned(const std::string& name) const {
        const auto names = owners.names ? owners.names() : std::vector<std::string>{};
        return std::ranges::find(names, name) != names.end();
    }

    void around(const std::string& name, const std::function<void()>& change) const {
        owned(name) && owners.around ? owners.around(name, change) : change();
    }
};

bool exists(const cursor_parts& with, const std::string& name) {
    const auto all = store::list_cursors(with.path);
    return std::ranges::any_of(all, [&](const auto& one) { return one.name == name; });
}

std::optional<std::uint64_t> seq_of(const std::string& body) {
    const auto said = nlohmann::json::parse(body, nullptr, false);
    if (!said.is_object() || !said.contains("seq") || !said["seq"].is_number_unsigned()) {
        return std::nullopt;
    }
    return said["seq"].get<std::uint64_t>();
}

response put(const request& asked, const cursor_parts& with) {
    const auto name = asked.path.substr(cursor_path_prefix.size());
    const auto seq = seq_of(asked.body);
    if (!seq) {
        return error_response(400, R"(the body must be {"seq":n}, n a row of the log or 0)");
    }
    if (name.empty() || name.size() > longest_name) {
        return error_response(400, "\"" + name + "\" is no name of a cursor");
    }
    const auto last = with.writer.last_seq();
    if (*seq > last) {
        return error_response(400, "the log ends at row " + std::to_string(last) + ": seq " +
                                       std::to_string(*seq) + " is past it");
    }
    if (!with.owned(name) && !exists(with, name)) {
        return error_response(404, "there is no cursor \"" + name + "\"");
    }
    with.around(name, [&] { store::set_cursor(with.writer, name, *seq); });
    return {200, cursors_json({{name, *seq}}, last) + "\n"};
}

response remove(const request& asked, const cursor_parts& with) {
    const auto name = asked.path.substr(cursor_path_prefix.size());
    if (with.owned(name)) {
        return error_response(409, "cursor \"" + name +
                                       "\" belongs to a publisher of the running process; set it, or "
                                       "remove the publisher first");
    }
    return store::delete_cursor(with.writer, name)
               ? response{200, "{\"deleted\":1}\n"}
               : error_response(404, "there is no cursor \"" + name + "\"");
}

}  // namespace

std::string cursors_json(const std::vector<store::kept_cursor>& cursors, std::uint64_t last_seq) {
    nlohmann::ordered_json made{{"cursors", nlohmann::ordered_json::array()}, {"last_seq", last_seq}};
    for (const auto& one : cursors) {
        made["cursors"].push_back({{"name", one.name},
                                   {"seq", one.seq},
                                   {"lag_rows", last_seq > one.seq ? last_seq - one.seq : 0}});
    }
    return made.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

void add_cursor_routes(route_table& to, std::string store_path, store::writer& writer, cursor_owners owners) {
    const auto with =
        std::make_shared<const cursor_parts>(cursor_parts{std::move(store_path), writer, std::move(owners)});
    const auto add = [&](const char* method, std::string path,
                         response (*answer)(const request&, const cursor_parts&)) {
        to.add({method, std::move(path), [with, answer](const request& asked) {
                    try {
                        return answer(asked, *with);
                    } catch (const std::runtime_error& failed) {
                        return error_response(503, failed.what());
                    }
                }});
    };
    add("GET", "/v1/cursors", [](const request&, const cursor_parts& of) {
        return response{200, cursors_json(store::list_cursors(of.path), of.writer.last_seq()) + "\n"};
    });
    add("PUT", std::string{cursor_path_prefix}, put);
    add("DELETE", std::string{cursor_path_prefix}, remove);
}

}  // namespace tapes::api
