#pragma once

#include <tapes/read/request_parts.hpp>
#include <tapes/read/sources.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapes::read {

/// A request of the record, as parts, without its bytes.
struct stored_request {
    request_parts parts;
    std::uint64_t bytes = 0;  ///< of the decoded body
    std::string head;
    /// What parameters and the model say, by name, of values up to most_value bytes.
    std::map<std::string, std::string> values;
    static constexpr std::size_t most_value = std::size_t{64} * 1024;
    /// Tools that stand in no prompt until they are searched for (Anthropic `defer_loading`), as indices of
    /// `parts.parts`.
    std::set<std::size_t> deferred;
    /// What was said, that is messages without those of the system: the beginnings of their digests, sorted.
    std::vector<std::uint64_t> said;
    std::string fault;  ///< why the body could not be decoded; "": it could
};

/// Reads requests of the record as parts. What many of them share is stored once, and read once: the parts of
/// a stored piece are remembered. Uses `from` between calls as well.
class stored_requests {
public:
    explicit stored_requests(sources& from) : from_{from} {}

    /// Null where there is no such exchange, or its bytes were not kept. The newest few are remembered, as
    /// many as take little memory.
    std::shared_ptr<const stored_request> read(const exchange& one);

private:
    struct piece {
        std::int64_t parent = 0;
        std::uint64_t bytes = 0;
        std::vector<request_part> parts;  ///< as of a message of the number 0, at the piece's beginning
        bool one_element = false;
        bool behind_comma = false;
    };

    struct remembered_request {
        std::int64_t seq = 0;
        std::uint64_t parts = 0;  ///< its size, counted in parts
        std::shared_ptr<const stored_request> request;
    };

    void remember(std::int64_t seq, std::shared_ptr<const stored_request> one);
    stored_request read_new(const exchange& one, store::kept_request&& kept);
    const piece& piece_of(std::int64_t id, std::string_view api);
    std::vector<const piece*> chain_of(std::int64_t last, std::string_view api);

    sources& from_;
    std::unordered_map<std::int64_t, piece> pieces_;
    std::uint64_t remembered_ = 0;  ///< parts in `pieces_`
    std::vector<remembered_request> newest_;
    std::uint64_t newest_parts_ = 0;  ///< of all in `newest_`
};

/// Reads the decoded body of a request; "" where there is none.
std::string request_body_of(sources& from, std::int64_t exchange);

}  // namespace tapes::read
