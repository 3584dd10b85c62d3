#pragma once

#include <tapes/http/redaction.hpp>
#include <tapes/mock/answer_source.hpp>
#include <tapes/tape/tolerance.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tapes::tape {

/// A store that is played, and its catalogue.
struct played_store {
    std::string store_path;
    std::string catalogue_path;
    /// Brings the catalogue up to date, for what was recorded meanwhile. May be empty.
    std::function<void()> catch_up{};
};

struct options {
    std::vector<played_store> stores;  ///< the first that has an answer gives it
    tolerance_choice looked_past{};
    double speed = 0;   ///< of answers: 1 as they came, 2 twice as fast; 0: at once
    bool once = false;  ///< each recorded answer is given once
    /// A base URL on loopback to which requests go that have no answer; "": they get 404.
    std::string pass_to{};
    /// First segments of paths that are left out: they name an upstream.
    std::vector<std::string> keys{};
    std::vector<std::string> volatile_system{};  ///< `record.volatile`
    http::redaction_settings redaction{};
};

/// How requests were answered.
struct figures {
    std::uint64_t answered = 0;   ///< from the tape
    std::uint64_t tolerated = 0;  ///< of these: within the tolerance
    std::uint64_t missed = 0;     ///< with 404
    std::uint64_t passed = 0;     ///< by the upstream
    std::vector<std::string>
        misses{};  ///< why, the first of those with 404 or passed on; at most `most_told`
    static constexpr std::size_t most_told = 8;
};

/// Answers requests from a record, as an upstream: with the bytes that were recorded. Thread-safe. How often
/// an answer was given is kept in memory alone.
class tape final : public mock::answer_source {
public:
    /// Opens the stores. Throws std::invalid_argument for a wrong choice, and std::exception, in one line,
    /// where a store cannot be read.
    explicit tape(options wanted);
    ~tape() override;
    tape(const tape&) = delete;
    tape& operator=(const tape&) = delete;

    std::unique_ptr<mock::reply> answer(const mock::asked& request) override;
    bool accepts_websocket(const mock::asked& handshake) override;

    figures now() const;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace tapes::tape
