#include "import/content.hpp"

#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/store/content_blocks.hpp>

#include <nlohmann/json.hpp>

#include <utility>

namespace tapes::store {

std::optional<merkle::node> make_reference_node(const std::optional<merkle::link>& parent,
                                                const reference_node& from, const merkle::digest& hash) {
    const auto& content = from.content;
    const auto above = parent ? std::optional{parent->hash} : std::nullopt;
    if (merkle::hash_stored(above, from.identity, from.role, content) != hash) {
        return std::nullopt;
    }
    // `content` is JSON whose depth is bounded.
    if (auto blocks = read_content_blocks(nlohmann::json::parse(content, nullptr, false))) {
        merkle::mark_dropped(*blocks, {from.role, from.identity.provider});
        auto made = merkle::make_node(parent, from.identity, {from.role, *std::move(blocks)});
        if (made.position.hash == hash) {
            return made;
        }
    }
    // Fields or values that the event form has no place for: as they are, in canonical form.
    merkle::node made;
    made.role = from.role;
    if (merkle::canonicalize(content, made.content) != merkle::canonical_error::none) {
        merkle::append_utf8(made.content, content);
    }
    made.position = {hash, hash};
    if (parent && parent->match != parent->hash) {
        made.position.match =
            merkle::hash_stored(parent->match, from.identity, from.role, made.content).value_or(hash);
    }
    return made;
}

}  // namespace tapes::store
