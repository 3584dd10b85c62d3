#include "routes/import_json.hpp"

#include <tapes/api/import_routes.hpp>

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace tapes::api {

namespace {

struct import_parts {
    std::string path;
    store::writer& writer;

    std::unique_ptr<store::import_target> target() const {
        return store::make_import_target(path, writer, store::import_beside);
    }
};

response known(const request& asked, const import_parts& with) {
    const auto hashes = read_hashes(asked.body);
    if (!hashes) {
        return error_response(400, R"(the body must be {"hashes":["…"]})");
    }
    return {200, known_json(with.target()->known(*hashes))};
}

response nodes(const request& asked, const import_parts& with) {
    const auto order = read_import_order(asked.body);
    if (!order) {
        return error_response(400, R"(the body must be {"announce":false,"nodes":[{"hash":"…",…}]})");
    }
    try {
        return {200,
                "{\"added\":" + std::to_string(with.target()->take(order->rows, order->announce)) + "}\n"};
    } catch (const store::import_refusal& refused) {
        return error_response(400, refused.what());
    }
}

response end(const request&, const import_parts& with) {
    with.target()->end();
    return {200, "{}\n"};
}

class import_client : public store::import_target {
public:
    explicit import_client(std::function<std::string(const request&)> ask) : ask_{std::move(ask)} {}

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
        const auto said = nlohmann::json::parse(post("nodes", std::move(body)), nullptr, false);
        if (!said.is_object() || !said.contains("added") || !said["added"].is_number_unsigned()) {
            unreadable();
        }
        return said["added"].get<std::uint64_t>();
    }

    void end() override { (void)post("end", "{}"); }

private:
    std::string post(const std::string& what, std::string body) {
        return ask_(
            {"POST", "/v1/import/" + what, {}, {{"Content-Type", "application/json"}}, std::move(body)});
    }

    [[noreturn]] static void unreadable() {
        throw std::runtime_error{"the running process gave an answer that cannot be read"};
    }

    std::function<std::string(const request&)> ask_;
};

}  // namespace

void add_import_routes(route_table& to, std::string store_path, store::writer& writer) {
    const auto with = std::make_shared<const import_parts>(import_parts{std::move(store_path), writer});
    const auto add = [&](const char* name, response (*answer)(const request&, const import_parts&)) {
        route made{"POST", std::string{"/v1/import/"} + name, [with, answer](const request& asked) {
                       try {
                           return answer(asked, *with);
                       } catch (const std::runtime_error& failed) {
                           return error_response(503, failed.what());
                       }
                   }};
        made.max_body_bytes = largest_import;
        to.add(std::move(made));
    };
    add("known", known);
    add("nodes", nodes);
    add("end", end);
}

std::unique_ptr<store::import_target> make_import_client(std::function<std::string(const request&)> ask) {
    return std::make_unique<import_client>(std::move(ask));
}

}  // namespace tapes::api
