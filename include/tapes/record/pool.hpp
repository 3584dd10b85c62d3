#pragma once

#include <tapes/capture/ledger.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/record/recorder.hpp>
#include <tapes/store/writer.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tapes::record {

/// Values of `record.wire`: the exchanges whose heads and bodies are stored.
enum class wire_policy { turns, all, none };

struct settings {
    unsigned workers = 0;  ///< 0: one for every two processors
    wire_policy wire = wire_policy::turns;
    /// RE2 patterns; system text that matches one is not part of the conversation.
    std::vector<std::string> volatile_system = {};
    /// The store in which earlier turns are looked up; "": none.
    std::string store_path = {};
    http::redaction_settings redaction = {};
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
    std::unique_ptr<answer_watch> watch_answer(capture::exchange& running) override;
    socket_look watch_socket(std::string_view path) const noexcept override;
    void request_complete(capture::exchange& running) noexcept override;
    std::shared_ptr<answer_rest> expect_rest(capture::exchange& ended) override;
    void finish(std::unique_ptr<capture::exchange> ended) override;
    void finish_all(std::vector<std::unique_ptr<capture::exchange>> ended) override;
    bool store_failing() const noexcept override;

    /// Works off what was handed over, then ends the threads. What comes later is dropped as `store_error`.
    /// Idempotent.
    void stop();

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::record
