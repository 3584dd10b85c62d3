#include "nodes/node_message.hpp"

#include <tapes/store/content_blocks.hpp>

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace tapes::exports {

std::optional<node_message> read_node_message(read::sources& from, std::int64_t node) {
    const auto row = from.chains.row(node);
    if (!row) {
        return std::nullopt;
    }
    std::string content;
    from.chains.content(node, [&content](std::string_view piece) {
        content += piece;
        return true;
    });
    const auto json = nlohmann::json::parse(content, nullptr, false);
    auto blocks = store::read_content_blocks(json);
    if (!blocks) {
        throw std::runtime_error{"the content of node " + merkle::to_hex(row->hash) + " cannot be read"};
    }
    return node_message{node, row->role, row->model, row->provider, row->stop_reason, *std::move(blocks)};
}

std::vector<std::int64_t> chain_nodes(read::sources& from, std::int64_t head) {
    std::vector<std::int64_t> nodes;
    for (const auto& link : from.chains.chain(head)) {
        nodes.push_back(link.node);
    }
    return nodes;
}

std::optional<image_source> image_of(const merkle::block& from) {
    if (!from.image_base64.empty()) {
        return image_source{from.media_type.empty() ? "image/png" : from.media_type, from.image_base64, {}};
    }
    if (from.image_url.empty()) {
        return std::nullopt;
    }
    const std::string_view url{from.image_url};
    const auto comma = url.find(',');
    constexpr std::string_view mark = ";base64";
    if (url.starts_with("data:") && comma != std::string_view::npos && url.substr(0, comma).ends_with(mark)) {
        return image_source{
            std::string{url.substr(5, comma - mark.size() - 5)}, std::string{url.substr(comma + 1)}, {}};
    }
    return image_source{{}, {}, from.image_url};
}

std::string image_url_of(const image_source& image) {
    return image.base64.empty() ? image.url : "data:" + image.media_type + ";base64," + image.base64;
}

bool belongs_to(const merkle::block& part, const merkle::block& result, std::string_view role) {
    if (part.type.ends_with("_result") || part.type.ends_with("_output") || part.type == "name") {
        return false;
    }
    if (part.tool_result_id.empty()) {
        return role == "tool" || (result.tool_result_id.empty() && part.type == "image");
    }
    return part.tool_result_id == result.tool_result_id;
}

bool is_plain_text_document(const merkle::block& from) noexcept {
    return from.type == "document" && from.media_type.starts_with("text/") && !from.image_base64.empty();
}

}  // namespace tapes::exports
