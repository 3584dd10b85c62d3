#include "request_reader.hpp"

#include "answer_forms.hpp"
#include "content_agreement.hpp"
#include "name_limit.hpp"

#include <tapes/merkle/block_fields.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/work_meter.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <exception>
#include <iterator>
#include <optional>
#include <utility>

namespace tapes::record {

namespace {

bool is_system(const merkle::message& one) {
    return merkle::is_system_role(one.role);
}

/// Removes what matches one of the patterns from a text. Returns true where nothing is left of it.
bool lose_matches(merkle::block& one, const volatile_patterns& patterns) {
    int matches = 0;
    for (const auto& pattern : patterns) {
        matches += re2::RE2::GlobalReplace(&one.text, *pattern, "");
    }
    return matches > 0 && one.text.find_first_not_of(" \t\r\n") == std::string::npos;
}

/// Removes what matches `record.volatile`: a text that a client rewrites with every request would make a new
/// root each time. A block of which nothing is left is none, and so is such a message.
void drop_volatile(llm::request& from, const volatile_patterns& patterns) {
    if (patterns.empty()) {
        return;
    }
    const auto is_lost = [&](merkle::block& one) { return !one.text.empty() && lose_matches(one, patterns); };
    std::vector<merkle::message> remaining;
    remaining.reserve(from.messages.size());
    std::size_t leading = 0;
    for (std::size_t i = 0; i < from.messages.size(); ++i) {
        auto& message = from.messages[i];
        if (is_system(message) && std::erase_if(message.content, is_lost) > 0 && message.content.empty()) {
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

placed_request request_reader::read(const pieced_body* pieces, earlier_turns* earlier,
                                    std::optional<std::int64_t> question_from) {
    question_from_ = question_from;
    if (earlier != nullptr) {
        try {
            auto out = read_with_history(pieces, *earlier);
            out.links = std::move(links_);
            return out;
        } catch (const std::bad_alloc&) {
            throw;
        } catch (const text::work_stopped&) {
            throw;
        } catch (const std::exception& failure) {
            // The chain is found again by its hashes when it is written.
            spdlog::warn("what a request goes on from could not be read: {}", failure.what());
        }
    }
    auto out = read_alone({});
    drop_empty(out);
    return out;
}

placed_request request_reader::read_alone(const llm::item_source& items) {
    placed_request out;
    out.whole = map(nullptr, 0, items, out.request);
    out.links = std::move(links_);
    return out;
}

void request_reader::drop_empty(placed_request& out) {
    if (has_empty_answers(out.request.messages, out.from.first_new)) {
        out.request.messages = without_empty_answers(std::move(out.request.messages), out.from.first_new);
        out.links = {};
    }
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
        chain_finder finder{earlier.history, links_, session_of(request)};
        out.from = finder.find(identity_, request.messages, request.leading);
        go_on_otherwise(earlier, out);
    } else if (!early_) {
        go_on_by_name(earlier, out);
    }
    return out;
}

/// Looks once more behind what was found: as if what says nothing were not there, then as if the client had
/// cut each answer in two. What is new holds no message that says nothing.
void request_reader::go_on_otherwise(earlier_turns& earlier, placed_request& out) {
    auto& messages = out.request.messages;
    if (early_) {
        return;
    }
    if (has_empty_answers(messages, out.from.first_new)) {
        messages = without_empty_answers(std::move(messages), out.from.first_new);
        links_ = {};
        chain_finder finder{earlier.history, links_, session_of(out.request)};
        out.from = look_behind(finder, out.from, messages, out.request.leading);
    }
    const auto from = before_cut(earlier.history, out);
    if (has_cut_answers(messages, from.first_new)) {
        auto joined = join_answers(messages, from.first_new);
        linked_messages links;
        chain_finder finder{earlier.history, links, session_of(out.request)};
        if (const auto found = look_behind(finder, from, joined, out.request.leading);
            found.first_new > from.first_new) {
            out.from = found;
            messages = std::move(joined);
            links_ = std::move(links);
        }
    }
}

/// Returns where an answer began of which only the beginning was found; else where the request goes on. (The
/// rest may be something that clients drop, a compaction: then the beginning alone matches.)
continuation request_reader::before_cut(store::history& history, const placed_request& found) {
    const auto& messages = found.request.messages;
    auto from = found.from;
    const auto cut = from.first_new;
    if (!from.above || cut == 0 || cut >= messages.size() || !is_answer(messages[cut])) {
        return from;
    }
    auto id = from.above->id;
    for (; from.first_new > found.request.leading && is_answer(messages[from.first_new - 1]) && id != 0;
         --from.first_new) {
        id = history.parent(id);
    }
    from.above = id != 0 ? std::optional{history.place(id)} : std::nullopt;
    return from;
}

/// Looks for `messages` behind `from`, up to where they are known.
continuation request_reader::look_behind(chain_finder& finder, const continuation& from,
                                         const std::vector<merkle::message>& messages, std::size_t leading) {
    if (!from.above) {
        return finder.find(identity_, messages, leading);
    }
    auto found = finder.find_below(identity_, *from.above, messages, from.first_new);
    found.leading_node = from.leading_node;
    return found;
}

/// Finds the answer that a request names.
std::optional<store::known_node> request_reader::named_by(const llm::request& from,
                                                          earlier_turns& earlier) const {
    if (!from.previous_response_id.empty()) {
        return earlier.response(from.previous_response_id, identity_.provider);
    }
    if (question_from_) {
        return *question_from_ != 0 ? std::optional{earlier.history.place(*question_from_)} : std::nullopt;
    }
    return earlier.conversation(from.conversation);
}

void request_reader::go_on_by_name(earlier_turns& earlier, placed_request& out) {
    auto& request = out.request;
    const bool by_response = !request.previous_response_id.empty();
    const auto& name = by_response ? request.previous_response_id : request.conversation;
    if (const auto above = named_by(request, earlier)) {
        out.named = above->id;
        chain_finder finder{earlier.history, links_, session_of(request)};
        out.from = finder.find_below(identity_, *above, request.messages, 0);
        go_on_otherwise(earlier, out);
    } else if (by_response && earlier.is_beginning(name, identity_.provider)) {
        begin_with_instructions(request);
        links_ = {};
        chain_finder finder{earlier.history, links_, session_of(request)};
        out.from = finder.find(identity_, request.messages, request.leading);
        go_on_otherwise(earlier, out);
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
    chain_finder finder{earlier.history, links_, session_of(request)};
    const auto end = finder.known_end(identity_, boundary->piece, request.messages, request.leading);
    if (!end) {
        return std::nullopt;
    }
    out.from = finder.find_below(identity_, *end, request.messages, request.leading);
    out.from.leading_node = boundary->piece.leading;
    out.first_element = boundary->next;
    go_on_otherwise(earlier, out);
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
        const auto text = first_element > 0 ? std::string_view{rest} : body_;
        whole = llm::map_request(api_, path_, text, items, out) == llm::map_error::none;
        drop_volatile(out, patterns_);
    }
    if (is_too_long(out.session)) {
        out.session.clear();
    }
    if (is_too_long(out.model) || is_too_long(identity_.agent_name)) {
        cut_name(out.model);
        whole = false;
    }
    identity_.model = out.model;
    return whole;
}

void begin_with_instructions(llm::request& from) {
    from.leading = from.instructions.size();
    from.messages.insert(from.messages.begin(), std::make_move_iterator(from.instructions.begin()),
                         std::make_move_iterator(from.instructions.end()));
    from.instructions.clear();
}

merkle::message unresolved(std::string type, const std::string& id) {
    merkle::block block;
    block.type = std::move(type);
    block.raw = id;
    return {"system", {std::move(block)}};
}

}  // namespace tapes::record
