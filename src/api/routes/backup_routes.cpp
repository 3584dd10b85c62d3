#include "routes/json.hpp"
#include "routes/route_group.hpp"

#include <tapes/api/backup_routes.hpp>
#include <tapes/store/live_copy.hpp>

#include <nlohmann/json.hpp>

#include <optional>
#include <stdexcept>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::uint64_t most_pages = 65'536;

struct backup_context {
    store::writer& writer;
};

std::optional<std::uint64_t> count_in(const nlohmann::json& json, const char* name) {
    const auto found = json.is_object() ? json.find(name) : json.end();
    return found != json.end() && found->is_number_unsigned() ? std::optional{found->get<std::uint64_t>()}
                                                              : std::nullopt;
}

response refused(const store::copy_refusal& refusal) {
    return error_response(refusal.missing() ? 404 : 409, refusal.what());
}

response begin_backup(const request& request, const backup_context& context) {
    const auto json = nlohmann::json::parse(request.body, nullptr, false);
    const auto device = count_in(json, "device");
    const auto inode = count_in(json, "inode");
    if (!device || !inode || !json.contains("file") || !json["file"].is_string()) {
        return error_response(400, R"(the body must be {"file":"/…/x.partial","device":n,"inode":n})");
    }
    try {
        const auto id = store::begin_copy(context.writer, {json["file"].get<std::string>(), *device, *inode});
        return {201, "{\"id\":\"" + id + "\"}\n"};
    } catch (const store::copy_refusal& refusal) {
        return refused(refusal);
    }
}

response step_backup(const request& request, const backup_context& context) {
    const auto pages = count_in(nlohmann::json::parse(request.body, nullptr, false), "pages");
    if (!pages || *pages == 0 || *pages > most_pages) {
        return error_response(400, R"(the body must be {"pages":n}, n from 1 to 65536)");
    }
    try {
        const auto made = store::step_copy(context.writer, std::string{request.path_value("id")}, *pages);
        return {200, json_text(nlohmann::ordered_json{{"left", made.left},
                                                      {"pages", made.all},
                                                      {"page_bytes", made.page_bytes},
                                                      {"copied", made.copied},
                                                      {"whole", made.whole}}) +
                         "\n"};
    } catch (const store::copy_refusal& refusal) {
        return refused(refusal);
    }
}

response end_backup(const request& request, const backup_context& context) {
    return store::end_copy(context.writer, std::string{request.path_value("id")})
               ? response{200, "{\"deleted\":1}\n"}
               : error_response(404, "there is no such backup, or it was given up");
}

/// The other end of the routes.
class backup_client final : public store::copy_maker {
public:
    backup_client(std::function<std::string(const request&)> send,
                  std::function<void(const std::string&)> refused)
        : send_{std::move(send)}, refused_{std::move(refused)} {}

    ~backup_client() override {
        if (id_.empty()) {
            return;
        }
        try {
            (void)send_({"DELETE", "/v1/backups/" + id_, {}});
        } catch (const std::exception&) {
            return;  // it gives the copy up once the file is no longer locked
        }
    }
    backup_client(const backup_client&) = delete;
    backup_client& operator=(const backup_client&) = delete;

    bool begin(const store::copy_target& to) override {
        try {
            const nlohmann::json order{{"file", to.path}, {"device", to.device}, {"inode", to.inode}};
            id_ = read(post("", json_text(order)))["id"].get<std::string>();
            return true;
        } catch (const std::exception& error) {
            refused_(error.what());
            return false;
        }
    }

    store::copy_progress step(std::uint64_t pages) override {
        const auto answer = read(post("/" + id_ + "/steps", "{\"pages\":" + std::to_string(pages) + "}"));
        const auto figure = [&answer](const char* name) {
            const auto found = count_in(answer, name);
            return found ? *found : throw unreadable();
        };
        const store::copy_progress made{figure("left"), figure("pages"), figure("page_bytes"),
                                        figure("copied"), answer.value("whole", false)};
        if (made.page_bytes == 0) {
            throw unreadable();
        }
        if (made.whole) {
            id_.clear();
        }
        return made;
    }

private:
    static std::runtime_error unreadable() {
        return std::runtime_error{"the running process gave an answer that cannot be read"};
    }

    static nlohmann::json read(const std::string& text) {
        auto json = nlohmann::json::parse(text, nullptr, false);
        return json.is_object() ? json : throw unreadable();
    }

    std::string post(const std::string& below, std::string body) {
        return send_(
            {"POST", "/v1/backups" + below, {}, {{"Content-Type", "application/json"}}, std::move(body)});
    }

    std::function<std::string(const request&)> send_;
    std::function<void(const std::string&)> refused_;
    std::string id_;
};

}  // namespace

void add_backup_routes(route_table& table, store::writer& writer) {
    route_group<backup_context> group{table, {writer}};
    const parameter_about id{"id", "As it was given when the backup began.", R"({"type":"string"})"};
    group.add_guarded(
        "POST", "/v1/backups", begin_backup,
        {"begin_backup",
         "Begins a copy of the store, into an empty file that `tapes backup` has made and keeps "
         "locked. Needs the token: a browser's cookie does not do.",
         {},
         {},
         "backup_order",
         {{201, "It has begun.", "backup"}},
         {400, 409}});
    group.add_guarded("POST", "/v1/backups/{id}/steps", step_backup,
                      {"step_backup",
                       "Copies some pages. What is recorded meanwhile is taken over; with the last step the "
                       "copy is as the store is at that moment, and the backup has ended.",
                       {id},
                       {},
                       "backup_pages",
                       {{200, "How far it has come.", "backup_progress"}},
                       {400, 404}});
    group.add_guarded("DELETE", "/v1/backups/{id}", end_backup,
                      {"end_backup",
                       "Gives a backup up. Its file stays as it is.",
                       {id},
                       {},
                       "",
                       {{200, "It is given up.", "deleted"}},
                       {404}});
}

std::unique_ptr<store::copy_maker> make_backup_client(std::function<std::string(const request&)> send,
                                                      std::function<void(const std::string&)> refused) {
    return std::make_unique<backup_client>(std::move(send), std::move(refused));
}

}  // namespace tapes::api
