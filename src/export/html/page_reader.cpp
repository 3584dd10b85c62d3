#include "html/html.hpp"
#include "html/value_bound.hpp"

#include <tapes/export/page_reader.hpp>
#include <tapes/text/json_cursor.hpp>
#include <tapes/text/json_string.hpp>
#include <tapes/text/rfc3339.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace tapes::exports {

namespace {

constexpr std::size_t longest_line = std::size_t{256} << 20;
constexpr std::size_t most_nodes = 4'000'000;
/// As far as a name is hashed (docs/mapping.md); a longer one is none of ours.
constexpr std::size_t longest_name = 4096;

/// The members of an object: each value as it stands in the text. Nothing where it is none.
std::optional<std::map<std::string, std::string_view, std::less<>>> members_of(std::string_view json) {
    constexpr std::size_t most_members = 64;
    text::json_cursor at{json};
    std::map<std::string, std::string_view, std::less<>> made;
    if (!at.take('{')) {
        return std::nullopt;
    }
    do {
        at.peek();
        const auto name = at.string();
        if (at.failed() || !at.take(':')) {
            return std::nullopt;
        }
        at.peek();
        const auto first = at.offset();
        at.skip_value();
        if (at.failed() || made.size() == most_members) {
            return std::nullopt;
        }
        made[text::json_unescaped(name)] = json.substr(first, at.offset() - first);
    } while (at.take(','));
    return at.take('}') && at.peek() == '\0' ? std::optional{std::move(made)} : std::nullopt;
}

class node_members {
public:
    node_members(std::string_view json, std::size_t index) : index_{index} {
        auto read = members_of(json);
        if (!read) {
            fail("is no object of JSON");
        }
        members_ = *std::move(read);
    }

    bool has(std::string_view name) const { return members_.contains(name); }
    std::string_view raw(std::string_view name) const {
        const auto found = members_.find(name);
        if (found == members_.end()) {
            fail("has no member \"" + std::string{name} + "\"");
        }
        return found->second;
    }
    std::string text(std::string_view name) const {
        std::string made;
        const auto value = raw(name);
        if (text::decode_json_string(value, made) != value.size() || made.size() > longest_name) {
            fail("has no string as \"" + std::string{name} + "\"");
        }
        return made;
    }
    std::size_t number(std::string_view name) const {
        const auto value = raw(name);
        std::size_t made = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), made);
        if (error != std::errc{} || end != value.data() + value.size()) {
            fail("has no number as \"" + std::string{name} + "\"");
        }
        return made;
    }
    [[noreturn]] void fail(const std::string& what) const {
        throw page_fault{"node " + std::to_string(index_) + " " + what};
    }

private:
    std::size_t index_;
    std::map<std::string, std::string_view, std::less<>> members_;
};

merkle::digest digest_of(const node_members& from, std::string_view name) {
    const auto read = merkle::from_hex(from.text(name));
    if (!read) {
        from.fail("has no 64 hexadecimal digits as \"" + std::string{name} + "\"");
    }
    return *read;
}

page_node read_node(std::string_view json, std::size_t index) {
    const node_members from{json, index};
    page_node made;
    made.index = from.number("node");
    if (from.raw("parent") != "null") {
        made.parent = from.number("parent");
    }
    const auto state = from.text("state");
    made.whole = state == "whole";
    made.left_out = state == "left_out";
    if (!made.whole && !made.left_out && state != "redacted" && state != "withheld") {
        from.fail("has a state that is not known");
    }
    made.genuine = from.has("hash");
    made.value = digest_of(from, made.genuine ? "hash" : from.has("seal") ? "seal" : "stand_in");
    if (made.whole && !made.genuine && !from.has("seal")) {
        from.fail("is whole, and names no hash");
    }
    made.identity = {from.text("model"), from.text("provider"), from.text("agent_name")};
    made.role = from.text("role");
    made.project = from.text("project");
    made.stop_reason = from.text("stop_reason");
    made.created_at_us = text::read_rfc3339(from.text("created_at"));
    const auto content = from.raw("content");
    if (has_too_many_values(content)) {
        from.fail("has more than a million values");
    }
    made.content = std::string{content};
    return made;
}

}  // namespace

void page_reader::feed(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        if (line_.size() + std::min(end, bytes.size()) > longest_line) {
            throw page_fault{"a line of it has more than 256 MiB, and no page that tapes exports has"};
        }
        if (end == std::string_view::npos) {
            line_.append(bytes);
            return;
        }
        line_.append(bytes.substr(0, end));
        bytes.remove_prefix(end + 1);
        take_line(line_);
        line_.clear();
    }
}

void page_reader::take_line(std::string_view line) {
    if (line.ends_with('\r')) {
        line.remove_suffix(1);
    }
    for (const auto& [begin, is_node] : {std::pair{html_node_begin, true}, {html_about_begin, false}}) {
        if (line.starts_with(begin)) {
            line.remove_prefix(begin.size());
            const auto json = line.substr(0, line.find(html_script_end));
            is_node ? take_node(json) : take_about(json);
            return;
        }
    }
}

void page_reader::take_node(std::string_view json) {
    text::count_work(json.size());
    if (links_.size() == most_nodes) {
        throw page_fault{"it has too many nodes"};
    }
    auto node = read_node(json, links_.size());
    prove(node);
    links_.push_back({node.value, node.genuine});
    take_(std::move(node));
}

void page_reader::prove(const page_node& node) const {
    const auto name = "node " + std::to_string(links_.size()) + " (" + node.role.substr(0, 32) + ")";
    if (node.index != links_.size() || (node.parent && *node.parent >= links_.size())) {
        throw page_fault{name + " does not stand where it says: a node is missing, or was moved"};
    }
    const auto* const parent = node.parent ? &links_[*node.parent] : nullptr;
    if (parent != nullptr && !parent->genuine && node.genuine) {
        throw page_fault{name + " names a hash behind one that is withheld"};
    }
    const auto computed = merkle::hash_stored(parent == nullptr ? std::nullopt : std::optional{parent->value},
                                              node.identity, node.role, node.content);
    if (!computed) {
        throw page_fault{name + " has a content that is no array of blocks"};
    }
    if (node.whole && *computed != node.value) {
        throw page_fault{name + " does not hold: its content and its parent give the hash " +
                         merkle::to_hex(*computed) + ", and the file says " + merkle::to_hex(node.value)};
    }
}

void page_reader::take_about(std::string_view json) {
    const auto read = members_of(json);
    const auto found = read ? read->find("nodes") : decltype(read->end()){};
    std::size_t count = 0;
    if (!read || found == read->end() ||
        std::from_chars(found->second.data(), found->second.data() + found->second.size(), count).ec !=
            std::errc{}) {
        throw page_fault{"what it says of itself at its end cannot be read"};
    }
    told_nodes_ = count;
}

void page_reader::end() {
    if (!line_.empty()) {
        take_line(line_);
        line_.clear();
    }
    if (!told_nodes_) {
        throw page_fault{"it is not whole: its end is missing"};
    }
    if (*told_nodes_ != links_.size()) {
        throw page_fault{"it is not whole: it has " + std::to_string(links_.size()) + " nodes, and says " +
                         std::to_string(*told_nodes_)};
    }
}

}  // namespace tapes::exports
