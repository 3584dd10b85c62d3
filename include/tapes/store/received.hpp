#pragma once

#include <tapes/merkle/chain.hpp>
#include <tapes/merkle/usage.hpp>
#include <tapes/store/placed.hpp>
#include <tapes/store/writer.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Nodes that come from other stores, over a topic. Each is proved by its hash before it is given here.
namespace tapes::store {

/// A node as an event tells it. Its hash follows from the rest.
struct received_node {
    merkle::digest hash{};
    std::optional<merkle::digest> parent;
    merkle::digest root{};  ///< as its sender says
    std::string role;
    std::string content;        ///< event form
    std::string match_content;  ///< event form without what clients drop; "" where that is `content`
    merkle::identity identity;
    std::string stop_reason, project;
    merkle::usage used;
    std::int64_t created_at_us = 0;  ///< at its sender, since the epoch, UTC
};

/// Where a node was read.
struct received_from {
    std::string source;  ///< who sent it, "" when it does not say
    std::string topic;
    int partition = -1;
    std::int64_t offset = -1;
};

struct received_item {
    received_node node;
    received_from from;
};

/// What became of a received node.
enum class reception {
    added,
    known,       ///< it was there, in its chain or as an orphan
    orphan,      ///< its parent is not here: kept until it comes
    wrong_root,  ///< refused: its parent has another root than it says
};

struct received_batch {
    std::vector<reception> each;  ///< as given
    std::uint64_t joined = 0;     ///< orphans of before or of this batch whose parent came with it
};

/// Stores them in one transaction, with log rows for what has joined a chain, and waits until that is
/// durable; as long as the disk fails. May be repeated. Not for the writer's thread. Throws
/// std::runtime_error: nothing of it is stored.
received_batch store_received(writer& store_writer, std::span<const received_item> items);

/// Joins orphans whose parent came some other way (an import), and waits until that is durable. Returns their
/// number. Throws as store_received.
std::uint64_t join_orphans(writer& store_writer);

/// A node that waits for its parent.
struct kept_orphan {
    std::int64_t id = 0;  ///< in the order in which they came
    merkle::digest hash{};
    merkle::digest parent{};
    merkle::digest root{};
    received_from from;
    std::int64_t received_at_us = 0;
    std::string problem;  ///< why it cannot join although its parent has come; "" while it waits
};

struct orphan_totals {
    std::uint64_t nodes = 0;
    std::uint64_t missing = 0;  ///< parents that are neither here nor orphans themselves
};

/// Reads orphans. A read-only connection: one thread at a time. Throws std::runtime_error.
class orphan_reader {
public:
    explicit orphan_reader(const std::string& path);
    ~orphan_reader();
    orphan_reader(const orphan_reader&) = delete;
    orphan_reader& operator=(const orphan_reader&) = delete;

    std::uint64_t count();
    orphan_totals totals();
    /// Lists at most `most` orphans whose ids are greater than `after`.
    std::vector<kept_orphan> list(std::int64_t after, std::size_t most);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
