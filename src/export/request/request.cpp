#include "request/request.hpp"

#include "nodes/node_message.hpp"
#include "request/request_body.hpp"

#include <string>

namespace tapes::exports {

namespace {

/// The node that the request goes on from.
std::int64_t node_of(task& given) {
    const auto& meant = given.about.meant;
    switch (meant.kind) {
        case read::named_kind::node:
            return meant.id;
        case read::named_kind::exchange: {
            const auto row = given.from.find_exchange(meant.id);
            return row ? row->head : 0;
        }
        default:
            break;
    }
    if (given.about.thread != 0) {
        const auto threads = given.from.catalogue->threads(meant.id);
        return given.about.thread > threads.size() ? 0 : threads[given.about.thread - 1].head;
    }
    const auto session = given.from.catalogue->session_by_id(meant.id);
    return session ? session->head : 0;
}

std::string api_names_text() {
    return "anthropic, openai-chat or openai-responses";
}

}  // namespace

void write_request(task& given) {
    const auto node = node_of(given);
    const auto nodes = node == 0 ? std::vector<std::int64_t>{} : chain_nodes(given.from, node);
    if (nodes.empty()) {
        throw export_refusal{"there is no answer to go on from: name a node, or an exchange with a turn"};
    }
    const auto exchange = exchange_of_node(given.from, node);
    const auto row = exchange == 0 ? std::nullopt : given.from.kept_exchange(exchange);
    const std::string recorded_api = row ? row->api : std::string{};
    auto api = given.api.empty() ? std::string{recorded_api} : std::string{api_of_name(given.api)};
    if (!given.api.empty() && api.empty()) {
        throw export_refusal{"there is no form of the name " + given.api + ": it is " + api_names_text()};
    }
    if (api.empty()) {
        throw export_refusal{"the API of this node is not known: name one with --api, as " +
                             api_names_text()};
    }
    left_out none;
    auto& left = given.left != nullptr ? *given.left : none;
    const auto body = request_body(given.from, nodes, api, api == recorded_api,
                                   recorded_request(given.from, exchange), left);
    if (body.is_null()) {
        throw export_refusal{"a request of " + api + " cannot be written: name another form with --api, as " +
                             api_names_text()};
    }
    const auto text = body.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
    given.to.write(given.secrets.json(text, "request") + "\n");
}

}  // namespace tapes::exports
