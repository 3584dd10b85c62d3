#include <tapes/publish/journal.hpp>
#include <tapes/store/dead_letters.hpp>

#include <utility>

namespace tapes::publish {
namespace {

class store_journal : public journal {
public:
    store_journal(const std::string& path, store::writer& writer, std::string name)
        : reader_{path}, writer_{writer}, name_{std::move(name)} {}

    std::vector<store::log_row> read(std::uint64_t after_seq, std::uint64_t max_bytes) override {
        return reader_.read_log(after_seq, max_bytes);
    }
    std::uint64_t last_seq() const override { return writer_.last_seq(); }
    void wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) override {
        writer_.wait_past(seq, timeout);
    }
    void interrupt() override { writer_.interrupt_waits(); }
    std::optional<std::uint64_t> saved_cursor() override { return reader_.cursor(name_); }
    void save_cursor(std::uint64_t seq, bool now) override { writer_.save_cursor(name_, seq, now); }
    void keep_dead_letter(std::uint64_t seq, const std::string& event_id, const std::string& error) override {
        store::dead_letter letter;
        letter.source = name_;
        letter.seq = seq;
        letter.event_id = event_id;
        letter.reason = error;
        store::keep_dead_letter(writer_, std::move(letter), std::nullopt, seq);
    }
    std::optional<std::string> note(const std::string& name) override { return reader_.note(name); }
    void save_note(const std::string& name, const std::string& value) override {
        writer_.save_note(name, value);
    }
    std::optional<std::int64_t> oldest_after_ms(std::uint64_t seq) override {
        return reader_.oldest_after_ms(seq);
    }

private:
    store::reader reader_;
    store::writer& writer_;
    const std::string name_;
};

}  // namespace

std::unique_ptr<journal> make_store_journal(const std::string& path, store::writer& writer,
                                            std::string name) {
    return std::make_unique<store_journal>(path, writer, std::move(name));
}

}  // namespace tapes::publish
