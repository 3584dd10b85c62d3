#include "clean_request.hpp"
#include "deck.hpp"
#include "finder.hpp"
#include "foreign_page.hpp"
#include "miss.hpp"
#include "recorded_reply.hpp"
#include "repeats.hpp"
#include "stream_messages.hpp"
#include "turnless.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/llm/socket.hpp>
#include <tapes/sync/mutex.hpp>
#include <tapes/tape/tape.hpp>
#include <tapes/text/visible.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace tapes::tape {
namespace {

std::string_view words_of(found_by way) noexcept {
    switch (way) {
        case found_by::hash:
            return "same conversation";
        case found_by::match:
            return "same but for what clients rewrite";
        case found_by::tolerance:
            return "within the tolerance";
        case found_by::request:
            return "same request";
        case found_by::nothing:
            break;
    }
    return "nothing";
}

/// An answer that is made here.
class made_reply final : public mock::reply {
public:
    made_reply(int code, std::string text, std::string said) : text_{std::move(said)} {
        status = code;
        reason = std::move(text);
        fields = "Content-Type: application/json\r\nX-Should-Retry: false\r\n";
        length = text_.size();
    }

    std::optional<mock::reply_piece> next() override {
        return text_.empty() ? std::nullopt : std::optional{mock::reply_piece{std::exchange(text_, {})}};
    }

private:
    std::string text_;
};

std::unique_ptr<mock::reply> make_miss(const clean_request& asked, std::string_view message) {
    auto body = miss_body(asked.api, asked.path, message);
    return asked.on_websocket ? std::make_unique<made_reply>(404, "Not Found", error_event(404, body))
                              : std::make_unique<made_reply>(404, "Not Found", std::move(body));
}

std::unique_ptr<mock::reply> passed_to(const std::string& url) {
    auto made = std::make_unique<mock::reply>();
    made->pass_to = url;
    return made;
}

/// One store that is played.
struct reel {
    reel(const played_store& from, const options& wanted)
        : turns{wanted.once ? repeats::at_end::nothing : repeats::at_end::last_again},
          decks{{from.store_path, from.catalogue_path, wanted.volatile_system}},
          turnless{from.store_path},
          catch_up{from.catch_up},
          redactor{decks.take()->exchanges.redaction_key(), wanted.redaction} {
        turnless.read_on();
    }

    repeats turns;
    deck_pool decks;
    turnless_index turnless;
    loose_cache cache;
    std::function<void()> catch_up;
    http::redactor redactor;
};

}  // namespace

class tape::impl {
public:
    explicit impl(options wanted) : wanted_{std::move(wanted)}, past_{wanted_.looked_past} {
        for (const auto& one : wanted_.stores) {
            reels_.push_back(std::make_unique<reel>(one, wanted_));
        }
    }

    std::unique_ptr<mock::reply> answer(const mock::asked& request);
    bool accepts_websocket(const mock::asked& handshake);

    figures now() const {
        const sync::lock_guard held{mutex_};
        return told_;
    }

private:
    finding look_up(reel& in, const clean_request& asked);
    std::unique_ptr<mock::reply> give(reel& from, const mock::asked& request, const clean_request& asked,
                                      const finding& found, std::int64_t exchange);
    std::unique_ptr<mock::reply> miss(const clean_request& asked, const std::string& reason);

    options wanted_;
    tolerance past_;
    std::vector<std::unique_ptr<reel>> reels_;
    mutable sync::mutex mutex_;
    figures told_ TAPES_GUARDED_BY(mutex_);
};

/// What was recorded meanwhile is found too: the catalogue is brought up to date where it lacks rows.
finding tape::impl::look_up(reel& in, const clean_request& asked) {
    const auto newest = in.turnless.read_on();
    auto deck = in.decks.take();
    auto found = finder{*deck, in.turnless, past_, in.cache}.find(asked);
    const bool is_behind = static_cast<std::int64_t>(deck->catalogue.seq()) < newest;
    if (found.answers.empty() && asked.api != nullptr && is_behind && in.catch_up) {
        in.catch_up();
        found = finder{*deck, in.turnless, past_, in.cache}.find(asked);
    }
    return found;
}

std::unique_ptr<mock::reply> tape::impl::give(reel& from, const mock::asked& request,
                                              const clean_request& asked, const finding& found,
                                              std::int64_t exchange) {
    auto deck = from.decks.take();
    const auto row = deck->exchange(exchange);
    reply_form form;
    form.on_websocket = asked.on_websocket;
    form.to_head = asked.method == "HEAD";
    form.speed = wanted_.speed;
    if (const auto kept = deck->wires.about(exchange)) {
        form.accepts_coding =
            accepts_coding(request.head, http::joined_values(kept->response.head, "content-encoding"));
    }
    auto made = recorded_reply(from.decks, *deck, row, form);
    const auto at = std::ranges::find(found.answers, exchange) - found.answers.begin() + 1;
    spdlog::info("tape: {} {}: exchange {}, status {} ({}{}{}){}",
                 asked.on_websocket ? "WEBSOCKET" : asked.method, text::visible(asked.path), exchange,
                 row.status, words_of(found.way), found.looked_past.empty() ? "" : ": ", found.looked_past,
                 found.answers.size() > 1 ? fmt::format(", answer {} of {}", at, found.answers.size()) : "");
    const sync::lock_guard held{mutex_};
    ++told_.answered;
    told_.tolerated += found.way == found_by::tolerance ? 1 : 0;
    return made;
}

std::unique_ptr<mock::reply> tape::impl::miss(const clean_request& asked, const std::string& reason) {
    const bool passed = !wanted_.pass_to.empty() && !asked.on_websocket;
    spdlog::warn("tape: {} {}: {}: {}", asked.on_websocket ? "WEBSOCKET" : asked.method,
                 text::visible(asked.path), passed ? "passed on" : "miss", reason);
    {
        const sync::lock_guard held{mutex_};
        ++(passed ? told_.passed : told_.missed);
        auto told = asked.method + " " + asked.path + ": " + reason;
        const bool again = std::ranges::find(told_.misses, told) != told_.misses.end();
        if (told_.misses.size() < figures::most_told && !again) {
            told_.misses.push_back(std::move(told));
        }
    }
    return passed ? passed_to(wanted_.pass_to) : make_miss(asked, reason);
}

std::unique_ptr<mock::reply> tape::impl::answer(const mock::asked& request) {
    if (is_from_foreign_page(request.head)) {
        return std::make_unique<made_reply>(403, "Forbidden",
                                            R"({"error":"web pages of other sites may not use the tape"})");
    }
    std::string reason;
    std::optional<clean_request> asked;
    for (const auto& in : reels_) {
        asked = clean(request, in->redactor, wanted_.keys);
        const auto found = look_up(*in, *asked);
        if (!found.answers.empty()) {
            const auto exchange = in->turns.next(found.answers);
            if (exchange != 0) {
                return give(*in, request, *asked, found, exchange);
            }
            reason = "All " + std::to_string(found.answers.size()) +
                     " recorded answers to this request were given (--once).";
        } else if (reason.empty()) {
            reason = found.miss;
        }
    }
    const bool wants_socket = !request.on_websocket && request.method == "GET" && asked->api == nullptr &&
                              llm::find_socket_look(asked->path) != nullptr;
    if (wants_socket) {
        auto refused = std::make_unique<made_reply>(
            426, "Upgrade Required",
            miss_body(nullptr, asked->path, "The tape answers over HTTP here, not on a WebSocket."));
        refused->fields += "Upgrade: HTTP/1.1\r\n";
        return refused;
    }
    return miss(*asked, reason);
}

bool tape::impl::accepts_websocket(const mock::asked& handshake) {
    if (!wanted_.pass_to.empty() || llm::find_socket_look(handshake.target) == nullptr ||
        is_from_foreign_page(handshake.head)) {
        return false;
    }
    return std::ranges::any_of(reels_, [](const auto& one) {
        one->turnless.read_on();
        return one->turnless.has_websockets();
    });
}

tape::tape(options wanted) : impl_{std::make_unique<impl>(std::move(wanted))} {}
tape::~tape() = default;

std::unique_ptr<mock::reply> tape::answer(const mock::asked& request) {
    try {
        return impl_->answer(request);
    } catch (const std::exception& failed) {
        spdlog::error("tape: {} {}: {}", request.method, text::visible(request.target), failed.what());
        const auto body =
            miss_body(nullptr, request.target, std::string{"The tape cannot be read: "} + failed.what());
        return std::make_unique<made_reply>(500, "Internal Server Error", body);
    }
}

bool tape::accepts_websocket(const mock::asked& handshake) {
    try {
        return impl_->accepts_websocket(handshake);
    } catch (const std::exception&) {
        return false;
    }
}

figures tape::now() const {
    return impl_->now();
}

}  // namespace tapes::tape
