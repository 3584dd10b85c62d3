#include "watch.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/llm/api.hpp>

#include <optional>
#include <string>

namespace tapes::record {

namespace {

/// How far an encoded request is decoded to learn how many answers it asks for.
constexpr http::decode_limits request_limits{1024 * 1024, 25};

std::size_t choices_of(const llm::api& api, capture::exchange& running) {
    if (api.expected_choices == nullptr) {
        return 1;
    }
    const auto body = running.request_body.view();
    if (http::is_identity(running.request_encoding)) {
        return api.expected_choices(body);
    }
    return api.expected_choices(http::decode_all(running.request_encoding, body, request_limits).bytes);
}

class watch final : public answer_watch {
public:
    watch(const llm::api& api, capture::exchange& running)
        : inner_{api.make_end_watch([&api, &running] { return choices_of(api, running); })} {
        if (!http::is_identity(running.response_encoding)) {
            decoder_.emplace(running.response_encoding);
        }
    }

    std::size_t feed(std::string_view bytes) override {
        if (!decoder_) {
            return inner_->feed(bytes);
        }
        decoded_.clear();
        decoder_->feed(bytes, decoded_);
        // A place in decoded bytes has none in encoded ones: all that came with it is held.
        return inner_->feed(decoded_) == llm::end_watch::npos ? npos : 0;
    }

private:
    std::unique_ptr<llm::end_watch> inner_;
    std::optional<http::decoder> decoder_;
    std::string decoded_;
};

}  // namespace

std::unique_ptr<answer_watch> make_watch(capture::exchange& running) {
    const auto* const api = llm::find_api(running.method, running.path);
    if (api == nullptr || api->make_end_watch == nullptr) {
        return nullptr;
    }
    return std::make_unique<watch>(*api, running);
}

}  // namespace tapes::record
