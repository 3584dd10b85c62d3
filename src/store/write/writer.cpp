#include "write/writer_impl.hpp"

namespace tapes::store {

writer::writer(const store_lock& lock, capture::ledger& account, settings options) {
    try {
        impl_ = std::make_unique<impl>(lock, account, std::move(options));
    } catch (const sqlite_error& error) {
        throw open_error{"store " + lock.options().path + " cannot be opened: " + error.what()};
    }
}

writer::~writer() {
    impl_->stop(std::chrono::steady_clock::now());
}

void writer::submit(std::vector<std::unique_ptr<entry>> entries) {
    impl_->submit(std::move(entries));
}

void writer::save_cursor(const std::string& name, std::uint64_t seq, bool now) {
    impl_->change([&](group& next) { next.cursors[name] = seq; }, now);
}

void writer::submit(std::unique_ptr<job> work) {
    impl_->submit(std::move(work));
}

void writer::submit(std::unique_ptr<aside> work) {
    impl_->submit(std::move(work));
}

void writer::save_note(const std::string& name, const std::string& value) {
    impl_->change([&](group& next) { next.notes[name] = value; }, false);
}

bool writer::failing() const noexcept {
    return impl_->failing();
}
writer_status writer::status() const {
    return impl_->status();
}
std::uint64_t writer::last_seq() const noexcept {
    return impl_->last_seq();
}

std::uint64_t writer::wait_past(std::uint64_t seq, std::chrono::milliseconds timeout) const {
    return impl_->wait_past(seq, timeout);
}

void writer::find_newest(indexed digest, std::int64_t prefix, std::vector<std::int64_t>& out,
                         std::size_t most) const {
    impl_->indexes().of(digest).find_recent(prefix, out, most);
}

void writer::interrupt_waits() {
    impl_->interrupt_waits();
}
void writer::prepare_stop() {
    impl_->prepare_stop();
}

void writer::stop(std::chrono::steady_clock::time_point deadline) {
    impl_->stop(deadline);
}

}  // namespace tapes::store
