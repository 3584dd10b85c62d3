// The stream of Responses: folded into the one-shot answer, and watched for its end.
#include "event_reducer.hpp"
#include "event_watch.hpp"
#include "json.hpp"
#include "openai_responses/api.hpp"
#include "openai_responses/background.hpp"
#include "openai_responses/events.hpp"
#include "openai_responses/output_union.hpp"
#include "openai_responses/partial_item.hpp"
#include "openai_responses/sealed_texts.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace tapes::llm::openai_responses {
namespace {

class reducer final : public event_reducer {
public:
    std::size_t held_bytes() const override {
        return event_reducer::held_bytes() + response_.held_bytes() + sealed_.held_bytes();
    }
    std::vector<std::int64_t> variants() const override { return sealed_.variants(); }

private:
    void take_event(json_object root) override;
    std::string write() const override;
    void take_begin(json_object root);
    void take_end(json_object root, std::string_view type);
    void take_part_of_answer(const event_kind& kind, event_fields event);
    void begin_item(event_fields event);
    void finish_item(event_fields event);
    partial_item& item_for(const event_kind& kind, const event_fields& event);
    std::size_t find_item(const event_fields& event, std::string_view item_type);
    std::size_t add_item(std::optional<std::int64_t> index, const std::string& id);
    std::vector<told_item> told() const;
    void write_output(std::string& out) const;

    struct numbered {
        std::int64_t order = 0;
        partial_item item;
    };

    response_members response_;
    sealed_texts sealed_;
    std::vector<numbered> items_;
    std::unordered_map<std::int64_t, std::size_t> by_index_;
    std::unordered_map<std::string, std::size_t> by_id_;
    std::map<std::pair<std::size_t, std::string_view>, std::size_t> asides_;  ///< by item and own type
    bool ended_ = false;
};

void reducer::take_event(json_object root) {
    const std::string type = read_event_type(root);
    const event_kind kind = kind_of(type);
    rewind(root);
    switch (kind.about) {
        case subject::unknown:
            return;
        case subject::error:
            failed_ = true;
            return;
        case subject::response:
            take_begin(root);
            return;
        case subject::end:
            take_end(root, type);
            return;
        default:
            take_part_of_answer(kind, read_event(root, kind));
    }
}

void reducer::take_begin(json_object root) {
    for (auto [key, value] : members_of(root)) {
        if (key == "response" && !ended_ && is_object(value)) {
            response_.merge(value.get_object());
            response_.forget_progress();
        }
    }
}

void reducer::take_end(json_object root, std::string_view type) {
    for (auto [key, value] : members_of(root)) {
        if (key == "response" && is_object(value)) {
            response_.merge(value.get_object());
            sealed_.add_items(response_.output());
        }
    }
    type.remove_prefix(type.find('.') + 1);
    std::string status;
    merkle::append_json_string(status, type == "done" ? "completed" : type);
    response_.set_default_status(std::move(status));
    ended_ = true;
    failed_ = failed_ || type == "failed";
}

void reducer::take_part_of_answer(const event_kind& kind, event_fields event) {
    if (kind.about == subject::item) {
        if (!event.json.empty()) {
            sealed_.add_item(event.json);
            kind.progress == step::added ? begin_item(std::move(event)) : finish_item(std::move(event));
        }
        return;
    }
    partial_item& item = item_for(kind, event);
    held_ -= item.held_bytes();
    const bool whole = kind.progress == step::done;
    if (kind.about == subject::part && !event.json.empty()) {
        item.add_part(event.index, std::move(event.json), std::move(event.type), std::move(event.text),
                      whole);
    } else if (kind.about == subject::annotation && !event.json.empty()) {
        item.add_annotation(event.index, std::move(event.json));
    } else if (kind.about == subject::output) {
        event.json.empty() ? item.add_output(event.index, event.text, event.err)
                           : item.set_output(event.index, std::move(event.json));
    } else if (event.has_text) {
        item.add_text({kind.position, kind.item_type, kind.name, event.index, whole}, std::move(event.text));
    }
    held_ += item.held_bytes();
}

std::size_t reducer::add_item(std::optional<std::int64_t> index, const std::string& id) {
    const std::size_t at = items_.size();
    const bool taken = index && by_index_.contains(*index);
    items_.emplace_back().order = index && !taken ? *index : static_cast<std::int64_t>(at);
    if (index) {
        by_index_[*index] = at;
    }
    if (!id.empty()) {
        by_id_[id] = at;
    }
    held_ += items_[at].item.held_bytes() + 2 * id.size();
    return at;
}

// By its place in the output, else by its id, else the last one. (Ids are no better than places: there are
// servers that give an item another id in each event.)
std::size_t reducer::find_item(const event_fields& event, std::string_view item_type) {
    if (event.output_index) {
        const auto known = by_index_.find(*event.output_index);
        return known == by_index_.end() ? add_item(event.output_index, event.item_id) : known->second;
    }
    const auto known = by_id_.find(event.item_id);
    if (known != by_id_.end()) {
        return known->second;
    }
    const bool goes_on =
        !items_.empty() && (event.item_id.empty() || items_.back().item.goes_on_as(item_type));
    return goes_on ? items_.size() - 1 : add_item(std::nullopt, event.item_id);
}

// Texts of another kind than their item are an item of their own, beside it.
partial_item& reducer::item_for(const event_kind& kind, const event_fields& event) {
    const std::size_t host = find_item(event, kind.item_type);
    if (kind.item_type.empty() || items_[host].item.takes(kind.item_type)) {
        return items_[host].item;
    }
    const auto [known, added] = asides_.try_emplace({host, kind.item_type}, items_.size());
    if (added) {
        constexpr std::size_t node_bytes = 96;
        items_.emplace_back().order = items_[host].order;
        held_ += items_.back().item.held_bytes() + node_bytes;
    }
    return items_[known->second].item;
}

void reducer::begin_item(event_fields event) {
    if (event.item_id.empty()) {
        event.item_id = event.id;
    }
    const bool placed = event.output_index || !event.item_id.empty();
    std::size_t at = placed ? find_item(event, {}) : items_.size();
    if (at == items_.size() || items_[at].item.begun()) {  // servers that give all items one place
        at = add_item(event.output_index, event.id);
    }
    partial_item& item = items_[at].item;
    held_ -= item.held_bytes();
    item.begin(std::move(event.json), std::move(event.type), std::move(event.id));
    held_ += item.held_bytes();
}

void reducer::finish_item(event_fields event) {
    if (event.item_id.empty()) {
        event.item_id = event.id;
    }
    std::size_t at = find_item(event, event.type);
    if (items_[at].item.finished() && items_[at].item.id() != event.id) {
        at = add_item(event.output_index, event.id);
    }
    partial_item& item = items_[at].item;
    held_ -= item.held_bytes();
    item.finish(std::move(event.json), std::move(event.type), std::move(event.id));
    held_ += item.held_bytes();
}

std::vector<told_item> reducer::told() const {
    std::vector<told_item> all;
    all.reserve(items_.size());
    for (const numbered& from : items_) {
        from.item.write(all.emplace_back().json);
        all.back().order = from.order;
    }
    std::stable_sort(all.begin(), all.end(),
                     [](const told_item& a, const told_item& b) { return a.order < b.order; });
    return all;
}

std::string reducer::write() const {
    const bool announced = !ended_ && items_.empty();
    if (announced && !response_.is_named()) {
        return {};
    }
    std::string out = "{";
    response_.write(out);
    out.append(R"("status":)");
    out.append(ended_ ? response_.status() : announced ? R"("in_progress")" : R"("incomplete")");
    out.append(R"(,"output":)");
    write_output(out);
    out.push_back('}');
    return out;
}

void reducer::write_output(std::string& out) const {
    if (!response_.output().empty()) {
        try {
            out.append(output_union(response_.output(), told()));
        } catch (const simdjson::simdjson_error&) {  // nested too deep to be looked at
            out.append(response_.output());
        }
        return;
    }
    out.push_back('[');
    bool first = true;
    for (const told_item& one : told()) {
        out.append(std::exchange(first, false) ? "" : ",").append(one.json);
    }
    out.push_back(']');
}

// The client learns that the answer is over from the event that carries the whole of it, failing that from
// an error or [DONE].
// The answer as it ended, an error, or [DONE] is the strong end; there is no weak one.
class watch final : public event_watch {
public:
    making told_making() const noexcept override { return making_; }

private:
    end_kind end_of(std::string_view data) override {
        const std::size_t start = data.find_first_not_of(" \t");
        if (start == std::string_view::npos) {
            return end_kind::none;
        }
        data.remove_prefix(start);
        const subject about = subject_of(data);
        if (about == subject::response && making_ == making::untold) {
            making_ = making_of(data);
        }
        const bool over = data.starts_with("[DONE]") || is_end(about);
        return over ? end_kind::strong : end_kind::none;
    }

    bool says(std::string_view data) override {
        const subject about = subject_of(data);
        return about != subject::unknown && about != subject::response && !is_end(about);
    }

    static subject subject_of(std::string_view data) {
        constexpr std::string_view usual = R"({"type":")";
        if (data.starts_with(usual)) {
            data.remove_prefix(usual.size());
            return kind_of(data.substr(0, data.find('"'))).about;
        }
        return may_end(data) ? kind_of(type_of(data)).about : subject::unknown;
    }

    static bool is_end(subject about) noexcept { return about == subject::end || about == subject::error; }

    static bool may_end(std::string_view data) noexcept {
        return data.find("\"response.") != std::string_view::npos ||
               data.find("\"error\"") != std::string_view::npos;
    }

    static std::string type_of(std::string_view data) {
        try {
            json_reader event(data);
            return read_event_type(event.root());
        } catch (const simdjson::simdjson_error&) {
            return {};
        }
    }

    making making_ = making::untold;
};

}  // namespace

std::unique_ptr<stream_reducer> make_reducer() {
    return std::make_unique<reducer>();
}

std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()>) {
    return std::make_unique<watch>();
}

}  // namespace tapes::llm::openai_responses
