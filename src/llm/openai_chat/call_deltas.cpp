#include "openai_chat/call_deltas.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <numeric>

namespace tapes::llm::openai_chat {
namespace {

constexpr std::size_t none = static_cast<std::size_t>(-1);

bool says_something(std::string_view arguments) noexcept {
    return arguments.find_first_not_of(" \t\r\n") != std::string_view::npos;
}

}  // namespace

void call_deltas::look_into(json_object function, fragment& out) {
    for (auto [key, value] : members_of(function)) {
        if (key == "name") {
            read_text(value, out.name);
        } else if (key == "arguments") {
            out.whole = !read_piece(value, out.arguments) && !is_null(value);
        } else if (key == "input") {  // of a custom tool: any text, so that its end cannot be told
            std::string text;
            out.whole = read_text(value, text) && !text.empty();
        }
    }
}

call_deltas::fragment call_deltas::look(json_object from) {
    fragment found;
    for (auto [key, value] : members_of(from)) {
        if (key == "index") {
            if (const auto index = read_integer(value)) {
                found.has_index = true;
                found.index = *index;
            }
        } else if (key == "id") {
            read_name(value, found.id);
        } else if ((key == "function" || key == "custom") && is_object(value)) {
            look_into(value.get_object(), found);
        }
    }
    found.has_arguments = found.whole || says_something(found.arguments);
    return found;
}

bool call_deltas::is_whole(std::string_view arguments) {
    json_scan scan;
    scan.feed(arguments);
    return scan.closed();
}

// Some servers send a call once more when it is whole.
bool call_deltas::repeats(const call& known, const fragment& next) {
    const delta* const function = known.members.member("function");
    const delta* const arguments = function == nullptr ? nullptr : function->member("arguments");
    return known.whole && !next.whole && !next.id.empty() && next.id == known.id &&
           (next.name.empty() || next.name == known.name) && arguments != nullptr &&
           arguments->string().is(next.arguments);
}

bool call_deltas::begins_another(std::size_t at, const fragment& next) const {
    const call& known = calls_[at];
    const auto of_id = by_id_.find(next.id);
    const bool named = !next.name.empty();
    const bool other_name = named && !known.name.empty() && next.name != known.name;
    const bool other_id = !next.id.empty() && !known.id.empty() && next.id != known.id &&
                          (of_id == by_id_.end() || of_id->second != at);
    if (known.whole) {
        return other_name || (named && other_id && !known.changes_id) ||
               ((named || other_id) && next.has_arguments && !repeats(known, next));
    }
    if (known.has_arguments) {
        return other_name;
    }
    if (named && (other_id || (!next.has_index && next.id.empty()))) {
        return other_name || !next.has_arguments || (other_id && (next.whole || is_whole(next.arguments)));
    }
    return other_name && !next.has_index;  // at one index it is a name that comes in pieces
}

// Returns the call that a fragment may go on with, none where it begins one whatever came before.
std::size_t call_deltas::find(const fragment& next) const {
    const auto of_id = next.id.empty() ? by_id_.end() : by_id_.find(next.id);
    if (!next.has_index) {
        return of_id != by_id_.end() ? of_id->second : calls_.size() - 1;  // `none` where there is no call
    }
    const auto of_index = by_index_.find(next.index);
    if (of_index == by_index_.end()) {
        return of_id != by_id_.end() && next.name.empty() ? of_id->second : none;
    }
    const bool of_other = of_id != by_id_.end() && calls_[of_index->second].id != next.id;
    return of_other ? of_id->second : of_index->second;
}

std::size_t call_deltas::add(const fragment& next) {
    const std::size_t added = calls_.size();
    const bool taken = next.has_index && by_index_.contains(next.index);
    calls_.emplace_back().order = next.has_index && !taken ? next.index : static_cast<std::int64_t>(added);
    if (next.has_index) {
        by_index_[next.index] = added;
    }
    return added;
}

void call_deltas::follow_arguments(call& into, const fragment& next) {
    if (next.whole) {
        into.whole = true;
    }
    into.has_arguments = into.has_arguments || next.has_arguments;
    if (into.whole || next.arguments.empty()) {
        return;
    }
    const delta* const function = into.members.member("function");
    const delta* const arguments = function == nullptr ? nullptr : function->member("arguments");
    if (arguments != nullptr && arguments->string().grows()) {  // snapshots, it seems
        into.progress = json_scan();
    }
    into.progress.feed(next.arguments);
    into.whole = into.progress.closed();
}

void call_deltas::merge(std::size_t& held, json_object from) {
    const fragment next = look(from);
    std::size_t at = find(next);
    if (at == none || begins_another(at, next)) {
        at = add(next);
    }
    call& into = calls_[at];
    held += into.members.empty() ? sizeof(call) + 2 * delta::index_bytes : 0;
    if (repeats(into, next)) {
        return;
    }
    if (!next.id.empty() && next.id != into.id) {
        held += delta::index_bytes + 2 * next.id.size();
        by_id_[next.id] = at;
        into.changes_id = !into.id.empty();
        // Of ids that come with names the first counts, else the last.
        if (into.id.empty() || (next.name.empty() && !into.whole)) {
            into.id = next.id;
        }
    }
    if (next.name != into.name) {
        into.name += next.name;
    }
    rewind(from);
    into.members.merge_members(held, from, 0, {"index", "id"});
    follow_arguments(into, next);
}

void call_deltas::write(std::string& out) const {
    std::vector<std::size_t> order(calls_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return calls_[a].order < calls_[b].order; });
    out.push_back('[');
    for (std::size_t i = 0; i < order.size(); ++i) {
        const call& from = calls_[order[i]];
        out.append(i == 0 ? "{" : ",{");
        const std::size_t begin = out.size();
        if (!from.id.empty()) {
            out.append(R"("id":)");
            merkle::append_json_string(out, from.id);
        }
        const std::size_t behind_id = out.size();
        from.members.write_members(out);
        if (behind_id > begin && out.size() > behind_id) {
            out.insert(behind_id, ",");
        }
        out.push_back('}');
    }
    out.push_back(']');
}

}  // namespace tapes::llm::openai_chat
