#include "routes/asked.hpp"
#include "routes/attachment.hpp"
#include "routes/caching.hpp"
#include "routes/meant.hpp"
#include "routes/node_body.hpp"
#include "routes/read_groups.hpp"
#include "routes/refusal.hpp"

#include <tapes/event/event.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/text/base64.hpp>

#include <algorithm>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace tapes::api {

namespace {

constexpr read::block_limits node_limits{std::size_t{1} << 20, std::size_t{1} << 20, std::size_t{4} << 20,
                                         4096};
/// What one block may be read with, together with those before it.
constexpr std::size_t whole_block = std::size_t{16} << 20;

/// The number of a node may be that of another one when the store has been replaced.
freshness freshness_of_node(const asked& from) {
    return merkle::from_hex(from.path("hash")) ? freshness::forever : freshness::ask;
}

std::string node_tag(const store::node_row& node, std::string_view what) {
    return "\"" + merkle::to_hex(node.hash) + std::string{what} + "\"";
}

response show_node(const asked& from, record& record) {
    const auto name = from.path("hash");
    const auto hash = merkle::from_hex(name);
    if (!hash) {
        throw std::invalid_argument{"a node is named by its hash: 64 hexadecimal digits"};
    }
    const auto node = record.nodes().find_node_head(*hash);
    if (!node) {
        throw refusal{404, "there is no node " + std::string{name}};
    }
    const auto tag = "\"" + merkle::to_hex(*hash) + "\"";
    if (auto known = not_modified(from.received(), tag, freshness::forever)) {
        return *std::move(known);
    }
    auto frame = event::frame_of(*node);
    framed_node rest{"", node->id, content_size(record, node->id), std::move(frame.behind) + "\n"};
    response answer;
    answer.body = std::move(frame.before);
    answer.rest = std::make_shared<node_body>(rest.size + rest.behind.size(), [rest](api::record&) mutable {
        return std::optional{std::move(rest)};
    });
    return tagged(std::move(answer), tag, freshness::forever);
}

response node_content(const asked& from, record& record) {
    const auto node = node_meant(record, from.path("hash"));
    const auto tag = node_tag(node, "-content");
    if (auto known = not_modified(from.received(), tag, freshness_of_node(from))) {
        return *std::move(known);
    }
    auto& chains = record.from().chains;
    read::message told;
    told.node = node.id;
    told.hash = node.hash;
    told.role = node.role;
    told.turn = 0;
    told.created_at_us = node.created_at_us;
    told.said = read::read_content(chains, node.id, node_limits);
    auto made = read::entry_json(told);
    made["type"] = "node";
    made.erase("turn");
    const auto text_or_null = [](const std::string& text) {
        return text.empty() ? read::ordered_json(nullptr) : read::ordered_json(text);
    };
    const auto parent = node.parent == 0 ? std::nullopt : chains.row(node.parent);
    const auto root = chains.row(node.root);
    made["parent"] = parent ? read::ordered_json(merkle::to_hex(parent->hash)) : read::ordered_json(nullptr);
    made["root"] = root ? read::ordered_json(merkle::to_hex(root->hash)) : read::ordered_json(nullptr);
    made["depth"] = node.depth;
    made["model"] = text_or_null(node.model);
    made["provider"] = text_or_null(node.provider);
    made["agent"] = text_or_null(node.agent_name);
    made["project"] = text_or_null(node.project);
    made["stop_reason"] = text_or_null(node.stop_reason);
    return tagged({200, read::dumped(made) + "\n"}, tag, freshness_of_node(from));
}

response image_of(const read::block& from, std::string_view name) {
    auto bytes = text::decoded_base64(from.image.text);
    if (!bytes) {
        throw refusal{422, "the data of this image are no base64"};
    }
    return image_or_attachment(*std::move(bytes), name, from.media_type);
}

/// A block with at most so many bytes of what it and those before it say.
read::block block_at(record& from, const store::node_row& node, std::size_t place, std::size_t most) {
    auto said = read::read_content(from.from().chains, node.id, {most, most, most, place + 1, most});
    const auto found = std::ranges::find(said.blocks, place, &read::block::place);
    if (found == said.blocks.end()) {
        throw refusal{404, "the node has no block " + std::to_string(place)};
    }
    return std::move(*found);
}

response node_block(const asked& from, record& record) {
    const auto node = node_meant(record, from.path("hash"));
    const auto place = number_in_path(from.path("place"));
    const auto tag = node_tag(node, "-" + std::to_string(place));
    if (auto known = not_modified(from.received(), tag, freshness_of_node(from))) {
        return *std::move(known);
    }
    // At first only how long it is: what is too large is not read into memory.
    auto found = block_at(record, node, place, 0);
    const bool small = std::max(found.text.bytes, found.image.bytes) <= whole_block;
    found = small ? block_at(record, node, place, whole_block) : std::move(found);
    if (found.text.cut() || found.image.cut()) {
        throw refusal{413, "the block is too large to be told alone: read the whole node at /v1/nodes/" +
                               merkle::to_hex(node.hash)};
    }
    const auto name = merkle::to_hex(node.hash) + "-" + std::to_string(place);
    return tagged(
        found.image.bytes != 0 ? image_of(found, name) : attachment(std::move(found.text.text), name), tag,
        freshness_of_node(from));
}

}  // namespace

void add_content_routes(route_table& table) {
    const auto hash = text_about("hash", "The node's hash, or its number in the store.");
    add_reading(table, "/v1/nodes/{hash}",
                {"read_node",
                 "Returns the whole event `tapes.node.v1` of a node, as it is published.",
                 {text_about("hash", "The node's hash.")},
                 {},
                 "",
                 {{200, "The event.", "node_event"}, {304, "It never changes.", "", ""}},
                 {400, 404, 503}},
                show_node);
    add_reading(table, "/v1/nodes/{hash}/content",
                {"read_node_content",
                 "Tells what a node says, in typed blocks.",
                 {hash},
                 {},
                 "",
                 {{200, "The node.", "node"}, {304, "It never changes.", "", ""}},
                 {400, 404, 503}},
                node_content);
    add_reading(table, "/v1/nodes/{hash}/blocks/{place}",
                {"read_node_block",
                 "Returns one block of a node: what was said, the arguments of a call, what a tool put out, "
                 "the bytes "
                 "of an image.",
                 {hash, {"place", "The block's `place`.", R"({"type":"integer","minimum":0})"}},
                 {},
                 "",
                 {{200, "The text, in UTF-8, or the image.", "", "application/octet-stream"},
                  {200, "The text, in UTF-8, or the image.", "", "image/png"},
                  {200, "The text, in UTF-8, or the image.", "", "image/jpeg"},
                  {200, "The text, in UTF-8, or the image.", "", "image/gif"},
                  {200, "The text, in UTF-8, or the image.", "", "image/webp"},
                  {304, "It never changes.", "", ""}},
                 {400, 404, 413, 422, 503}},
                node_block);
}

}  // namespace tapes::api
