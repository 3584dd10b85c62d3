#include "exports/export_stream.hpp"

#include <tapes/sync/condition_variable.hpp>
#include <tapes/sync/mutex.hpp>
#include <tapes/text/interruptible.hpp>
#include <tapes/text/work_meter.hpp>

#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <functional>
#include <map>
#include <utility>

namespace tapes::api {

namespace {

constexpr std::size_t most_waiting = std::size_t{256} << 10;
/// The head of the answer goes out with so much, or with all: what fails before is answered as a problem.
constexpr std::size_t first_piece = std::size_t{64} << 10;
/// So many steps lie between two looks whether the client is still there.
constexpr std::uint64_t export_look_interval = std::uint64_t{64} << 10;

std::atomic<std::size_t> carried_by_all{0};

/// The client has left.
class export_stopped : public std::exception {
public:
    const char* what() const noexcept override { return "nobody takes the export any more"; }
};

}  // namespace

std::unique_ptr<export_share> export_share::take(std::size_t bytes) {
    auto others = carried_by_all.load();
    do {
        if (others != 0 && others + bytes > most_exported) {
            return nullptr;
        }
    } while (!carried_by_all.compare_exchange_weak(others, others + bytes));
    return std::unique_ptr<export_share>{new export_share{bytes}};
}

export_share::~export_share() {
    carried_by_all -= bytes_;
}

/// Between the thread that writes and the server's.
class export_stream::pipe final : public exports::sink {
public:
    void write(std::string_view bytes) override {
        while (!bytes.empty()) {
            sync::unique_lock lock{mutex_};
            while (!stopped_ && waiting_.size() >= most_waiting) {
                changed_.wait(lock);
            }
            if (stopped_) {
                throw export_stopped{};
            }
            const auto part = bytes.substr(0, most_waiting - waiting_.size());
            waiting_.append(part);
            tell();
            bytes.remove_prefix(part.size());
        }
    }

    /// Throws where nobody takes the export any more.
    void look() const {
        if (stopped_) {
            throw export_stopped{};
        }
    }

    void tell_trailer(std::string fields) {
        const sync::lock_guard lock{mutex_};
        trailer_ = std::move(fields);
    }
    std::string trailer() {
        const sync::lock_guard lock{mutex_};
        return trailer_;
    }

    void end(std::exception_ptr failure) {
        const sync::lock_guard lock{mutex_};
        over_ = true;
        failure_ = std::move(failure);
        tell();
    }

    void stop() {
        stopped_ = true;
        const sync::lock_guard lock{mutex_};
        wake_ = {};
        changed_.notify_all();
    }
    bool stopped() const noexcept { return stopped_; }

    /// Throws what the writer threw, where it has written next to nothing, and what ends the work of this
    /// thread.
    void wait_for_first(std::chrono::milliseconds patience) {
        constexpr std::chrono::milliseconds between_looks{50};
        const auto end = std::chrono::steady_clock::now() + patience;
        sync::unique_lock lock{mutex_};
        while (!over_ && waiting_.size() < first_piece && std::chrono::steady_clock::now() < end) {
            changed_.wait_for(lock, between_looks);
            text::count_work(export_look_interval);
        }
        if (failure_) {
            std::rethrow_exception(failure_);
        }
    }

    void set_wake(std::function<void()> wake) {
        const sync::lock_guard lock{mutex_};
        wake_ = std::move(wake);
    }

    state take(std::string& out, std::size_t room) {
        const sync::lock_guard lock{mutex_};
        const auto size = std::min(room, waiting_.size());
        out.append(waiting_, 0, size);
        waiting_.erase(0, size);
        changed_.notify_all();
        if (failure_ || stopped_) {
            return state::broken;
        }
        if (!waiting_.empty() || (size != 0 && !over_)) {
            return state::more;
        }
        return over_ ? state::ended : state::idle;
    }

private:
    void tell() TAPES_REQUIRES(mutex_) {
        changed_.notify_all();
        if (wake_) {
            wake_();
        }
    }

    sync::mutex mutex_;
    sync::condition_variable changed_;
    std::string waiting_ TAPES_GUARDED_BY(mutex_);
    std::string trailer_ TAPES_GUARDED_BY(mutex_);
    bool over_ TAPES_GUARDED_BY(mutex_) = false;
    std::exception_ptr failure_ TAPES_GUARDED_BY(mutex_);
    std::function<void()> wake_ TAPES_GUARDED_BY(mutex_);
    std::atomic<bool> stopped_ = false;
};

namespace {

using counts = std::map<std::string, std::uint64_t>;

/// `"thinking";count=3, "images";count=1` (RFC 8941 §3.1). Things are told in ASCII.
std::string list_of(const counts& from) {
    std::string made;
    for (const auto& [thing, count] : from) {
        made += made.empty() ? "\"" : ", \"";
        for (const char c : thing) {
            const bool plain = c >= ' ' && c <= '~';
            made += c == '"' || c == '\\' ? "\\" : "";
            made += plain ? c : '?';
        }
        made += "\";count=" + std::to_string(count);
    }
    return made;
}

nlohmann::ordered_json list_json(const counts& from, const char* name) {
    auto all = nlohmann::ordered_json::array();
    for (const auto& [thing, count] : from) {
        all.push_back({{name, thing}, {"count", count}});
    }
    return all;
}

/// Counts what is written instead of writing it.
class counting_sink final : public exports::sink {
public:
    explicit counting_sink(std::function<void()> look) : look_{std::move(look)} {}
    void write(std::string_view bytes) override {
        look_();
        bytes_ += bytes.size();
    }
    std::uint64_t bytes() const noexcept { return bytes_; }

private:
    std::function<void()> look_;
    std::uint64_t bytes_ = 0;
};

/// What an export has left out and taken out.
struct export_summary {
    counts left_out, redacted;
};

export_summary write_export(const record_place& place, export_request& asked, exports::sink& to,
                            const std::function<bool()>& goes_on) {
    text::work_meter meter{export_look_interval, [&goes_on](std::uint64_t) { return goes_on(); }};
    const text::metered here{meter};
    const text::interruptible statements{goes_on};
    read::sources from{place.store_path, asked.with_catalogue ? place.catalogue_path : std::string{},
                       *place.prices};
    exports::secret_filter secrets{asked.keep_secrets};
    exports::left_out left;
    exports::task given{from, *place.prices, std::move(asked.about), std::move(asked.api), secrets,
                        to,   &left,         asked.carried};
    asked.as->write(given);
    return {left.counts(), {secrets.report().kinds.begin(), secrets.report().kinds.end()}};
}

std::string report_json(const export_summary& from, std::uint64_t bytes) {
    return nlohmann::ordered_json{{"bytes", bytes},
                                  {"left_out", list_json(from.left_out, "thing")},
                                  {"redacted", list_json(from.redacted, "kind")}}
               .dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) +
           "\n";
}

}  // namespace

/// What the thread does.
struct export_stream::report {
    static void write(const record_place& place, export_request& asked, pipe& to) {
        const auto goes_on = [&to] { return !to.stopped(); };
        if (asked.report_alone) {
            counting_sink counter{[&to] { to.look(); }};
            const auto made = write_export(place, asked, counter, goes_on);
            to.write(report_json(made, counter.bytes()));
            return;
        }
        const auto made = write_export(place, asked, to, goes_on);
        to.tell_trailer(std::string{left_out_field} + ": " + list_of(made.left_out) + "\r\n" +
                        std::string{redacted_field} + ": " + list_of(made.redacted) + "\r\n");
    }
};

export_stream::export_stream(record_place place, export_request asked, std::unique_ptr<export_share> share,
                             std::chrono::milliseconds patience)
    : share_{std::move(share)}, pipe_{std::make_shared<pipe>()} {
    thread_ = std::thread{[to = pipe_, place = std::move(place), asked = std::move(asked)]() mutable {
        try {
            report::write(place, asked, *to);
            to->end(nullptr);
        } catch (...) {
            to->end(std::current_exception());
        }
    }};
    try {
        pipe_->wait_for_first(patience);
    } catch (...) {
        pipe_->stop();
        thread_.join();
        throw;
    }
}

export_stream::~export_stream() {
    pipe_->stop();
    thread_.join();
}

void export_stream::start(std::function<void()> wake) {
    pipe_->set_wake(std::move(wake));
}

stream::state export_stream::pull(std::string& out, std::size_t room) {
    const auto next = pipe_->take(out, room);
    if (next == state::broken) {
        spdlog::warn("admin listener: an export breaks off");
    }
    return next;
}

std::string export_stream::trailer() {
    return pipe_->trailer();
}

void export_stream::finish() {
    pipe_->stop();
}

}  // namespace tapes::api
