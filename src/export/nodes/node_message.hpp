#pragma once

#include <tapes/merkle/content.hpp>
#include <tapes/read/sources.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::exports {

/// What one node says, whole.
struct node_message {
    std::int64_t node = 0;
    std::string role, model, provider, stop_reason;
    std::vector<merkle::block> blocks;
};

/// Reads it; nothing where there is no such node. Throws std::runtime_error where its content cannot be read.
std::optional<node_message> read_node_message(read::sources& from, std::int64_t node);

/// The nodes of a chain, the root first, up to `head`.
std::vector<std::int64_t> chain_nodes(read::sources& from, std::int64_t head);

/// An image as it stands in a block: its data in base64, or a URL. A `data:` URL is taken apart.
struct image_source {
    std::string media_type;
    std::string base64;
    std::string url;
};
std::optional<image_source> image_of(const merkle::block& from);
/// As one URL, `data:` where its data is there.
std::string image_url_of(const image_source& image);

/// Tells whether a block of a message is an image or more of what a tool put out, behind the result that it
/// belongs to. A message of the role `tool` holds one result, whose parts need not say whose they are.
bool belongs_to(const merkle::block& part, const merkle::block& result, std::string_view role);
/// Tells whether the data of a block are plain text: a document whose type says so.
bool is_plain_text_document(const merkle::block& from) noexcept;

}  // namespace tapes::exports
