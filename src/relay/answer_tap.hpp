#pragma once

#include <tapes/capture/exchange.hpp>
#include <tapes/record/answers_in_flight.hpp>

#include <memory>
#include <string_view>

namespace tapes::relay {

/// Copies an answer while it is coming, as long as somebody wants to see it. Lives on one I/O thread.
class answer_tap {
public:
    /// `to` may be null: nobody ever wants to see it.
    explicit answer_tap(record::answers_in_flight* to) noexcept : to_{to} {}

    /// The answer of `running` is a stream, and its request has come whole.
    void open(capture::exchange& running) noexcept {
        close();
        running_ = &running;
    }

    /// Whether take() has any use. Costs next to nothing.
    bool wanted() const noexcept { return running_ != nullptr && to_ != nullptr && to_->wanted(); }

    /// Takes bytes that were just added to what is captured of the answer.
    void take(std::string_view bytes) noexcept {
        if (wanted()) {
            pass(bytes);
        }
    }

    /// Takes no more: the exchange is about to be handed over.
    void close() noexcept {
        running_ = nullptr;
        copy_.reset();
    }

private:
    void pass(std::string_view bytes) noexcept;

    record::answers_in_flight* to_;
    capture::exchange* running_ = nullptr;
    std::unique_ptr<record::answer_copy> copy_;
    std::uint64_t refused_ = 0;  ///< the round of looking in which it is not shown
};

}  // namespace tapes::relay
