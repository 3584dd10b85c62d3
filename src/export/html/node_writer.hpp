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

/// Writes nodes as articles: each with what it carries as JSON, on a line of its own, and what of that is
/// shown. Holds one node's content at a time.
class node_writer {
public:
    /// All must live longer. A node of more content than `carried`, or of more than a million values, is left
    /// out.
    node_writer(read::sources& from, secret_filter& secrets, sink& to, std::size_t carried);

    /// `turn`: 0 where it is not known. Returns the index in the file; what is there already is linked to.
    std::size_t write(std::int64_t node, std::uint64_t turn);

    /// How many nodes' content is left out because of its size.
    std::uint64_t left_out() const noexcept { return left_out_; }
    /// And how many because of its values.
    std::uint64_t too_many_values() const noexcept { return too_many_values_; }
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
    const std::size_t carried_;
    std::uint64_t left_out_ = 0;
    std::uint64_t too_many_values_ = 0;
    proof_chain chain_;
    std::map<std::string, std::string, std::less<>> tools_;  ///< by the ids of calls
};

}  // namespace tapes::exports
