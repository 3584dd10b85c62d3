#include "routes/json.hpp"
#include "routes/route_group.hpp"

#include <tapes/api/entrance_routes.hpp>

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace {

using nlohmann::json;

constexpr std::string_view entrances_path = "/v1/entrances";
constexpr std::string_view entrance_prefix = "/v1/entrances/";

entrance_order order_of(const std::string& body) {
    entrance_order made;
    try {
        const auto all = json::parse(body);
        made.pid = all.at("pid").get<std::int64_t>();
        made.agent = all.at("agent").get<std::string>();
        made.project = all.at("project").get<std::string>();
        for (const auto& [key, one] : all.at("upstreams").items()) {
            made.upstreams[key] = {one.at("url").get<std::string>(), one.at("provider").get<std::string>(),
                                   one.at("version_once").get<bool>()};
        }
    } catch (const json::exception&) {
        throw std::invalid_argument{
            R"(the body must be {"pid":n,"agent":"…","project":"…","upstreams":{"KEY":{"url":"…","provider":"…","version_once":false}}})"};
    }
    return made;
}

std::string order_text(const entrance_order& order) {
    json made{{"pid", order.pid},
              {"agent", order.agent},
              {"project", order.project},
              {"upstreams", json::object()}};
    for (const auto& [key, one] : order.upstreams) {
        made["upstreams"][key] = {
            {"url", one.url}, {"provider", one.provider}, {"version_once", one.version_once}};
    }
    return json_text(made);
}

response state_response(const std::optional<entrance_state>& state) {
    if (!state) {
        return error_response(404, "there is no such entrance");
    }
    const json made{{"accepted", state->accepted}, {"settled", state->settled}, {"turns", state->turns}};
    return {200, json_text(made) + "\n"};
}

std::string id_of(const request& request) {
    return request.path.substr(entrance_prefix.size());
}

response open_one(const request& request, const entrance_source& source) {
    const auto opened = source.open(order_of(request.body));
    const json made{{"id", opened.id}, {"url", opened.url}, {"for_runs", opened.for_runs}};
    return {201, json_text(made) + "\n"};
}

response read_one(const request& request, const entrance_source& source) {
    return state_response(source.read(id_of(request)));
}

response close_one(const request& request, const entrance_source& source) {
    return state_response(source.close(id_of(request)));
}

entrance_state state_of(const std::string& body) {
    try {
        const auto all = json::parse(body);
        return {all.at("accepted").get<std::uint64_t>(), all.at("settled").get<std::uint64_t>(),
                all.at("turns").get<std::uint64_t>()};
    } catch (const json::exception&) {
        throw std::runtime_error{"the running proxy gave an answer that cannot be read"};
    }
}

}  // namespace

void add_entrance_routes(route_table& table, entrance_source source) {
    route_group<entrance_source> group{table, std::move(source)};
    const parameter_about id{"id", "The entrance's id.", R"({"type":"string"})"};
    const answer_about state{200, "How far its exchanges have come.", "entrance_state"};
    group.add("POST", std::string{entrances_path}, open_one,
              {"open_entrance",
               "Opens a way into the proxy for the client of a command (`tapes run`).",
               {},
               {},
               "entrance_order",
               {{201, "The entrance.", "entrance"}},
               {400}});
    group.add("GET", std::string{entrance_prefix}, read_one,
              {"read_entrance",
               "Tells how far the exchanges of an entrance have come.",
               {id},
               {},
               "",
               {state},
               {404}});
    group.add("DELETE", std::string{entrance_prefix}, close_one,
              {"close_entrance", "Closes an entrance.", {id}, {}, "", {state}, {404}});
}

opened_entrance entrance_client::open(const entrance_order& order) const {
    const auto body = send_(
        {"POST", std::string{entrances_path}, {}, {{"Content-Type", "application/json"}}, order_text(order)});
    try {
        const auto all = json::parse(body);
        return {all.at("id").get<std::string>(), all.at("url").get<std::string>(),
                all.at("for_runs").get<bool>()};
    } catch (const json::exception&) {
        throw std::runtime_error{"the running proxy gave an answer that cannot be read"};
    }
}

entrance_state entrance_client::read(const std::string& id) const {
    return state_of(send_({"GET", std::string{entrance_prefix} + id, {}}));
}

entrance_state entrance_client::close(const std::string& id) const {
    return state_of(send_({"DELETE", std::string{entrance_prefix} + id, {}}));
}

}  // namespace tapes::api
