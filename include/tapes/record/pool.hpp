#pragma once

#include <tapes/capture/ledger.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/record/recorder.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::record {

/// Values of `record.wire`: the exchanges whose heads and bodies are stored.
enum class wire_policy { turns, all, none };

struct settings {
    unsigned workers = 0;  ///< 0: one for every two processors; never less than two
    wire_policy wire = wire_policy::turns;
    /// RE2 patterns; system text that matches one is not part of the conversation.
    std::vector<std::string> volatile_system = {};
    /// The store in which earlier turns are looked up; "": none.
    std::string store_path = {};
    http::redaction_settings redaction = {};
    /// How much time of a processor the work on one exchange may take.
    std::chrono::nanoseconds work_limit = std::chrono::seconds{10};
};

/// The worker pool between relay and store. It maps each exchange, redacts it and submits it to the writer,
/// in order of arrival, several at a time. Thread-safe.
class pool final : public recorder {
public:
    /// Starts the threads. `redaction_key` is the store's; `writer` and `account` must outlive the pool.
    /// Throws std::invalid_argument for a pattern that does not compile.
    pool(settings options, const std::string& redaction_key, store::writer& writer, capture::ledger& account);
    ~pool() override;  ///< stop()
    pool(const pool&) = delete;
    pool& operator=(const pool&) = delete;

    bool may_be_turn(std::string_view method, std::string_view path) const noexcept override;
    bool streams_array(std::string_view method, std::string_view path) const override;
    std::unique_ptr<answer_watch> watch_answer(capture::exchange& running) override;
    socket_look watch_socket(std::string_view path) const noexcept override;
    void request_complete(capture::exchange& running) noexcept override;
    std::shared_ptr<answer_rest> expect_rest(capture::exchange& ended) override;
    void finish(std::unique_ptr<capture::exchange> ended) override;
    void finish_all(std::vector<std::unique_ptr<capture::exchange>> ended) override;
    bool store_failing() const noexcept override;

    /// Returns why work does not move, in a sentence for people; "" where it does.
    std::string standstill() const;

    /// Waits for at most that time, and tells whether to hurry.
    using hurry_signal = std::function<bool(std::chrono::milliseconds time)>;

    /// Works off what was handed over, then ends the threads. What comes later is dropped as `store_error`.
    /// Once `hurried` returns true, or after 10 s where it is given, what takes long is given up as
    /// `work_limit`. Idempotent.
    void stop(const hurry_signal& hurried = {});

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::record
