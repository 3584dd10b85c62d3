#include <tapes/api/node_routes.hpp>
#include <tapes/event/event.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/sync/mutex.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::string_view node_path_prefix = "/v1/nodes/";

/// Finds nodes in a store. It connects at the first request, because most stores are never asked.
class node_finder {
public:
    explicit node_finder(std::string path) : path_{std::move(path)} {}

    std::optional<store::stored_node> find(const merkle::digest& hash) {
        const sync::lock_guard guard{mutex_};
        if (!reader_) {
            reader_ = std::make_unique<store::reader>(path_);
        }
        return reader_->find_node(hash);
    }

private:
    const std::string path_;
    sync::mutex mutex_;
    std::unique_ptr<store::reader> reader_ TAPES_GUARDED_BY(mutex_);
};

response show_node(const request& request, node_finder& nodes) {
    const auto text = std::string_view{request.path}.substr(node_path_prefix.size());
    const auto hash = merkle::from_hex(text);
    if (!hash) {
        return error_response(400, "a node is named by its hash: 64 hexadecimal digits");
    }
    const auto node = nodes.find(*hash);
    if (!node) {
        return error_response(404, "there is no node " + std::string{text});
    }
    response answer;
    event::append_node_event(answer.body, *node, event::content_form::whole);
    answer.body += '\n';
    return answer;
}

}  // namespace

void add_node_routes(route_table& table, std::string store_path) {
    const auto nodes = std::make_shared<node_finder>(std::move(store_path));
    table.add({"GET", std::string{node_path_prefix},
               [nodes](const request& request) { return show_node(request, *nodes); }});
}

}  // namespace tapes::api
