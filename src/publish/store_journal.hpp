#pragma once

#include <tapes/publish/journal.hpp>
#include <tapes/store/event_reader.hpp>

#include <memory>
#include <string>

namespace tapes::publish {

/// The log of a store as it stands, for a cursor that takes every turn.
class store_journal : public journal {
public:
    store_journal(const std::string& path, store::writer& writer, journal_settings settings);

    std::vector<journal_row> read(std::uint64_t after_seq, std::uint64_t max_bytes) override;
    std::uint64_t last_seq() const override { return writer_.last_seq(); }
    void wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) override {
        writer_.wait_past(seq, timeout);
    }
    void interrupt() override { writer_.interrupt_waits(); }
    std::optional<std::uint64_t> saved_cursor() override { return reader_.cursor(settings_.name); }
    void save_cursor(std::uint64_t seq, bool now) override { writer_.save_cursor(settings_.name, seq, now); }
    void keep_dead_letter(std::uint64_t moved_to, store::dead_letter letter) override {
        keep(std::move(letter), moved_to);
    }
    std::optional<std::string> note(const std::string& name) override { return reader_.note(name); }
    void save_note(const std::string& name, const std::string& value) override {
        writer_.save_note(name, value);
    }
    std::optional<std::int64_t> oldest_after_ms(std::uint64_t seq) override {
        return reader_.oldest_after_ms(seq);
    }

protected:
    /// What else than nodes is chosen of a row.
    void add_events(journal_row& to, store::log_kind kind, std::int64_t ref);
    void keep(store::dead_letter letter, std::optional<std::uint64_t> moved_to);

    store::reader reader_;
    store::writer& writer_;
    const journal_settings settings_;

private:
    std::vector<store::log_row> rows(std::uint64_t after_seq, std::uint64_t max_bytes);

    store::event_reader events_;
    std::unique_ptr<store::letter_reader> letters_;
};

}  // namespace tapes::publish
