#include "difference/block_comparison.hpp"

#include "difference/pairing.hpp"
#include "difference/text_tokens.hpp"

#include <tapes/read/transcript.hpp>
#include <tapes/text/json_cursor.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::read {

namespace {

constexpr std::size_t most_image_content = std::size_t{64} << 20;

/// The images of a node's content, whose blocks are asked for in their order: it is read once, and gone
/// through once.
class image_digests {
public:
    image_digests(sources& from, std::int64_t node) : from_{from}, node_{node} {}

    /// The digest of an image's data, which is the member `image_base64` of a block; "" where it has none.
    std::string of(const block& image) {
        if (image.kind != block_kind::image || image.image_bytes == 0) {
            return {};
        }
        auto& at = content();
        for (; passed_ < image.place && !at.failed(); ++passed_) {
            at.skip_value();
            at.take(',');
        }
        const auto data = data_of_block(at);
        at.take(',');
        ++passed_;
        return data.empty() ? std::string{} : merkle::to_hex(merkle::sha256(data));
    }

private:
    text::json_cursor& content() {
        if (!at_) {
            from_.chains.content(node_, [&](std::string_view piece) {
                whole_ += piece;
                return whole_.size() < most_image_content;
            });
            at_.emplace(whole_);
            at_->take('[');
        }
        return *at_;
    }

    static std::string_view data_of_block(text::json_cursor& at) {
        std::string_view data;
        bool more = at.take('{');
        for (; more && !at.failed() && at.peek() == '"'; more = at.take(',')) {
            const auto key = at.string();
            at.take(':');
            const bool wanted = key == "image_base64" || key == "image_url";
            if (wanted && at.peek() == '"') {
                const auto value = at.string();
                data = value.empty() ? data : value;
            } else {
                at.skip_value();
            }
        }
        at.take('}');
        return data;
    }

    sources& from_;
    std::int64_t node_;
    std::string whole_;
    std::optional<text::json_cursor> at_;
    std::size_t passed_ = 0;  ///< blocks
};

/// What is the same of blocks that are. Ids of calls are made up by the provider.
std::string key_of(const block& one, const std::string& digest) {
    std::string key = std::to_string(static_cast<int>(one.kind)) + "/" + std::to_string(one.text.bytes) +
                      "/" + std::to_string(one.image_bytes) + (one.error ? "!" : "/") + digest + "/";
    for (const auto* const part : {&one.tool, &one.media_type, &one.text.text}) {
        key += *part;
        key += '\0';
    }
    return key;
}

struct told_blocks {
    content said;
    std::vector<std::string> digests;
    std::vector<std::string> keys;
};

told_blocks blocks_of(sources& from, std::int64_t node, const block_limits& limits) {
    told_blocks made;
    if (node == 0) {
        return made;
    }
    made.said = read_content(from.chains, node, limits);
    image_digests images{from, node};
    for (const auto& one : made.said.blocks) {
        made.digests.push_back(images.of(one));
        made.keys.push_back(key_of(one, made.digests.back()));
    }
    return made;
}

block_side side_of(const block& one, const std::string& digest) {
    const bool image = one.kind == block_kind::image;
    return {one.place, image && one.image_bytes != 0 ? one.image_bytes : one.text.bytes, one.media_type,
            digest, one.text.cut()};
}

/// A structured text, rather than what was said.
bool may_be_json(block_kind kind) {
    return kind == block_kind::call || kind == block_kind::result || kind == block_kind::other;
}

block_difference compare_pair(const told_blocks& left, const told_blocks& right, const paired& pair,
                              text_unit unit) {
    const auto* const before = pair.left ? &left.said.blocks[*pair.left] : nullptr;
    const auto* const after = pair.right ? &right.said.blocks[*pair.right] : nullptr;
    const auto& shown = after != nullptr ? *after : *before;
    block_difference made;
    made.block = shown.kind;
    made.tool = shown.tool;
    made.call_id = shown.call_id;
    made.kind = pair.same           ? change::same
                : before == nullptr ? change::added
                : after == nullptr  ? change::removed
                                    : change::changed;
    if (before != nullptr) {
        made.left = side_of(*before, left.digests[*pair.left]);
    }
    if (after != nullptr) {
        made.right = side_of(*after, right.digests[*pair.right]);
    }
    if (pair.same) {
        return made;
    }
    const std::string_view old_text =
        before != nullptr ? std::string_view{before->text.text} : std::string_view{};
    const std::string_view new_text =
        after != nullptr ? std::string_view{after->text.text} : std::string_view{};
    if (before != nullptr && after != nullptr && may_be_json(shown.kind)) {
        made.values = compare_json(old_text, new_text, unit);
    }
    if (made.values.values.empty() && old_text != new_text) {  // such as numbers beyond 64 bits
        made.values = {};
    }
    if (!made.values.compared) {
        made.text = show_difference(old_text, new_text, unit);
    }
    return made;
}

}  // namespace

void compare_blocks(sources& from, std::int64_t left, std::int64_t right, const difference_request& request,
                    message_difference& to) {
    const auto lefts = blocks_of(from, left, request.limits);
    const auto rights = blocks_of(from, right, request.limits);
    token_numbers numbers;
    const auto left_ids = numbers.number({lefts.keys.begin(), lefts.keys.end()});
    const auto right_ids = numbers.number({rights.keys.begin(), rights.keys.end()});
    const auto alike = [&](std::size_t one, std::size_t other) {
        return lefts.said.blocks[one].kind == rights.said.blocks[other].kind;
    };
    bool differs = left == 0 || right == 0;
    for (const auto& pair : pair_up(left_ids, right_ids, alike)) {
        to.blocks.push_back(compare_pair(lefts, rights, pair, request.unit));
        differs = differs || !pair.same;
    }
    to.more_blocks = std::max(lefts.said.more_blocks, rights.said.more_blocks);
    to.hidden = !differs;
}

}  // namespace tapes::read
