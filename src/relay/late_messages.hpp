#pragma once

#include "wall_clock.hpp"
#include "watchdog.hpp"

#include <tapes/capture/exchange.hpp>
#include <tapes/record/recorder.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tapes::relay {

/// Takes messages that come on a WebSocket behind the last one of an answer, for that answer's exchange,
/// which has been handed over. Not for long: the exchange holds its bytes until then. Lives on one I/O
/// thread.
class late_messages final : public watchdog::watched {
public:
    explicit late_messages(watchdog& home) noexcept : watched{home} {}
    ~late_messages() { end(); }
    late_messages(const late_messages&) = delete;
    late_messages& operator=(const late_messages&) = delete;

    /// Takes messages of `lane` for `ended` from now on; to be called before that is handed over.
    void expect(record::recorder& recorder, capture::exchange& ended, std::string_view lane);

    /// Appends the text of an event. Does nothing where none of that lane is expected.
    void take(std::string_view event, std::string_view lane);

    /// Expects no more.
    void end() noexcept;

    void expired() override { end(); }
    void drain() override {}
    void cut() override { end(); }

private:
    std::shared_ptr<record::answer_rest> rest_;
    std::string lane_;
    std::uint64_t received_ = 0;
    capture::timestamp last_byte_at_{};
};

}  // namespace tapes::relay
