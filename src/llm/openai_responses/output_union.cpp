#include "openai_responses/output_union.hpp"

#include "json.hpp"
#include "openai_responses/items.hpp"
#include "openai_responses/partial_item.hpp"

#include <tapes/merkle/chain.hpp>

#include <algorithm>
#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace tapes::llm::openai_responses {
namespace {

struct known_item {
    std::string json;
    std::string id = {};
    std::string type = {};
    std::string call_id = {};
    std::string said = {};  ///< what it says, in the form of events; "" for nothing
    std::int64_t order = 0;
    bool paired = false;
};

known_item look_at(std::string json, std::int64_t order) {
    known_item known{std::move(json)};
    known.order = order;
    json_reader reader(known.json);
    json_object root = reader.root();
    for (auto [key, value] : members_of(root)) {
        if (key == "type") {
            read_name(value, known.type);
        }
    }
    if (known.type.empty()) {
        known.type = "message";
    }
    rewind(root);
    item read = read_item(root, {});
    known.id = std::move(read.id);
    known.call_id = std::move(read.call_id);
    known.said = read.content.empty() ? std::string() : merkle::event_content(read.content);
    return known;
}

/// The items of a final object, without elements that are none.
struct final_output {
    std::vector<std::string> items;
    bool has_others = false;
};

final_output items_of(const std::string& output) {
    final_output found;
    const std::string whole = R"({"output":)" + output + "}";
    json_reader reader(whole);
    for (auto [key, value] : members_of(reader.root())) {
        for (auto element : value.get_array()) {
            json_value item = element.value();
            if (is_object(item)) {
                found.items.push_back(read_raw(item));
            } else {
                found.has_others = true;
            }
        }
    }
    return found;
}

bool is_told(const final_output& output, const std::vector<told_item>& told) {
    return !output.has_others &&
           std::equal(output.items.begin(), output.items.end(), told.begin(), told.end(),
                      [](const std::string& json, const told_item& one) { return json == one.json; });
}

/// Finds the items of the events that are those of the final object.
class pairing {
public:
    pairing(std::vector<known_item>& final_items, std::vector<known_item>& told)
        : final_{final_items}, told_{told} {}

    void run() {
        pair_by([](const known_item& one) { return one.id; });
        pair_by(
            [](const known_item& one) { return one.call_id.empty() ? one.call_id : one.type + one.call_id; });
        pair_by([](const known_item& one) { return one.said; });
        pair_by([](const known_item& one) { return std::to_string(one.order) + one.type; });
        pair_by([](const known_item& one) { return one.type; }, true);
    }

private:
    /// Pairs what has the same key, in order. `only_empty`: but only what says nothing in the final object.
    template <class Key>
    void pair_by(Key&& key, bool only_empty = false) {
        std::map<std::string, std::vector<std::size_t>> found;
        for (std::size_t at = told_.size(); at-- > 0;) {
            std::string name = told_[at].paired ? std::string() : key(told_[at]);
            if (!name.empty()) {
                found[std::move(name)].push_back(at);
            }
        }
        for (known_item& one : final_) {
            const auto same =
                one.paired || (only_empty && !one.said.empty()) ? found.end() : found.find(key(one));
            if (same == found.end() || same->second.empty() || !may_be(one, told_[same->second.back()])) {
                continue;
            }
            known_item& other = told_[same->second.back()];
            same->second.pop_back();
            other.paired = one.paired = true;
            one.order = other.order;
            if (one.said.empty()) {
                one.said = other.said;
            }
            if (one.json != other.json) {
                one.json = completed_item(one.json, other.json);
            }
        }
    }

    static bool may_be(const known_item& one, const known_item& other) {
        const bool other_call =
            !one.call_id.empty() && !other.call_id.empty() && one.call_id != other.call_id;
        return one.type == other.type && !other_call;
    }

    std::vector<known_item>& final_;
    std::vector<known_item>& told_;
};

}  // namespace

std::string output_union(const std::string& output, std::vector<told_item> told) {
    final_output output_items = items_of(output);
    if (is_told(output_items, told)) {
        return output;  // as a rule
    }
    std::vector<known_item> final_items;
    for (std::string& json : output_items.items) {
        const auto order = static_cast<std::int64_t>(final_items.size());
        final_items.push_back(look_at(std::move(json), order));
    }
    std::vector<known_item> events;
    events.reserve(told.size());
    for (told_item& one : told) {
        events.push_back(look_at(std::move(one.json), one.order));
    }
    pairing(final_items, events).run();

    std::set<std::string> said;
    for (const known_item& one : final_items) {
        said.insert(one.said);
    }
    std::erase_if(events, [&said](const known_item& one) {
        return one.paired || one.said.empty() || said.contains(one.said);
    });
    std::stable_sort(events.begin(), events.end(),
                     [](const known_item& a, const known_item& b) { return a.order < b.order; });

    std::string out;
    const auto append = [&out](const std::string& json) { out.append(out.empty() ? "[" : ",").append(json); };
    auto next = events.begin();
    for (const known_item& one : final_items) {
        const auto stands_before = [&one](const known_item& other) {
            return one.paired ? other.order < one.order : other.order <= one.order;
        };
        for (; next != events.end() && stands_before(*next); ++next) {
            append(next->json);
        }
        append(one.json);
    }
    for (; next != events.end(); ++next) {
        append(next->json);
    }
    return out.empty() ? "[]" : out.append("]");
}

}  // namespace tapes::llm::openai_responses
