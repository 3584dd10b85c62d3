#include <tapes/api/node_routes.hpp>
#include <tapes/event/event.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/sync/mutex.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::string_view nodes_path = "/v1/nodes/";

/// A connection that is made when it is first asked for: most stores never are.
class node_shelf {
public:
    explicit node_shelf(std::string path) : path_{std::move(path)} {}

    std::optional<store::stored_node> find(const merkle::digest& hash) {
        const sync::lock_guard hold{mutex_};
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

response answer(node_shelf& from, const request& asked) {
    const auto text = std::string_view{asked.path}.substr(nodes_path.size());
    const auto hash = merkle::from_hex(text);
    if (!hash) {
        return error_response(400, "a node is named by its hash: 64 hexadecimal digits");
    }
    const auto node = from.find(*hash);
    if (!node) {
        return error_response(404, "there is no node " + std::string{text});
    }
    response made;
    event::append_node_event(made.body, *node, event::content_form::whole);
    made.body += '\n';
    return made;
}

}  // namespace

void add_node_routes(route_table& to, std::string store_path) {
    const auto shelf = std::make_shared<node_shelf>(std::move(store_path));
    to.add({"GET", std::string{nodes_path}, [shelf](const request& asked) { return answer(*shelf, asked); }});
}

}  // namespace tapes::api
