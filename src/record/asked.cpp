#include "asked.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <optional>
#include <utility>

namespace tapes::record {

namespace {

bool is_system(const merkle::message& one) {
    return one.role == "system" || one.role == "developer";
}

/// `record.volatile`: what a client rewrites with every request would make a new root each time.
void drop_volatile(llm::request& from, const volatile_patterns& patterns) {
    if (patterns.empty()) {
        return;
    }
    const auto rewritten = [&](const merkle::block& one) {
        return std::ranges::any_of(
            patterns, [&](const auto& pattern) { return re2::RE2::PartialMatch(one.text, *pattern); });
    };
    std::vector<merkle::message> kept;
    kept.reserve(from.messages.size());
    std::size_t leading = 0;
    for (std::size_t i = 0; i < from.messages.size(); ++i) {
        auto& message = from.messages[i];
        if (is_system(message) && std::erase_if(message.content, rewritten) > 0 && message.content.empty()) {
            continue;
        }
        leading += i < from.leading ? 1 : 0;
        kept.push_back(std::move(message));
    }
    from.messages = std::move(kept);
    from.leading = leading;
}

/// Reads one request.
class asked_reader {
public:
    asked_reader(const llm::api& api, std::string_view body, const merkle::identity& where,
                 const volatile_patterns& patterns, const pieced_body* pieces, past* known)
        : api_{api}, body_{body}, who_{where}, patterns_{patterns}, pieces_{pieces}, known_{known} {}

    /// The whole body, on its own.
    asked alone(const llm::item_source& items) {
        asked out;
        out.whole = map(body_, items, out.request);
        return out;
    }

    asked with_past() {
        if (pieces_ != nullptr) {
            if (auto rest = behind_known()) {
                return std::move(*rest);
            }
        }
        asked out;
        out.whole = map(
            body_, [this](std::string_view id) { return known_->item(id); }, out.request);
        auto& request = out.request;
        if (!out.whole) {
            return out;
        }
        chain_finder finder{known_->nodes};
        out.from_history = request.previous_response_id.empty() && request.conversation.empty();
        if (out.from_history) {
            out.from = finder.find(who_, request.messages, request.leading);
            return out;
        }
        const bool by_response = !request.previous_response_id.empty();
        const auto& name = by_response ? request.previous_response_id : request.conversation;
        const auto above = by_response ? known_->response(name) : known_->conversation(name);
        if (above) {
            out.from = finder.find_below(who_, *above, request.messages, 0);
        } else if (by_response) {
            request.messages.insert(request.messages.begin(), unresolved("previous_response_id", name));
        } else {
            // Its first turn here: the conversation's id tells it from others with the same words.
            request.messages.insert(request.messages.begin(), unresolved("conversation", name));
        }
        return out;
    }

private:
    bool map(std::string_view body, const llm::item_source& items, llm::request& out) {
        const bool whole = api_.map_request(body, items, out) == llm::map_error::none;
        drop_volatile(out, patterns_);
        who_.model = out.model;
        return whole;
    }

    /// When the body goes on from an earlier request: only what is behind that.
    std::optional<asked> behind_known() {
        const auto boundary = pieces_->known_boundary(api_);
        if (!boundary) {
            return std::nullopt;
        }
        asked out;
        auto& request = out.request;
        out.whole = map(
            pieces_->rest(boundary->next), [this](std::string_view id) { return known_->item(id); }, request);
        if (!out.whole || !request.previous_response_id.empty() || !request.conversation.empty()) {
            return std::nullopt;
        }
        chain_finder finder{known_->nodes};
        const auto end = finder.known_end(who_, boundary->piece, request.messages, request.leading);
        if (!end) {
            return std::nullopt;
        }
        out.from = finder.find_below(who_, *end, request.messages, request.leading);
        out.from.leading_node = boundary->piece.leading;
        out.first_element = boundary->next;
        return out;
    }

    const llm::api& api_;
    std::string_view body_;
    merkle::identity who_;
    const volatile_patterns& patterns_;
    const pieced_body* pieces_;
    past* known_;
};

}  // namespace

asked read_asked(const llm::api& api, std::string_view body, const merkle::identity& where,
                 const volatile_patterns& patterns, const pieced_body* pieces, past* known) {
    asked_reader reader{api, body, where, patterns, pieces, known};
    if (known != nullptr) {
        try {
            return reader.with_past();
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& failure) {
            // The chain is found again by its hashes when it is written.
            spdlog::warn("what a request goes on from could not be read: {}", failure.what());
        }
    }
    return reader.alone({});
}

asked read_alone(const llm::api& api, std::string_view body, const merkle::identity& where,
                 const volatile_patterns& patterns, const llm::item_source& items) {
    return asked_reader{api, body, where, patterns, nullptr, nullptr}.alone(items);
}

merkle::message unresolved(std::string type, const std::string& id) {
    merkle::block block;
    block.type = std::move(type);
    block.raw = id;
    return {"system", {std::move(block)}};
}

}  // namespace tapes::record
