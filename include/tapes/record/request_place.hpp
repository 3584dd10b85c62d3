#pragma once

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/store/entry.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// Where a request stands among the stored conversations, found as if it were to be recorded.
struct request_place {
    bool mapped = false;     ///< the body is a request of its API
    llm::request request{};  ///< as it would be recorded
    std::size_t known = 0;   ///< so many of its messages are stored, one behind the other
    std::int64_t above = 0;  ///< node: the last of these; 0: none
    bool by_hash = false;    ///< all that is known was found by its hash, nothing by its match
    /// Where all of its messages are known: the nodes that they may lead to, the newest first. Several only
    /// where they were found by their match.
    std::vector<std::int64_t> ends{};
    /// It goes on from an answer that it names by the provider's id, and its messages hang below that one.
    bool named = false;
};

/// Finds where requests stand in a store that another process may write to. For one thread at a time; holds
/// no read transaction between calls. What it throws comes from SQLite, as std::runtime_error.
class request_places {
public:
    /// `volatile_system`: the present patterns of `record.volatile`; those under which the store was written
    /// are tried as well. Throws std::invalid_argument where one is no pattern.
    request_places(const std::string& store_path, const std::vector<std::string>& volatile_system);
    ~request_places();
    request_places(request_places&&) noexcept;

    /// Finds a request whose body is decoded, and which is redacted as it would be recorded. `path` is that
    /// of the API; `identity` says for which provider and agent, its model is that of the request.
    request_place find(const llm::api& api, std::string_view path, std::string_view body,
                       const merkle::identity& identity);

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::record
