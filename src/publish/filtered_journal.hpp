#pragma once

#include "store_journal.hpp"

#include <tapes/store/sent_nodes.hpp>
#include <tapes/store/turn_reader.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <unordered_set>
#include <vector>

namespace tapes::publish {

/// The log for a cursor that takes some turns: each of them comes with all nodes of its chain that the cursor
/// has not sent, parents first. What it has sent is kept in the store, and saved together with the cursor.
class filtered_journal : public store_journal {
public:
    filtered_journal(const std::string& path, store::writer& writer, journal_settings settings);

    std::vector<journal_row> read(std::uint64_t after_seq, std::uint64_t max_bytes) override;
    std::optional<std::uint64_t> saved_cursor() override;
    void save_cursor(std::uint64_t seq, bool now) override;
    void flush() override;
    void keep_dead_letter(std::uint64_t moved_to, store::dead_letter letter) override;

private:
    using clock = std::chrono::steady_clock;

    /// What was given out with a row and is not on disk as sent.
    struct given_row {
        std::uint64_t seq;
        std::vector<std::int64_t> nodes;
    };

    void take_back(std::uint64_t after_seq);
    bool takes(const store::logged_turn& turn) const;
    /// Adds what is missing up to the node; the bytes of it.
    std::uint64_t add_chain(journal_row& to, std::int64_t head);
    void hand_over();

    store::turn_reader turns_;
    store::sent_reader sent_;
    std::deque<given_row> given_;
    std::unordered_set<std::int64_t> given_nodes_;  ///< of all of them
    std::uint64_t wanted_ = 0;                      ///< where the cursor is to be
    std::uint64_t asked_ = 0;                       ///< what the writer has been told
    bool moved_ = false;                            ///< since then
    clock::time_point asked_at_{};
};

}  // namespace tapes::publish
