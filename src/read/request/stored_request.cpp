#include "request/stored_request.hpp"

#include "request/history_pieces.hpp"
#include "request/plain_body.hpp"
#include "request/value_form.hpp"

#include <tapes/llm/request_cut.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace tapes::read {

namespace {

constexpr std::size_t newest_requests = 24;
/// Two are always remembered, for two are compared; more of them only up to so many parts together.
constexpr std::size_t least_requests = 2;
constexpr std::uint64_t most_parts = std::uint64_t{1} << 17;
/// What a part takes of memory, about.
constexpr std::uint64_t part_bytes = 170;
/// Beyond so many parts what is remembered of pieces is forgotten.
constexpr std::uint64_t most_remembered = std::uint64_t{1} << 18;

bool is_one_value(std::string_view json) {
    text::json_cursor at{json};
    at.skip_value();
    return !at.failed() && at.peek() == '\0';
}

/// Whether what is added to `body` stands in an array; otherwise it is the value of a member.
bool ends_in_array(std::string_view body) {
    const auto last = body.find_last_not_of(" \t\r\n");
    return last != std::string_view::npos && body[last] != ':';
}

bool is_deferred(std::string_view tool) {
    return tool.find("defer_loading") != std::string_view::npos &&
           read_members(tool).find("defer_loading") == "true";
}

/// Keeps what is asked of parts later. What stands behind `at` in the body is told `aside` bytes later.
void note_values(stored_request& to, std::string_view body, std::size_t at, std::uint64_t aside) {
    for (std::size_t i = 0; i < to.parts.parts.size(); ++i) {
        const auto& part = to.parts.parts[i];
        if (part.kind > part_kind::tool) {
            return;
        }
        const auto begin = static_cast<std::size_t>(part.offset > at ? part.offset - aside : part.offset);
        const auto value = body.substr(std::min(begin, body.size()), part.length);
        if (part.kind == part_kind::tool) {
            if (is_deferred(value)) {
                to.deferred.insert(i);
            }
        } else if (value.size() <= stored_request::most_value) {
            to.values.emplace(part.name, value);
        }
    }
}

void note_said(stored_request& to) {
    for (const auto& part : to.parts.parts) {
        if (part.kind == part_kind::message && !merkle::is_system_role(part.name)) {
            std::uint64_t beginning = 0;
            std::memcpy(&beginning, part.digest.data(), sizeof beginning);
            to.said.push_back(beginning);
        }
    }
    std::ranges::sort(to.said);
}

/// What a request takes of memory, counted in parts.
std::uint64_t size_in_parts(const stored_request& one) {
    std::uint64_t bytes = one.head.size() + one.said.size() * sizeof one.said.front();
    for (const auto& [name, value] : one.values) {
        bytes += name.size() + value.size();
    }
    return one.parts.parts.size() + bytes / part_bytes;
}

}  // namespace

std::shared_ptr<const stored_request> stored_requests::read(const exchange& one) {
    const auto found = std::ranges::find(newest_, one.seq, &remembered_request::seq);
    if (found != newest_.end()) {
        return found->request;
    }
    auto kept = from_.wires.read_request(one.seq);
    if (!kept) {
        return nullptr;
    }
    if (remembered_ > most_remembered) {
        pieces_.clear();
        remembered_ = 0;
    }
    auto made = std::make_shared<const stored_request>(read_new(one, std::move(*kept)));
    remember(one.seq, made);
    return made;
}

void stored_requests::remember(std::int64_t seq, std::shared_ptr<const stored_request> one) {
    const auto parts = size_in_parts(*one);
    newest_.push_back({seq, parts, std::move(one)});
    newest_parts_ += parts;
    while (newest_.size() > newest_requests ||
           (newest_.size() > least_requests && newest_parts_ > most_parts)) {
        newest_parts_ -= newest_.front().parts;
        newest_.erase(newest_.begin());
    }
}

stored_request stored_requests::read_new(const exchange& one, store::kept_request&& kept) {
    stored_request made;
    made.head = std::move(kept.head);
    std::string body;
    history_pieces history;
    std::vector<known_element> elements;
    std::size_t at = 0;
    std::uint64_t aside = 0;
    for (std::size_t i = 0; i < kept.places.size(); ++i) {
        const auto& place = kept.places[i];
        body.append(kept.beside, at, place.offset - at);
        at = place.offset;
        const auto chain = elements.empty() && ends_in_array(body) ? chain_of(place.last, one.api)
                                                                   : std::vector<const piece*>{};
        const bool apart = !chain.empty() && std::ranges::all_of(chain, &piece::one_element);
        if (!apart) {
            body += from_.wires.chain(place.last);
            continue;
        }
        history.size = chain.front()->behind_comma ? 2 : 1;
        history.at = body.size() + history.size - 1;
        body += chain.front()->behind_comma ? ",0" : "0";
        for (const auto* const each : chain) {
            elements.push_back({&each->parts, each->bytes});
            aside += each->bytes;
        }
    }
    body.append(kept.beside, at);
    history.elements = elements;
    if (elements.empty()) {
        auto plain = undo_codings(made.head, kept.decoded, std::move(body));
        body = std::move(plain.bytes);
        made.fault = plain.as_kept ? std::string{} : std::move(plain.fault);
    }
    made.parts = read_request_parts(one.api, body, history);
    aside -= elements.empty() ? 0 : history.size;
    made.bytes = body.size() + aside;
    text::count_work(body.size() + made.parts.parts.size());
    note_values(made, body, elements.empty() ? body.size() : history.at, aside);
    note_said(made);
    return made;
}

const stored_requests::piece& stored_requests::piece_of(std::int64_t id, std::string_view api) {
    const auto found = pieces_.find(id);
    if (found != pieces_.end()) {
        return found->second;
    }
    const auto kept = from_.wires.piece(id);
    text::count_work(kept.bytes.size() + 1);
    piece made;
    made.parent = kept.parent;
    made.bytes = kept.bytes.size();
    const auto element = llm::element_of(kept.bytes);
    made.one_element = is_one_value(element);
    made.behind_comma = element.data() != kept.bytes.data() &&
                        kept.bytes.find(',') < static_cast<std::size_t>(element.data() - kept.bytes.data());
    if (made.one_element) {
        made.parts = parts_of_element(api, kept.bytes, element);
    }
    remembered_ += 1 + made.parts.size();
    return pieces_.emplace(id, std::move(made)).first->second;
}

/// References into a map of nodes stay valid while it grows.
std::vector<const stored_requests::piece*> stored_requests::chain_of(std::int64_t last,
                                                                     std::string_view api) {
    std::vector<const piece*> chain;
    for (auto id = last; id != 0; id = chain.back()->parent) {
        chain.push_back(&piece_of(id, api));
        text::count_work(1);
    }
    std::ranges::reverse(chain);
    return chain;
}

std::string request_body_of(sources& from, std::int64_t exchange) {
    const auto kept = from.wires.read_request(exchange);
    return kept ? undo_codings(kept->head, kept->decoded, from.wires.body_of(*kept)).bytes : std::string{};
}

}  // namespace tapes::read
