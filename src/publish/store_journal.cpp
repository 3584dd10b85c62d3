#include <tapes/publish/journal.hpp>

#include <utility>

namespace tapes::publish {
namespace {

using retry_rule = std::function<store::letter_due(const store::dead_letter&)>;

class store_journal : public journal {
public:
    store_journal(const std::string& path, store::writer& writer, std::string name, retry_rule first_retry)
        : reader_{path}, writer_{writer}, name_{std::move(name)}, first_retry_{std::move(first_retry)} {}

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
    void keep_dead_letter(std::uint64_t moved_to, store::dead_letter letter) override {
        letter.source = name_;
        const auto due = first_retry_ ? first_retry_(letter) : store::letter_due{};
        store::keep_dead_letter(writer_, std::move(letter), due, moved_to);
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
    const retry_rule first_retry_;
};

}  // namespace

std::unique_ptr<journal> make_store_journal(const std::string& path, store::writer& writer, std::string name,
                                            retry_rule first_retry) {
    return std::make_unique<store_journal>(path, writer, std::move(name), std::move(first_retry));
}

}  // namespace tapes::publish
