#include "recorded_reply.hpp"

#include "pacing.hpp"
#include "reply_head.hpp"
#include "stream_messages.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <deque>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tapes::tape {
namespace {

constexpr std::uint64_t most_piece = std::uint64_t{64} * 1024;

/// What tapes itself answered where no answer came from the upstream.
class missing_answer final : public mock::reply {
public:
    explicit missing_answer(const store::kept_exchange& row) {
        const bool late = row.ended == capture::end_reason::timeout;
        status = late ? 504 : 502;
        reason = late ? "Gateway Timeout" : "Bad Gateway";
        fields = "Content-Type: application/json\r\n";
        text_ = std::string{R"({"error":"no answer was recorded: )"} +
                std::string{capture::name_of(row.ended)} + "\"}";
        length = text_.size();
    }

    std::optional<mock::reply_piece> next() override {
        if (text_.empty()) {
            return std::nullopt;
        }
        return mock::reply_piece{std::exchange(text_, {})};
    }

private:
    std::string text_;
};

/// The bytes of a body as they were recorded.
class body_reply final : public mock::reply {
public:
    body_reply(deck_pool& decks, store::kept_body body, pacing times)
        : decks_{decks}, body_{std::move(body)}, times_{std::move(times)} {}

    std::optional<mock::reply_piece> next() override {
        if (body_.left() == 0) {
            return std::nullopt;
        }
        mock::reply_piece piece;
        const auto end = times_.end_of_piece(sent_, most_piece);
        const auto deck = decks_.take();
        deck->wires.read(body_, piece.bytes, static_cast<std::size_t>(std::max(end, sent_ + 1) - sent_));
        sent_ += piece.bytes.size();
        const auto due = times_.due(sent_);
        piece.wait = std::max(due - waited_, std::chrono::microseconds{0});
        waited_ = std::max(due, waited_);
        return piece;
    }

private:
    deck_pool& decks_;
    store::kept_body body_;
    pacing times_;
    std::uint64_t sent_ = 0;
    std::chrono::microseconds waited_{0};
};

/// The same without its content coding.
class decoded_reply final : public mock::reply {
public:
    decoded_reply(std::unique_ptr<mock::reply> coded, std::string_view coding)
        : coded_{std::move(coded)}, decoder_{coding} {}

    std::optional<mock::reply_piece> next() override {
        mock::reply_piece out;
        while (out.bytes.empty()) {
            const auto piece = coded_->next();
            if (!piece) {
                return std::nullopt;
            }
            out.wait += piece->wait;
            (void)decoder_.feed(piece->bytes, out.bytes);
        }
        return out;
    }

private:
    std::unique_ptr<mock::reply> coded_;
    http::decoder decoder_;
};

/// The events of a stream, as messages of a WebSocket.
class message_reply final : public mock::reply {
public:
    explicit message_reply(std::unique_ptr<mock::reply> body) : body_{std::move(body)} {}

    std::optional<mock::reply_piece> next() override {
        std::chrono::microseconds wait{0};
        while (true) {
            if (auto message = messages_.next()) {
                return mock::reply_piece{*std::move(message), wait};
            }
            const auto piece = body_->next();
            if (!piece) {
                return std::nullopt;
            }
            wait += piece->wait;
            messages_.feed(piece->bytes);
        }
    }

private:
    std::unique_ptr<mock::reply> body_;
    stream_messages messages_;
};

/// An error over HTTP, as the message that a server sends in its place.
class error_message final : public mock::reply {
public:
    error_message(int code, std::unique_ptr<mock::reply> body) : code_{code}, body_{std::move(body)} {}

    std::optional<mock::reply_piece> next() override {
        if (!body_) {
            return std::nullopt;
        }
        std::string text;
        while (auto piece = body_->next()) {
            text += piece->bytes;
        }
        body_.reset();
        return mock::reply_piece{error_event(code_, text)};
    }

private:
    int code_;
    std::unique_ptr<mock::reply> body_;
};

std::string in_lower_case(std::string_view from) {
    std::string made{from};
    std::ranges::transform(made, made.begin(), text::to_lower);
    return made;
}

/// Tells whether the answer did not come to its end.
bool broke_off(const store::kept_exchange& row) {
    const bool cut_in_capture = row.captured_response_bytes &&
                                static_cast<std::uint64_t>(*row.captured_response_bytes) < row.response_bytes;
    return row.ended != capture::end_reason::complete || cut_in_capture;
}

}  // namespace

bool accepts_coding(std::string_view request_head, std::string_view coding) {
    const auto accepted = in_lower_case(http::joined_values(request_head, "accept-encoding"));
    auto rest = std::string_view{coding};
    while (!rest.empty()) {
        const auto comma = std::min(rest.find(','), rest.size());
        auto one = in_lower_case(rest.substr(0, comma));
        one.erase(std::remove(one.begin(), one.end(), ' '), one.end());
        if (one != "identity" && accepted.find(one) == std::string::npos) {
            return false;
        }
        rest.remove_prefix(std::min(comma + 1, rest.size()));
    }
    return true;
}

std::unique_ptr<mock::reply> recorded_reply(deck_pool& decks, deck& from, const store::kept_exchange& row,
                                            const reply_form& form) {
    auto body = row.status == 0 ? std::nullopt : from.wires.answer_body(row.seq);
    if (!body) {
        return std::make_unique<missing_answer>(row);
    }
    const bool undo = !body->decoded && (!form.accepts_coding || form.on_websocket);
    const head_change change{body->decoded || undo, form.to_head, form.speed};
    auto head = read_reply_head(body->head, change);
    if (!head) {
        throw std::runtime_error{"exchange " + std::to_string(row.seq) + " has no head of an answer"};
    }
    pacing times{row.times, body->left(), row.response_bytes, form.speed};
    const auto wait = times.scaled(row.first_byte_at_us - row.accepted_at_us);
    const bool cut = broke_off(row);
    const auto kept = body->left();
    const bool changed = body->decoded;
    std::unique_ptr<mock::reply> made =
        std::make_unique<body_reply>(decks, *std::move(body), std::move(times));
    if (head->length && !undo) {
        made->length = changed || !cut ? kept : *head->length;
    }
    if (undo && !head->coding.empty()) {
        made = std::make_unique<decoded_reply>(std::move(made), head->coding);
    }
    if (form.on_websocket) {
        made = head->event_stream
                   ? std::unique_ptr<mock::reply>{std::make_unique<message_reply>(std::move(made))}
                   : std::make_unique<error_message>(head->status, std::move(made));
    }
    made->status = head->status;
    made->reason = std::move(head->reason);
    made->fields = std::move(head->fields);
    made->has_body = head->has_body;
    made->cut = cut;
    made->wait = wait;
    return made;
}

}  // namespace tapes::tape
