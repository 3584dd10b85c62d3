#pragma once

#include <tapes/llm/api.hpp>
#include <tapes/merkle/chain.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace tapes::llm::test {

/// One API, with what tests ask of it.
class tested_api {
public:
    explicit tested_api(std::string_view target)
        : api_{find_api("POST", target)}, path_{api_ != nullptr ? facts_of(*api_, target) : path_facts{}} {}

    const api& operator*() const noexcept { return *api_; }
    const api* operator->() const noexcept { return api_; }

    request request_of(std::string_view body, const item_source& items = {}) const {
        request out;
        INFO(body);
        REQUIRE(map_request(*api_, path_, body, items, out) == map_error::none);
        return out;
    }

    answer answer_of(std::string_view body) const {
        answer out;
        INFO(body);
        REQUIRE(api_->map_answer(body, out) == map_error::none);
        return out;
    }

    map_error request_error(std::string_view body) const {
        request out;
        return map_request(*api_, path_, body, {}, out);
    }

    map_error answer_error(std::string_view body) const {
        answer out;
        return api_->map_answer(body, out);
    }

    /// Returns the event form of the only message of a request.
    std::string only_message_of(std::string_view body) const {
        const request out = request_of(body);
        REQUIRE(out.messages.size() == 1);
        return merkle::event_content(out.messages[0].content);
    }

    /// Folds a stream that comes in pieces of that size.
    std::string reduce(std::string_view stream, std::size_t piece = std::string_view::npos) const {
        const auto reducer = api_->make_reducer();
        while (!stream.empty()) {
            reducer->feed(stream.substr(0, piece));
            stream.remove_prefix(std::min(piece, stream.size()));
        }
        return reducer->finish();
    }

    /// Returns from where on a stream that comes in pieces of that size is held, npos where it is not.
    std::size_t hold_from(std::string_view stream, std::size_t piece, std::size_t choices = 1) const {
        const auto watch = api_->make_end_watch([choices] { return choices; });
        for (std::size_t at = 0; at < stream.size(); at += piece) {
            const std::size_t held = watch->feed(stream.substr(at, piece)).from;
            if (held != end_mark::npos) {
                return at + held;
            }
        }
        return end_mark::npos;
    }

private:
    const api* api_;
    path_facts path_;
};

}  // namespace tapes::llm::test
