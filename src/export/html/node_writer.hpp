#pragma once

#include "html/proof_chain.hpp"

#include <tapes/export/secret_filter.hpp>
#include <tapes/export/sink.hpp>
#include <tapes/read/block.hpp>
#include <tapes/read/sources.hpp>

#include <nlohmann/json.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace tapes::exports {

/// A node of more content is left out of a file.
inline constexpr std::size_t largest_carried = std::size_t{8} << 20;

/// Writes nodes as articles: each with what it carries as JSON, on a line of its own, and what of that is
/// shown. Holds one node's content at a time.
class node_writer {
public:
    /// All must live longer.
    node_writer(read::sources& from, secret_filter& secrets, sink& to);

    /// `turn`: 0 where it is not known. Returns the index in the file; what is there already is linked to.
    std::size_t write(std::int64_t node, std::uint64_t turn);

    std::size_t size() const noexcept { return chain_.size(); }
    const proof_link* find(std::int64_t node) const noexcept { return chain_.find(node); }

private:
    struct content;

    content content_of(const store::node_row& row);
    void write_head(const store::node_row& row, const content& said, const proof_link& link,
                    std::uint64_t turn);
    void write_blocks(const store::node_row& row, const content& said);
    void write_block(const nlohmann::ordered_json& block, const read::block* about, bool system);
    std::string summary_of(const nlohmann::ordered_json& block, const read::block* about,
                           read::block_kind of);
    void write_fields(const nlohmann::ordered_json& block, std::string_view style, bool with_name);

    read::sources& from_;
    secret_filter& secrets_;
    secret_filter unlisted_;  ///< for what stands elsewhere, too, and is counted there
    sink& to_;
    proof_chain chain_;
    std::map<std::string, std::string, std::less<>> tools_;  ///< by the ids of calls
};

}  // namespace tapes::exports
