#include <tapes/text/ordered_json.hpp>
#include <tapes/text/work_meter.hpp>

#include <cstdint>
#include <utility>
#include <vector>

namespace tapes::text {

namespace {

using nlohmann::ordered_json;

/// Below, looking through all is as fast.
constexpr std::size_t few = 16;
constexpr std::size_t deepest = 1024;

/// Builds a value out of what a parser finds.
class tree_builder final : public nlohmann::json_sax<ordered_json> {
public:
    ordered_json take() && { return std::move(root_); }

    bool null() override { return add(nullptr); }
    bool boolean(bool value) override { return add(value); }
    bool number_integer(number_integer_t value) override { return add(value); }
    bool number_unsigned(number_unsigned_t value) override { return add(value); }
    bool number_float(number_float_t value, const string_t&) override { return add(value); }
    bool string(string_t& value) override { return add(std::move(value)); }
    bool binary(binary_t&) override { return false; }
    bool key(string_t& name) override {
        count_work(name.size() + 1);
        open_.back().name = std::move(name);
        return true;
    }
    bool start_object(std::size_t) override { return open(false); }
    bool start_array(std::size_t) override { return open(true); }
    bool end_object() override {
        auto made = std::move(open_.back().members).take();
        open_.pop_back();
        return add(std::move(made));
    }
    bool end_array() override {
        ordered_json made = std::move(open_.back().elements);
        open_.pop_back();
        return add(std::move(made));
    }
    bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
        return false;
    }

private:
    struct container {
        explicit container(bool is_array) : array{is_array} {}

        bool array;
        std::string name;  ///< of the member that comes next
        ordered_members members = {};
        ordered_json::array_t elements = {};
    };

    bool open(bool array) {
        if (open_.size() == deepest) {
            return false;
        }
        open_.emplace_back(array);
        return true;
    }

    bool add(ordered_json value) {
        count_work(1);
        if (open_.empty()) {
            root_ = std::move(value);
        } else if (open_.back().array) {
            open_.back().elements.push_back(std::move(value));
        } else {
            open_.back().members[open_.back().name] = std::move(value);
        }
        return true;
    }

    ordered_json root_;
    std::vector<container> open_;
};

}  // namespace

ordered_json& ordered_members::operator[](const std::string& name) {
    if (members_.size() < few) {
        return members_[name];
    }
    if (places_.empty()) {
        for (std::size_t i = 0; i < members_.size(); ++i) {
            places_.emplace(members_.begin()[static_cast<std::ptrdiff_t>(i)].first, i);
        }
    }
    const auto [known, added] = places_.try_emplace(name, members_.size());
    if (added) {
        members_.emplace_back(name, ordered_json{});
    }
    return members_.begin()[static_cast<std::ptrdiff_t>(known->second)].second;
}

ordered_json ordered_members::take() && {
    return std::move(members_);
}

ordered_json parsed_json(std::string_view text) {
    tree_builder builder;
    if (!ordered_json::sax_parse(text, &builder)) {
        return ordered_json::value_t::discarded;
    }
    return std::move(builder).take();
}

}  // namespace tapes::text
