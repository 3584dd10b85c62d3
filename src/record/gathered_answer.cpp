#include "gathered_answer.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/llm/later_request.hpp>

#include <utility>

namespace tapes::record {

namespace {

bool is_object(std::string_view body) noexcept {
    const auto first = body.find_first_not_of(" \n\r\t");
    return first != std::string_view::npos && body[first] == '{';
}

}  // namespace

/// Returns the decoded body of an exchange's answer; nothing where it is not kept.
std::optional<std::string> gathered_answer::text_of(std::int64_t exchange) {
    auto kept = wire_.read_answer(exchange);
    if (!kept) {
        return std::nullopt;
    }
    const auto coding = http::coding_of(http::find_value(kept->head, "content-encoding"), kept->bytes);
    if (!kept->decoded && !coding.empty()) {
        return http::decode_all(coding, kept->bytes).bytes;
    }
    return std::move(kept->bytes);
}

/// Puts the events together in their order. An object is all of the answer, as far as it had come by then.
gathered_answer::bytes gathered_answer::gather(std::int64_t exchange, std::int64_t before) {
    bytes made;
    if (auto text = text_of(exchange)) {
        made.text = std::move(*text);
        made.kept = true;
    }
    for (const auto& part : history_.fetches(exchange)) {
        if (part.exchange >= before) {
            break;
        }
        made.fetched = true;
        if (part.method == "DELETE") {
            made.deleted = true;
            continue;
        }
        auto text = text_of(part.exchange);
        made.kept = text.has_value();
        if (!text) {
            made.text.clear();
            continue;
        }
        const auto asked = llm::find_later_request(part.method, part.target);
        if (asked && asked->starting_after && !is_object(*text) && !is_object(made.text)) {
            made.text = llm::events_up_to(made.text, *asked->starting_after) + *text;
        } else {
            made.text = std::move(*text);
        }
    }
    return made;
}

std::string gathered_answer::events_up_to(std::int64_t exchange, std::int64_t last) {
    const auto gathered = gather(exchange);
    return is_object(gathered.text) ? std::string{} : llm::events_up_to(gathered.text, last);
}

gathered_answer::whole gathered_answer::read(const llm::api& spoken, std::int64_t exchange,
                                             std::int64_t before) {
    auto gathered = gather(exchange, before);
    whole made;
    made.fetched = gathered.fetched;
    made.deleted = gathered.deleted;
    if (!gathered.kept || is_object(gathered.text)) {
        made.object = std::move(gathered.text);
        return made;
    }
    const auto reducer = spoken.make_reducer();
    reducer->feed(gathered.text);
    made.object = reducer->finish();
    made.variants = reducer->variants();
    return made;
}

}  // namespace tapes::record
