#include "cache/request_comparison.hpp"

#include "cache/cache_rules.hpp"
#include "request/value_form.hpp"

#include <tapes/http/fields.hpp>
#include <tapes/merkle/dropped.hpp>
#include <tapes/text/list.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <set>
#include <unordered_map>

namespace tapes::read {

namespace {

using part_row = std::vector<const request_part*>;

parting parting_of(const request_part& part) {
    parting made;
    made.part = part;
    return made;
}

std::uint64_t bytes_of(const part_row& row, std::size_t first, std::size_t last) {
    std::uint64_t sum = 0;
    for (auto i = first; i < last; ++i) {
        sum += row[i]->length;
    }
    return sum;
}

/// Compares level by level until two parts differ.
class prompt_comparison {
public:
    prompt_comparison(const cached_prompt& before, const cached_prompt& now)
        : before_{before}, now_{now}, made_{} {}

    comparison run() {
        note_others();
        made_.only_tail = now_.request->parts.only_tail() || before_.request->parts.only_tail();
        if (model() || parameters(cache_level::all) || tools() || parameters(cache_level::system) ||
            system() || parameters(cache_level::messages) || (!made_.only_tail && messages())) {
            auto& found = *made_.difference;
            found.common_parts = made_.common_blocks;
            found.common_bytes = common_bytes_;
            found.bytes_behind = before_.bytes - common_bytes_;
        }
        return std::move(made_);
    }

private:
    request_difference& differ(miss_cause cause, std::string name = "") {
        auto& made = made_.difference.emplace();
        made.cause = cause;
        made.name = std::move(name);
        return made;
    }

    bool model() {
        const auto* const before = before_.request->parts.find("model");
        const auto* const now = now_.request->parts.find("model");
        if (before == nullptr || now == nullptr || before->digest == now->digest) {
            return false;
        }
        auto& made = differ(miss_cause::model, "model");
        made.before = parting_of(*before);
        made.now = parting_of(*now);
        return true;
    }

    bool parameters(cache_level level) {
        for (const auto& rule : cache_parameters(now_.api)) {
            if (rule.from != level || same_value(rule)) {
                continue;
            }
            const auto cause =
                rule.name == "prompt_cache_key" ? miss_cause::cache_key : miss_cause::parameter;
            auto& made = differ(
                cause, std::string{rule.name} + (rule.member.empty() ? "" : "." + std::string{rule.member}));
            if (const auto* const part = before_.request->parts.find(rule.name)) {
                made.before = parting_of(*part);
            }
            if (const auto* const part = now_.request->parts.find(rule.name)) {
                made.now = parting_of(*part);
            }
            return true;
        }
        return false;
    }

    bool same_value(const cache_parameter& rule) const {
        std::string before;
        std::string now;
        if (auto value = before_.value(rule.name, rule.member); !value.empty() && value != "null") {
            append_value_form(value, before);
        }
        if (auto value = now_.value(rule.name, rule.member); !value.empty() && value != "null") {
            append_value_form(value, now);
        }
        return before == now;
    }

    bool is_ruled(std::string_view name) const {
        const auto rules = cache_parameters(now_.api);
        return std::ranges::find(rules, name, &cache_parameter::name) != rules.end() || name == "model" ||
               spares_cache(now_.api, name);
    }

    void note_others() {
        std::set<std::string> names;
        for (const auto* const one : {&before_, &now_}) {
            for (const auto& part : one->request->parts.parts) {
                if (part.kind == part_kind::parameter && !is_ruled(part.name)) {
                    names.insert(part.name);
                }
            }
        }
        for (const auto& name : names) {
            const auto* const before = before_.request->parts.find(name);
            const auto* const now = now_.request->parts.find(name);
            if (before == nullptr || now == nullptr || before->digest != now->digest) {
                made_.other_parameters.push_back(name);
            }
        }
    }

    /// Moves over what both rows have in common.
    std::size_t common(const part_row& before, const part_row& now, bool blocks) {
        std::size_t i = 0;
        const auto same = [&](std::size_t at) {
            return before[at]->digest == now[at]->digest &&
                   (!blocks || now_.api == "anthropic_messages" ||
                    (before[at]->block == 0) == (now[at]->block == 0));
        };
        while (i < before.size() && i < now.size() && same(i)) {
            ++i;
        }
        text::count_work(i + 1);
        made_.common_blocks += i;
        common_bytes_ += bytes_of(before, 0, i);
        return i;
    }

    static bool has_name(const part_row& row, std::string_view name, std::size_t first) {
        return std::any_of(row.begin() + static_cast<std::ptrdiff_t>(std::min(first, row.size())), row.end(),
                           [name](const request_part* one) { return one->name == name; });
    }

    bool tools() {
        const auto& before = before_.tools;
        const auto& now = now_.tools;
        const auto at = common(before, now, false);
        if (at == before.size() && at == now.size()) {
            return false;
        }
        const auto* const old_one = at < before.size() ? before[at] : nullptr;
        const auto* const new_one = at < now.size() ? now[at] : nullptr;
        const bool gone = old_one != nullptr && !has_name(now, old_one->name, at);
        const bool added = new_one != nullptr && !has_name(before, new_one->name, at);
        auto cause = miss_cause::tool_moved;
        if (gone && added) {
            cause = before.size() < now.size() ? miss_cause::tool_added : miss_cause::tool_removed;
            cause = before.size() == now.size() ? miss_cause::tool_changed : cause;
        } else if (gone) {
            cause = miss_cause::tool_removed;
        } else if (added) {
            cause = miss_cause::tool_added;
        } else if (old_one != nullptr && new_one != nullptr && old_one->name == new_one->name) {
            cause = miss_cause::tool_changed;
        }
        const bool names_new =
            cause == miss_cause::tool_added || (cause == miss_cause::tool_moved && new_one != nullptr);
        part_at(differ(cause, names_new || old_one == nullptr ? new_one->name : old_one->name), old_one,
                new_one);
        return true;
    }

    static void part_at(request_difference& to, const request_part* before, const request_part* now) {
        if (before != nullptr) {
            to.before = parting_of(*before);
        }
        if (now != nullptr) {
            to.now = parting_of(*now);
        }
    }

    bool system() {
        const auto at = common(before_.system, now_.system, false);
        const auto* const before = at < before_.system.size() ? before_.system[at] : nullptr;
        const auto* const now = at < now_.system.size() ? now_.system[at] : nullptr;
        if (before == nullptr && now == nullptr) {
            return false;
        }
        part_at(differ(miss_cause::system_changed), before, now);
        return true;
    }

    /// What the predecessor sent is all there, unless its row of blocks ends later than the common part.
    bool messages() {
        const auto at = common(before_.messages, now_.messages, true);
        if (at == before_.messages.size()) {
            return false;
        }
        const auto* const before = before_.messages[at];
        const auto* const now = at < now_.messages.size() ? now_.messages[at] : nullptr;
        part_at(differ(message_cause(at)), before, now);
        return true;
    }

    miss_cause message_cause(std::size_t at) const {
        const auto& before = *before_.messages[at];
        const bool of_system = merkle::is_system_role(before.name);
        if (of_system && leads(at)) {
            return miss_cause::system_changed;
        }
        if (at >= now_.messages.size()) {
            return miss_cause::message_removed;
        }
        if (stands_near(now_.messages, at + 1, before.digest)) {
            return miss_cause::message_inserted;
        }
        return stands_near(before_.messages, at + 1, now_.messages[at]->digest) ? miss_cause::message_removed
                                                                                : miss_cause::message_changed;
    }

    /// Whether all before it is of the system, too.
    bool leads(std::size_t at) const {
        return std::all_of(before_.messages.begin(),
                           before_.messages.begin() + static_cast<std::ptrdiff_t>(at),
                           [](const request_part* one) { return merkle::is_system_role(one->name); });
    }

    static bool stands_near(const part_row& row, std::size_t first, const merkle::digest& digest) {
        constexpr std::size_t near = 256;
        for (auto i = first; i < std::min(row.size(), first + near); ++i) {
            if (row[i]->digest == digest) {
                return true;
            }
        }
        return false;
    }

    const cached_prompt& before_;
    const cached_prompt& now_;
    comparison made_;
    std::uint64_t common_bytes_ = 0;
};

std::set<std::string, std::less<>> betas_of(std::string_view head) {
    std::set<std::string, std::less<>> made;
    const auto values = http::joined_values(head, "anthropic-beta");
    for (std::string_view rest = values; !rest.empty();) {
        if (const auto one = text::take_element(rest); !one.empty() && may_change_prompt(one)) {
            made.emplace(one);
        }
    }
    return made;
}

}  // namespace

cached_prompt::cached_prompt(const stored_request& from, std::string_view api_name)
    : request{&from}, api{api_name} {
    const auto& parts = from.parts.parts;
    const request_part* last = nullptr;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const auto& part = parts[i];
        if (api == "bedrock_converse" && part.type == "cachePoint") {
            if (last != nullptr) {
                points[last] = part.cache_control;
            }
            continue;
        }
        if (part.kind == part_kind::model || part.kind == part_kind::parameter || from.deferred.contains(i)) {
            continue;
        }
        auto& row = part.kind == part_kind::tool ? tools : part.kind == part_kind::system ? system : messages;
        row.push_back(&part);
        bytes += part.length;
        last = &part;
    }
}

std::vector<std::size_t> cached_prompt::marks() const {
    std::vector<std::size_t> made;
    std::size_t at = 0;
    for (const auto* const row : {&tools, &system, &messages}) {
        for (const auto* const part : *row) {
            if (!mark_of(*part).empty()) {
                made.push_back(at);
            }
            ++at;
        }
    }
    // One at the top stands for one at the last block.
    if (const auto top = value("cache_control"); !top.empty() && top != "null" && at > 0) {
        if (made.empty() || made.back() != at - 1) {
            made.push_back(at - 1);
        }
    }
    return made;
}

std::string_view cached_prompt::mark_of(const request_part& one) const {
    const auto point = points.find(&one);
    return point == points.end() ? std::string_view{one.cache_control} : point->second;
}

const request_part& cached_prompt::block(std::size_t place) const {
    for (const auto* const row : {&tools, &system}) {
        if (place < row->size()) {
            return *(*row)[place];
        }
        place -= row->size();
    }
    return *messages.at(place);
}

std::string cached_prompt::mark_at(std::size_t place) const {
    const auto own = mark_of(block(place));
    return own.empty() ? value("cache_control") : std::string{own};
}

std::string cached_prompt::last_mark() const {
    if (auto top = value("cache_control"); !top.empty() && top != "null") {
        return top;
    }
    for (const auto* const row : {&messages, &system, &tools}) {
        for (auto part = row->rbegin(); part != row->rend(); ++part) {
            if (const auto mark = mark_of(**part); !mark.empty()) {
                return std::string{mark};
            }
        }
    }
    return "";
}

std::string cached_prompt::value(std::string_view name, std::string_view member) const {
    const auto found = request->values.find(std::string{name});
    if (found == request->values.end()) {
        // A value that is too long to be kept is known by its digest.
        const auto* const part = request->parts.find(name);
        return part == nullptr ? "" : merkle::to_hex(part->digest);
    }
    return member.empty() ? found->second : std::string{read_members(found->second).find(member)};
}

comparison compare_prompts(const cached_prompt& before, const cached_prompt& now) {
    return prompt_comparison{before, now}.run();
}

std::vector<std::string> changed_betas(std::string_view head_before, std::string_view head_now) {
    const auto before = betas_of(head_before);
    const auto now = betas_of(head_now);
    std::vector<std::string> changed;
    std::ranges::set_symmetric_difference(before, now, std::back_inserter(changed));
    return changed;
}

}  // namespace tapes::read
