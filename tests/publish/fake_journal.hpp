#pragma once

#include <tapes/publish/journal.hpp>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace tapes::publish {

struct noted_letter {
    std::uint64_t seq;
    std::string event_id;
    std::string error;
};

/// What a store would hold; outlives the pumps that use it, as a store outlives a process.
struct fake_log {
    std::mutex mutex;
    std::condition_variable changed;
    std::vector<journal_row> rows;
    std::optional<std::uint64_t> cursor;  ///< on disk
    bool disk_full = false;               ///< save_cursor changes nothing
    std::map<std::string, std::string> notes;
    std::vector<noted_letter> letters;

    /// A turn of `sizes.size()` nodes with contents of that many bytes, all of conversation `root`.
    void add_turn(std::uint8_t root, const std::vector<std::size_t>& sizes) {
        const std::lock_guard hold(mutex);
        journal_row row;
        row.seq = rows.empty() ? 1 : rows.back().seq + 1;
        for (std::size_t i = 0; i < sizes.size(); ++i) {
            store::stored_node node;
            node.id = next_id++;
            node.root.fill(root);
            for (std::size_t byte = 0; byte < 8; ++byte) {
                node.hash[byte] = static_cast<std::uint8_t>(node.id >> (8 * byte));
            }
            node.role = "user";
            node.content = "[\"" + std::string(sizes[i], 'x') + "\"]";
            row.nodes.push_back(std::move(node));
        }
        rows.push_back(std::move(row));
        changed.notify_all();
    }

    std::int64_t next_id = 1;
};

class fake_journal : public journal {
public:
    explicit fake_journal(fake_log& log) : log_{log} {}

    std::vector<journal_row> read(std::uint64_t after_seq, std::uint64_t max_bytes) override {
        const std::lock_guard hold(log_.mutex);
        std::vector<journal_row> found;
        std::uint64_t bytes = 0;
        for (std::size_t i = after_seq; i < log_.rows.size(); ++i) {
            const auto& row = log_.rows[i];
            if (row.seq > after_seq && (found.empty() || bytes < max_bytes)) {
                found.push_back(row);
                for (const auto& node : row.nodes) {
                    bytes += node.content.size();
                }
            }
        }
        return found;
    }
    std::uint64_t last_seq() const override {
        const std::lock_guard hold(log_.mutex);
        return log_.rows.empty() ? 0 : log_.rows.back().seq;
    }
    void wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) override {
        std::unique_lock hold(log_.mutex);
        log_.changed.wait_for(hold, timeout, [&] {
            return interrupted_ || (!log_.rows.empty() && log_.rows.back().seq > seq);
        });
    }
    void interrupt() override {
        const std::lock_guard hold(log_.mutex);
        interrupted_ = true;
        log_.changed.notify_all();
    }
    std::optional<std::uint64_t> saved_cursor() override {
        const std::lock_guard hold(log_.mutex);
        return log_.cursor;
    }
    void save_cursor(std::uint64_t seq, bool) override {
        const std::lock_guard hold(log_.mutex);
        if (!log_.disk_full) {
            log_.cursor = seq;
        }
    }
    void keep_dead_letter(std::uint64_t moved_to, store::dead_letter letter) override {
        const std::lock_guard hold(log_.mutex);
        log_.letters.push_back({moved_to, std::move(letter.event_id), std::move(letter.reason)});
        log_.cursor = moved_to;
    }
    std::optional<std::string> note(const std::string& name) override {
        const std::lock_guard hold(log_.mutex);
        const auto found = log_.notes.find(name);
        return found == log_.notes.end() ? std::nullopt : std::optional(found->second);
    }
    void save_note(const std::string& name, const std::string& value) override {
        const std::lock_guard hold(log_.mutex);
        log_.notes[name] = value;
    }
    std::optional<std::int64_t> oldest_after_ms(std::uint64_t) override { return std::nullopt; }

private:
    fake_log& log_;
    bool interrupted_ = false;
};

}  // namespace tapes::publish
