// The stream of Responses: folded into the one-shot answer, and watched for its end.
#include "event_watch.hpp"
#include "json.hpp"
#include "openai_responses/api.hpp"
#include "openai_responses/events.hpp"
#include "openai_responses/partial.hpp"
#include "sse.hpp"

#include <tapes/merkle/canonical.hpp>

#include <algorithm>
#include <numeric>
#include <optional>
#include <unordered_map>
#include <utility>

namespace tapes::llm::openai_responses {
namespace {

class reducer final : public stream_reducer {
public:
    void feed(std::string_view bytes) override {
        events_.feed(bytes, [this](std::string_view data) { take(data); });
    }

    std::string finish() override {
        events_.finish([this](std::string_view data) { take(data); });
        return !ended_ && items_.empty() ? std::string() : write();
    }

    bool failed() const override { return failed_; }
    std::size_t held_bytes() const override {
        return held_ + first_.held_bytes() + last_.held_bytes() + events_.held_bytes();
    }

private:
    void take(std::string_view data);
    void take_event(std::string_view json);
    void take_event(json_object root);
    void take_begin(json_object root);
    void take_end(json_object root, std::string_view type);
    void take_part_of_answer(const event_kind& kind, event_fields said);
    void begin_item(event_fields said);
    void finish_item(event_fields said);
    partial_item& find_item(const event_fields& said);
    partial_item& add_item(std::optional<std::int64_t> index, const std::string& id);
    void write_output(std::string& out) const;
    std::string write() const;

    struct numbered {
        std::int64_t order = 0;
        partial_item item;
    };

    sse_reader events_;
    response_members first_;  ///< of the answer as it began
    response_members last_;   ///< of the answer as it ended
    std::vector<numbered> items_;
    std::unordered_map<std::int64_t, std::size_t> by_index_;
    std::unordered_map<std::string, std::size_t> by_id_;
    bool ended_ = false;
    bool failed_ = false;
    std::size_t held_ = 0;
};

void reducer::take(std::string_view data) {
    // Several data lines are one event's JSON, or events of a server that leaves out the blank line.
    std::string canonical;
    if (data.find('\n') != std::string_view::npos &&
        merkle::canonicalize(data, canonical) == merkle::canonical_error::not_json) {
        while (!data.empty()) {
            const std::size_t end = std::min(data.find('\n'), data.size());
            take_event(data.substr(0, end));
            data.remove_prefix(std::min(end + 1, data.size()));
        }
    } else {
        take_event(data);
    }
}

// What is no event is passed over: [DONE], or one that broke off.
void reducer::take_event(std::string_view json) {
    if (ended_ || json == "[DONE]") {
        return;
    }
    try {
        json_reader event(json);
        take_event(event.root());
    } catch (const simdjson::simdjson_error&) {
        return;
    }
}

void reducer::take_event(json_object root) {
    const std::string type = read_event_type(root);
    const event_kind kind = kind_of(type);
    (void)root.reset().value();
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
    for (auto member : root) {
        json_field field = field_of(member);
        if (key_of(field) == "response" && first_.text.empty() && is_object(field.value())) {
            first_ = read_response(field.value().get_object());
            first_.output.clear();
        }
    }
}

void reducer::take_end(json_object root, std::string_view type) {
    response_members read;
    for (auto member : root) {
        json_field field = field_of(member);
        if (key_of(field) == "response" && is_object(field.value())) {
            read = read_response(field.value().get_object());
        }
    }
    type.remove_prefix(type.find('.') + 1);
    if (read.status.empty()) {
        merkle::append_json_string(read.status, type == "done" ? "completed" : type);
    }
    last_ = std::move(read);
    ended_ = true;
    failed_ = failed_ || type == "failed";
}

void reducer::take_part_of_answer(const event_kind& kind, event_fields said) {
    if (kind.about == subject::item) {
        if (!said.json.empty()) {
            kind.how == step::added ? begin_item(std::move(said)) : finish_item(std::move(said));
        }
        return;
    }
    partial_item& item = find_item(said);
    held_ -= item.held_bytes();
    const bool whole = kind.how == step::done;
    if (kind.about == subject::part && !said.json.empty()) {
        item.add_part(said.index, std::move(said.json), std::move(said.type), std::move(said.text), whole);
    } else if (kind.about == subject::annotation && !said.json.empty()) {
        item.add_annotation(said.index, std::move(said.json));
    } else if (kind.about == subject::output) {
        said.json.empty() ? item.add_output(said.index, said.text, said.err)
                          : item.set_output(said.index, std::move(said.json));
    } else if (said.has_text) {
        item.add_text({kind.where, kind.item_type, kind.name, said.index, whole}, std::move(said.text));
    }
    held_ += item.held_bytes();
}

partial_item& reducer::add_item(std::optional<std::int64_t> index, const std::string& id) {
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
    return items_[at].item;
}

// By its place in the output, else by its id, else the last one. (Ids are no better than places: there are
// servers that give an item another id in each event.)
partial_item& reducer::find_item(const event_fields& said) {
    if (said.output_index) {
        const auto known = by_index_.find(*said.output_index);
        return known == by_index_.end() ? add_item(said.output_index, said.item_id)
                                        : items_[known->second].item;
    }
    const auto known = by_id_.find(said.item_id);
    if (known != by_id_.end()) {
        return items_[known->second].item;
    }
    return items_.empty() || !said.item_id.empty() ? add_item(std::nullopt, said.item_id)
                                                   : items_.back().item;
}

void reducer::begin_item(event_fields said) {
    if (said.item_id.empty()) {
        said.item_id = said.id;
    }
    partial_item* item = said.output_index || !said.item_id.empty() ? &find_item(said) : nullptr;
    if (item == nullptr || item->begun()) {  // servers that give all items one place
        item = &add_item(said.output_index, said.id);
    }
    held_ -= item->held_bytes();
    item->begin(std::move(said.json), std::move(said.type), std::move(said.id));
    held_ += item->held_bytes();
}

void reducer::finish_item(event_fields said) {
    if (said.item_id.empty()) {
        said.item_id = said.id;
    }
    partial_item* item = &find_item(said);
    if (item->finished() && item->id() != said.id) {
        item = &add_item(said.output_index, said.id);
    }
    held_ -= item->held_bytes();
    item->finish(std::move(said.json), std::move(said.id));
    held_ += item->held_bytes();
}

void reducer::write_output(std::string& out) const {
    std::vector<std::size_t> order(items_.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::stable_sort(order.begin(), order.end(),
                     [this](std::size_t a, std::size_t b) { return items_[a].order < items_[b].order; });
    out.push_back('[');
    for (std::size_t i = 0; i < order.size(); ++i) {
        out.append(i == 0 ? "" : ",");
        items_[order[i]].item.write(out);
    }
    out.push_back(']');
}

// What an answer that failed puts out may lack what was said before: items that were begun, and no more.
bool says_nothing(const std::string& output) {
    constexpr std::size_t most = 4096;
    answer read;
    return output.size() <= most && map_answer(R"({"output":)" + output + "}", read) == map_error::empty;
}

std::string reducer::write() const {
    const response_members& known = ended_ ? last_ : first_;
    const bool by_items = known.output.empty() ||
                          (!items_.empty() && known.status != "\"completed\"" && says_nothing(known.output));
    std::string out = "{";
    out.append(known.text).append(R"("status":)");
    out.append(ended_ ? known.status : R"("incomplete")").append(R"(,"output":)");
    if (by_items) {
        write_output(out);
    } else {
        out.append(known.output);
    }
    out.push_back('}');
    return out;
}

// The client learns that the answer is over from the event that carries the whole of it, failing that from
// an error or [DONE].
class watch final : public event_watch {
    bool ends(std::string_view data) override {
        const std::size_t start = data.find_first_not_of(" \t");
        if (start == std::string_view::npos) {
            return false;
        }
        data.remove_prefix(start);
        constexpr std::string_view usual = R"({"type":")";
        if (data.starts_with(usual)) {
            data.remove_prefix(usual.size());
            return is_end(data.substr(0, data.find('"')));
        }
        return data.starts_with("[DONE]") || (may_end(data) && is_end(type_of(data)));
    }

    static bool is_end(std::string_view type) noexcept {
        const subject about = kind_of(type).about;
        return about == subject::end || about == subject::error;
    }

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
};

}  // namespace

std::unique_ptr<stream_reducer> make_reducer() {
    return std::make_unique<reducer>();
}

std::unique_ptr<end_watch> make_end_watch(std::function<std::size_t()>) {
    return std::make_unique<watch>();
}

}  // namespace tapes::llm::openai_responses
