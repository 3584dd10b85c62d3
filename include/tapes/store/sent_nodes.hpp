#pragma once

#include <tapes/store/placed.hpp>
#include <tapes/store/writer.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// What a cursor with a filter has sent. Such a cursor sends nodes out of the log's order: ancestors that a
/// turn which it did not choose had recorded, when a chosen turn needs them.
namespace tapes::store {

struct sent_node {
    std::int64_t node = 0;
    std::uint64_t seq = 0;  ///< number of the log row with which it was sent
};

/// Marks nodes as sent and moves the cursor, in one transaction, soon. Thread-safe; does not wait.
void save_sent(writer& store_writer, std::string cursor, std::uint64_t seq, std::vector<sent_node> nodes);

/// Tells which nodes a cursor has sent. A read-only connection: one thread at a time. Throws
/// std::runtime_error with SQLite's message when a query fails.
class sent_reader {
public:
    sent_reader(const std::string& path, std::string cursor);
    ~sent_reader();
    sent_reader(const sent_reader&) = delete;
    sent_reader& operator=(const sent_reader&) = delete;

    bool sent(std::int64_t node);

private:
    class impl;
    placed<impl> impl_;
};

}  // namespace tapes::store
