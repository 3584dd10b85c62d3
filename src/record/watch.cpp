#include "watch.hpp"

#include "reservation.hpp"
#include "text_shape.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/llm/later_request.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

namespace tapes::record {

namespace {

/// Limits the decoding of a request that is done to learn how many answers it asks for.
constexpr http::decode_limits request_limits{1024 * 1024, 25};

/// What a watch may hold of an unfinished line or event before the budget is charged for it.
constexpr std::size_t free_bytes = std::size_t{128} * 1024;

std::size_t choices_of(const llm::api& api, capture::exchange& running) {
    if (api.expected_choices == nullptr) {
        return 1;
    }
    const auto body = running.request_body.view();
    if (!http::is_identity(running.request_encoding)) {
        return api.expected_choices(http::decode_all(running.request_encoding, body, request_limits).bytes);
    }
    reservation parsed{running.limits()};
    // Without that number the answer is over where its stream says so.
    return parsed.grow_capture_to(body.size()) ? api.expected_choices(body)
                                               : std::numeric_limits<std::size_t>::max();
}

/// Tells whether the request asks for an answer in the background.
bool asks_in_background(const llm::api& api, capture::exchange& running) {
    const auto body = running.request_body.view();
    return http::is_identity(running.request_encoding)
               ? api.asks_in_background(body)
               : api.asks_in_background(
                     http::decode_all(running.request_encoding, body, request_limits).bytes);
}

class watch final : public answer_watch {
public:
    watch(const llm::api& api, capture::exchange& running, std::function<void()> in_background)
        : api_{api},
          running_{running},
          in_background_{api.asks_in_background != nullptr ? std::move(in_background) : nullptr},
          inner_{api.make_end_watch([&api, &running] { return choices_of(api, running); })},
          held_{running.limits()} {
        if (!http::is_identity(running.response_encoding)) {
            decoder_.emplace(running.response_encoding);
        }
    }

    end_mark feed(std::string_view bytes) override {
        if (std::exchange(begins_, false) && looks_readable(bytes)) {
            decoder_.reset();  // whatever coding is named, these bytes have none, see body_text
        }
        if (!decoder_) {
            return look(bytes);
        }
        end_mark sum;
        decoder_->feed(bytes, [&](std::string_view decoded) {
            const auto mark = look(decoded);
            if (mark.refuted) {
                sum = {end_kind::none, end_mark::npos, true};
            }
            sum.kind = std::max(sum.kind, mark.kind);
        });
        if (sum.kind != end_kind::none) {
            // A place in the decoded bytes cannot be found in the encoded ones: all that came with it is
            // held.
            sum.from = 0;
        }
        return sum;
    }

private:
    end_mark look(std::string_view bytes) {
        if (!inner_) {
            return {};
        }
        const auto mark = inner_->feed(bytes);
        if (in_background_) {
            look_where_it_is_made();
        }
        const auto held = inner_->held_bytes();
        if (held <= free_bytes) {
            held_.shrink_to(0);
        } else if (!held_.grow_capture_to(held)) {
            // The budget has no room for this line: the answer then ends where its body ends.
            inner_.reset();
            held_.shrink_to(0);
        }
        return mark;
    }

    /// What the stream says of that counts before what the request asks for.
    void look_where_it_is_made() {
        const auto told = inner_->told_making();
        if (told == llm::making::untold) {
            return;
        }
        const auto tell = std::exchange(in_background_, nullptr);
        if (told == llm::making::in_background ||
            (told == llm::making::named_only && asks_in_background(api_, running_))) {
            tell();
        }
    }

    const llm::api& api_;
    capture::exchange& running_;
    std::function<void()> in_background_;    ///< empty once it is known where the answer is made
    std::unique_ptr<llm::end_watch> inner_;  ///< null: given up
    std::optional<http::decoder> decoder_;
    bool begins_ = true;
    reservation held_;
};

}  // namespace

std::unique_ptr<answer_watch> make_watch(capture::exchange& running, std::function<void()> in_background) {
    const auto* const api = llm::find_spoken_api(running.method, running.path);
    if (api == nullptr || api->make_end_watch == nullptr) {
        return nullptr;
    }
    return std::make_unique<watch>(*api, running, std::move(in_background));
}

}  // namespace tapes::record
