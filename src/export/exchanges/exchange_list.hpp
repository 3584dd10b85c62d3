#pragma once

#include <tapes/export/form.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace tapes::exports {

/// The exchanges of what is exported, in the order of the log: of a session all of them, or those of one
/// thread; of a node those that gave the answers of its chain; of an exchange itself. Holds a page of numbers
/// at a time, of a chain all of them.
class exchange_list {
public:
    /// Throws export_refusal where the thread is not there.
    exchange_list(read::sources& from, const subject& about);

    /// The next `seq`; nothing at the end. Throws std::runtime_error with SQLite's message.
    std::optional<std::int64_t> next();

private:
    read::sources& from_;
    std::int64_t session_ = 0, thread_ = 0, after_ = 0;
    std::vector<std::int64_t> page_;
    std::size_t at_ = 0;
};

}  // namespace tapes::exports
