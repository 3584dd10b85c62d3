#include "routes/import_json.hpp"

#include "routes/json.hpp"

#include <tapes/text/work_meter.hpp>

#include <nlohmann/json.hpp>

#include <array>
#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace tapes::api {

namespace {

using nlohmann::json;

/// Pairs the texts of a row with their names.
template <class Row>
auto texts_of(Row& row) {
    auto& node = row.node;
    return std::array{std::pair{"role", &node.role},
                      std::pair{"content", &node.content},
                      std::pair{"model", &node.identity.model},
                      std::pair{"provider", &node.identity.provider},
                      std::pair{"agent_name", &node.identity.agent_name},
                      std::pair{"project", &node.project},
                      std::pair{"stop_reason", &node.stop_reason}};
}

json node_json(const store::import_row& row) {
    json made{{"hash", merkle::to_hex(row.hash)}};
    if (row.parent) {
        made["parent"] = merkle::to_hex(*row.parent);
    }
    for (const auto& [name, text] : texts_of(row)) {
        if (!text->empty()) {
            made[name] = *text;
        }
    }
    for (const auto& [name, member] : merkle::usage_figures) {
        if (const auto& figure = row.node.used.*member) {
            made["usage"][name] = *figure;
        }
    }
    made["created_at_us"] = row.node.created_at_us.value_or(0);
    return made;
}

/// Returns false if the member exists and is not a text.
bool read_text(const json& from, const char* name, std::string& to) {
    const auto found = from.find(name);
    if (found == from.end()) {
        return true;
    }
    if (found->is_string()) {
        to = found->get<std::string>();
    }
    return found->is_string();
}

bool read_number(const json& from, const char* name, std::optional<std::int64_t>& to) {
    const auto found = from.find(name);
    if (found == from.end()) {
        return true;
    }
    if (found->is_number_integer()) {
        to = found->get<std::int64_t>();
    }
    return found->is_number_integer();
}

bool read_usage(const json& from, merkle::usage& to) {
    const auto found = from.find("usage");
    if (found == from.end()) {
        return true;
    }
    bool good = found->is_object();
    for (const auto& [name, member] : merkle::usage_figures) {
        good = good && read_number(*found, name, to.*member);
    }
    return good;
}

std::optional<store::import_row> read_node(const json& from) {
    store::import_row made;
    std::string hash;
    std::string parent;
    bool good = from.is_object() && read_text(from, "hash", hash) && read_text(from, "parent", parent) &&
                read_usage(from, made.node.used) &&
                read_number(from, "created_at_us", made.node.created_at_us);
    for (const auto& [name, text] : texts_of(made)) {
        good = good && read_text(from, name, *text);
    }
    const auto digest = merkle::from_hex(hash);
    made.parent = merkle::from_hex(parent);
    if (!good || !digest || made.parent.has_value() == parent.empty()) {
        return std::nullopt;
    }
    made.hash = *digest;
    return made;
}

/// Reads {"NAME":[…],…} and hands out the elements of that array one by one, so that no more than one of them
/// is held: a value costs many times its text. Stops at the first thing that is none of our bodies: another
/// array, an element with more in it than a node has, or whatever is nested deeper.
class element_reader final : public nlohmann::json_sax<json> {
public:
    using taker = std::function<bool(json&&)>;

    element_reader(std::string_view array, taker take) : array_{array}, take_{std::move(take)} {}

    /// False for what is no such body, or where an element was not taken.
    bool read(std::string_view body) { return json::sax_parse(body, this) && seen_; }
    /// The value of that name beside the array; null if there is none.
    json beside(const char* name) const { return beside_.contains(name) ? beside_[name] : json{}; }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool key(string_t& name) override {
        text::count_work(name.size() + 1);
        key_ = std::move(name);
        return true;
    }

    bool start_object(std::size_t) override {
        if (at_ == place::nowhere) {
            at_ = place::root;
            return true;
        }
        if (at_ != place::array || open_.size() == deepest || ++members_ > most_members) {
            return false;
        }
        auto& made = open_.empty() ? element_ : (*open_.back())[key_];
        made = json::object();
        open_.push_back(&made);
        return true;
    }
    bool end_object() override {
        if (open_.empty()) {
            at_ = place::nowhere;
            return true;
        }
        open_.pop_back();
        return !open_.empty() || take();
    }
    bool start_array(std::size_t) override {
        const bool ours = at_ == place::root && key_ == array_ && !seen_;
        seen_ = seen_ || ours;
        at_ = ours ? place::array : at_;
        return ours;
    }
    bool end_array() override {
        at_ = place::root;
        return true;
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

private:
    enum class place { nowhere, root, array };
    static constexpr std::size_t deepest = 2;  ///< a node with its usage
    static constexpr std::size_t most_members = 64;

    bool add(json value) {
        text::count_work(1);
        if (!open_.empty()) {
            (*open_.back())[key_] = std::move(value);
            return ++members_ <= most_members;
        }
        if (at_ == place::array) {
            element_ = std::move(value);
            return take();
        }
        beside_[key_] = std::move(value);
        return at_ == place::root && beside_.size() <= most_members;
    }
    bool take() {
        members_ = 0;
        return take_(std::exchange(element_, json{}));
    }

    const std::string array_;
    taker take_;
    place at_ = place::nowhere;
    bool seen_ = false;
    std::string key_;
    json beside_ = json::object();
    json element_;
    std::vector<json*> open_;  ///< objects within `element_`
    std::size_t members_ = 0;
};

/// More than tapes ever sends at once.
constexpr std::size_t most_hashes = 65536;
constexpr std::size_t most_nodes = 8192;

}  // namespace

std::string hashes_json(std::span<const merkle::digest> hashes) {
    json made{{"hashes", json::array()}};
    for (const auto& one : hashes) {
        made["hashes"].push_back(merkle::to_hex(one));
    }
    return json_text(made);
}

std::optional<std::vector<merkle::digest>> read_hashes(std::string_view body) {
    std::vector<merkle::digest> made;
    element_reader reader{"hashes", [&](const json& one) {
                              const auto hash = one.is_string()
                                                    ? merkle::from_hex(one.get_ref<const std::string&>())
                                                    : std::nullopt;
                              if (hash) {
                                  made.push_back(*hash);
                              }
                              return hash.has_value() && made.size() <= most_hashes;
                          }};
    return reader.read(body) ? std::optional{std::move(made)} : std::nullopt;
}

std::string known_json(const std::vector<bool>& known) {
    return json_text(json{{"known", known}}) + "\n";
}

std::optional<std::vector<bool>> read_known(std::string_view body) {
    std::vector<bool> made;
    element_reader reader{"known", [&](const json& one) {
                              made.push_back(one.is_boolean() && one.get<bool>());
                              return one.is_boolean() && made.size() <= most_hashes;
                          }};
    return reader.read(body) ? std::optional{std::move(made)} : std::nullopt;
}

std::string order_json(std::span<const store::import_row> rows, bool announce) {
    json made{{"announce", announce}, {"nodes", json::array()}};
    for (const auto& one : rows) {
        made["nodes"].push_back(node_json(one));
    }
    return json_text(made);
}

std::optional<import_order> read_import_order(std::string_view body) {
    import_order made;
    element_reader reader{"nodes", [&](const json& one) {
                              auto row = read_node(one);
                              if (!row) {
                                  return false;
                              }
                              made.rows.push_back(*std::move(row));
                              return made.rows.size() <= most_nodes;
                          }};
    if (!reader.read(body)) {
        return std::nullopt;
    }
    const auto announce = reader.beside("announce");
    if (!announce.is_boolean()) {
        return std::nullopt;
    }
    made.announce = announce.get<bool>();
    return made;
}

}  // namespace tapes::api
