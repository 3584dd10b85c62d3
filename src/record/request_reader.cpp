#include "request_reader.hpp"

#include <tapes/merkle/block_fields.hpp>

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

/// Drops what matches `record.volatile`: a text that a client rewrites with every request would make a new
/// root each time.
void drop_volatile(llm::request& from, const volatile_patterns& patterns) {
    if (patterns.empty()) {
        return;
    }
    const auto rewritten = [&](const merkle::block& one) {
        return std::ranges::any_of(
            patterns, [&](const auto& pattern) { return re2::RE2::PartialMatch(one.text, *pattern); });
    };
    std::vector<merkle::message> remaining;
    remaining.reserve(from.messages.size());
    std::size_t leading = 0;
    for (std::size_t i = 0; i < from.messages.size(); ++i) {
        auto& message = from.messages[i];
        if (is_system(message) && std::erase_if(message.content, rewritten) > 0 && message.content.empty()) {
            continue;
        }
        leading += i < from.leading ? 1 : 0;
        remaining.push_back(std::move(message));
    }
    from.messages = std::move(remaining);
    from.leading = leading;
}

std::uint64_t bytes_of(const merkle::block& one) noexcept {
    std::uint64_t sum = sizeof one;
    for (const auto& field : merkle::block_fields) {
        sum += (one.*field.member).capacity();
    }
    return sum;
}

}  // namespace

placed_request request_reader::read(const pieced_body* pieces, earlier_turns* earlier) {
    if (earlier != nullptr) {
        try {
            auto out = read_with_history(pieces, *earlier);
            out.links = std::move(links_);
            return out;
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const std::exception& failure) {
            // The chain is found again by its hashes when it is written.
            spdlog::warn("what a request goes on from could not be read: {}", failure.what());
        }
    }
    return read_alone({});
}

placed_request request_reader::read_alone(const llm::item_source& items) {
    placed_request out;
    out.whole = map(nullptr, 0, items, out.request);
    out.links = std::move(links_);
    return out;
}

void request_reader::prepare(const pieced_body* pieces, earlier_turns* earlier) {
    early_ = true;
    placed_request made;
    if (earlier != nullptr) {
        made = read_with_history(pieces, *earlier);
    } else {
        made.whole = map(nullptr, 0, items_of(nullptr), made.request);
    }
    early_ = false;
    const auto& request = made.request;
    const auto& from = made.from;
    if (named_items_) {  // what was mapped lacks them
        return;
    }
    if (made.whole && request.previous_response_id.empty() && request.conversation.empty()) {
        if (links_.nodes.empty()) {
            const auto above = from.above ? std::optional{from.above->position} : std::nullopt;
            links_.link(identity_, above, request.messages, from.first_new);
        }
        for (std::size_t i = 0; i < std::min(from.first_new, links_.nodes.size()); ++i) {
            links_.nodes[i].content = {};
        }
    }
    ready_ = {made.first_element, made.whole, std::move(made.request), std::move(links_)};
}

/// Gives the items that a request names. While it prepares it gives none, and notes that they were wanted.
llm::item_source request_reader::items_of(earlier_turns* earlier) {
    return [this, earlier](std::string_view id) {
        named_items_ = named_items_ || early_;
        return early_ || earlier == nullptr ? std::string{} : earlier->item(id);
    };
}

std::uint64_t request_reader::held_bytes() const noexcept {
    if (!ready_) {
        return 0;
    }
    std::uint64_t sum = ready_->links.nodes.capacity() * sizeof(merkle::node);
    for (const auto& one : ready_->links.nodes) {
        sum += one.content.capacity();
    }
    for (const auto& message : ready_->request.messages) {
        sum += sizeof message + message.role.capacity();
        for (const auto& one : message.content) {
            sum += bytes_of(one);
        }
    }
    return sum;
}

placed_request request_reader::read_with_history(const pieced_body* pieces, earlier_turns& earlier) {
    if (pieces != nullptr) {
        if (auto rest = behind_known(*pieces, earlier)) {
            return std::move(*rest);
        }
    }
    placed_request out;
    out.whole = map(nullptr, 0, items_of(&earlier), out.request);
    auto& request = out.request;
    if (!out.whole) {
        return out;
    }
    out.from_history = request.previous_response_id.empty() && request.conversation.empty();
    if (out.from_history) {
        chain_finder finder{earlier.history, links_};
        out.from = finder.find(identity_, request.messages, request.leading);
    } else if (!early_) {
        go_on_by_name(earlier, out);
    }
    return out;
}

void request_reader::go_on_by_name(earlier_turns& earlier, placed_request& out) {
    auto& request = out.request;
    const bool by_response = !request.previous_response_id.empty();
    const auto& name = by_response ? request.previous_response_id : request.conversation;
    if (const auto above = by_response ? earlier.response(name) : earlier.conversation(name)) {
        chain_finder finder{earlier.history, links_};
        out.from = finder.find_below(identity_, *above, request.messages, 0);
    } else {
        // The first turn of a conversation here: its id tells it from others with the same words.
        request.messages.insert(request.messages.begin(),
                                unresolved(by_response ? "previous_response_id" : "conversation", name));
        links_ = {};
    }
}

/// Reads only what stands behind an earlier request, where the body goes on from one.
std::optional<placed_request> request_reader::behind_known(const pieced_body& pieces,
                                                           earlier_turns& earlier) {
    const auto boundary = pieces.known_boundary(api_, earlier.history);
    if (!boundary) {
        return std::nullopt;
    }
    placed_request out;
    auto& request = out.request;
    out.whole = map(&pieces, boundary->next, items_of(&earlier), request);
    if (!out.whole || !request.previous_response_id.empty() || !request.conversation.empty()) {
        return std::nullopt;
    }
    chain_finder finder{earlier.history, links_};
    const auto end = finder.known_end(identity_, boundary->piece, request.messages, request.leading);
    if (!end) {
        return std::nullopt;
    }
    out.from = finder.find_below(identity_, *end, request.messages, request.leading);
    out.from.leading_node = boundary->piece.leading;
    out.first_element = boundary->next;
    return out;
}

bool request_reader::map(const pieced_body* pieces, std::size_t first_element, const llm::item_source& items,
                         llm::request& out) {
    bool whole = false;
    if (ready_ && ready_->first_element == first_element) {
        whole = ready_->whole;
        out = std::move(ready_->request);
        links_ = std::move(ready_->links);
        ready_.reset();
    } else {
        links_ = {};
        const auto rest = first_element > 0 ? pieces->rest(first_element) : std::string{};
        whole = api_.map_request(first_element > 0 ? std::string_view{rest} : body_, items, out) ==
                llm::map_error::none;
        drop_volatile(out, patterns_);
    }
    identity_.model = out.model;
    return whole;
}

merkle::message unresolved(std::string type, const std::string& id) {
    merkle::block block;
    block.type = std::move(type);
    block.raw = id;
    return {"system", {std::move(block)}};
}

}  // namespace tapes::record
