#include "routes/import_json.hpp"
#include "routes/route_group.hpp"

#include <tapes/api/import_routes.hpp>

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace tapes::api {

namespace {

struct import_context {
    std::string path;
    store::writer& writer;

    std::unique_ptr<store::import_target> target() const {
        return store::make_import_target(path, writer, store::import_beside);
    }
};

response known_nodes(const request& request, const import_context& context) {
    const auto hashes = read_hashes(request.body);
    if (!hashes) {
        return error_response(400, R"(the body must be {"hashes":["…"]})");
    }
    return {200, known_json(context.target()->known(*hashes))};
}

response import_nodes(const request& request, const import_context& context) {
    const auto order = read_import_order(request.body);
    if (!order) {
        return error_response(400, R"(the body must be {"announce":false,"nodes":[{"hash":"…",…}]})");
    }
    try {
        const auto added = context.target()->take(order->rows, order->announce);
        return {200, "{\"added\":" + std::to_string(added) + "}\n"};
    } catch (const store::import_refusal& refusal) {
        return error_response(400, refusal.what());
    }
}

response end_import(const request&, const import_context& context) {
    context.target()->end();
    return {200, "{}\n"};
}

/// The other end of the routes, as store::import_reference needs it.
class import_client : public store::import_target {
public:
    explicit import_client(std::function<std::string(const request&)> send) : send_{std::move(send)} {}

    std::vector<bool> known(std::span<const merkle::digest> hashes) override {
        auto found = read_known(post("known", hashes_json(hashes)));
        if (!found || found->size() != hashes.size()) {
            unreadable();
        }
        return *std::move(found);
    }

    std::uint64_t take(std::span<const store::import_row> rows, bool announce) override {
        auto body = order_json(rows, announce);
        if (body.size() > largest_import) {
            if (rows.size() > 1) {
                const auto half = rows.size() / 2;
                const auto before = take(rows.first(half), announce);
                return before + take(rows.subspan(half), announce);
            }
            throw std::runtime_error{"node " + merkle::to_hex(rows.front().hash) +
                                     " is larger than what a running process takes (" +
                                     std::to_string(largest_import) + " bytes): stop it, and import again"};
        }
        const auto answer = nlohmann::json::parse(post("nodes", std::move(body)), nullptr, false);
        if (!answer.is_object() || !answer.contains("added") || !answer["added"].is_number_unsigned()) {
            unreadable();
        }
        return answer["added"].get<std::uint64_t>();
    }

    void end() override { (void)post("end", "{}"); }

private:
    std::string post(const std::string& name, std::string body) {
        return send_(
            {"POST", "/v1/import/" + name, {}, {{"Content-Type", "application/json"}}, std::move(body)});
    }

    [[noreturn]] static void unreadable() {
        throw std::runtime_error{"the running process gave an answer that cannot be read"};
    }

    std::function<std::string(const request&)> send_;
};

}  // namespace

void add_import_routes(route_table& table, std::string store_path, store::writer& writer) {
    route_group<import_context> group{table, {std::move(store_path), writer}};
    group.add("POST", "/v1/import/known", known_nodes,
              {"find_known_nodes",
               "Tells which nodes are in the store.",
               {},
               {},
               "hashes",
               {{200, "For each hash, in their order.", "known_hashes"}},
               {400}},
              largest_import);
    group.add("POST", "/v1/import/nodes", import_nodes,
              {"import_nodes",
               "Stores nodes of a tapes v0.4 file: all of them, or none where one is not right.",
               {},
               {},
               "import_nodes",
               {{200, "How many were new.", "imported"}},
               {400}},
              largest_import);
    group.add("POST", "/v1/import/end", end_import,
              {"end_import",
               "Ends an import: nodes that wait for parents join them.",
               {},
               {},
               "nothing",
               {{200, "It is done.", "nothing"}},
               {}},
              largest_import);
}

std::unique_ptr<store::import_target> make_import_client(std::function<std::string(const request&)> send) {
    return std::make_unique<import_client>(std::move(send));
}

}  // namespace tapes::api
