#include "request/plain_body.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>

#include <utility>

namespace tapes::read {

plain_body undo_codings(const std::string& head, bool decoded_in_store, std::string&& kept) {
    const auto label = http::joined_values(head, "content-encoding");
    const auto coding = http::coding_of(label, kept);
    if (decoded_in_store || coding.empty()) {
        return {std::move(kept), {}, false};
    }
    auto undone = http::decode_all(coding, kept);
    if (undone.status == http::decode_status::done) {
        return {std::move(undone.bytes), {}, false};
    }
    const bool nothing = undone.bytes.empty();
    return {nothing ? std::move(kept) : std::move(undone.bytes), std::string{http::to_string(undone.status)},
            nothing};
}

}  // namespace tapes::read
