#include <tapes/http/fields.hpp>
#include <tapes/text/list.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <random>

namespace tapes::http {

namespace {

/// True for the fields that end at every hop. Most are told apart by their length.
bool ends_here_by_name(std::string_view name) noexcept {
    switch (name.size()) {
        case 2:
            return equal_names(name, "te");
        case 7:
            return equal_names(name, "upgrade");
        case 10:
            return equal_names(name, "connection") || equal_names(name, "keep-alive");
        case 16:
            return equal_names(name, "proxy-connection");
        case 17:
            return equal_names(name, "transfer-encoding");
        default:
            return false;
    }
}

/// A number that peers cannot know: names that meet in one place of the table cannot be chosen without it.
std::uint64_t table_secret() {
    static const std::uint64_t secret = [] {
        std::random_device source;
        return (std::uint64_t{source()} << 32 | source()) | 1U;
    }();
    return secret;
}

/// The names of a head's fields, each once, and whether Connection names them. Empty until it is filled.
class name_table {
public:
    bool empty() const noexcept { return places_.empty(); }

    void fill(const std::vector<field>& fields) {
        secret_ = table_secret();
        places_.resize(std::bit_ceil(fields.size() * 2 + 1));
        of_field_.reserve(fields.size());
        for (const auto& one : fields) {
            const auto place = find(one.name);
            places_[place].name = one.name;
            of_field_.push_back(place);
        }
    }

    void mark(std::string_view name) noexcept { places_[find(name)].marked = true; }
    bool is_marked(std::size_t field) const noexcept { return places_[of_field_[field]].marked; }

private:
    struct place {
        std::string_view name;
        bool marked = false;  ///< in a free place, too: nobody asks there
    };

    /// Returns the place of a name, or the free one where it would be. There is always a free one.
    std::size_t find(std::string_view name) const noexcept {
        auto hash = secret_;
        for (const char c : name) {
            hash = std::rotl((hash ^ static_cast<unsigned char>(text::to_lower(c))) * secret_, 29);
        }
        auto at = static_cast<std::size_t>(hash) & (places_.size() - 1);
        while (!places_[at].name.empty() && !equal_names(places_[at].name, name)) {
            at = (at + 1) & (places_.size() - 1);
        }
        return at;
    }

    std::uint64_t secret_ = 0;
    std::vector<place> places_;
    std::vector<std::size_t> of_field_;
};

/// Calls `each` with each option of a Connection field that is not empty.
template <class Each>
void for_each_option(std::string_view value, Each each) {
    while (!value.empty()) {
        if (value.front() == ',') {
            value.remove_prefix(1);
        } else if (const auto option = text::take_element(value); !option.empty()) {
            each(option);
        }
    }
}

}  // namespace

connection_options read_connection_options(std::vector<field>& fields) {
    connection_options found;
    name_table names;
    for (auto& one : fields) {
        one.hop_by_hop = ends_here_by_name(one.name);
        if (!one.hop_by_hop || !equal_names(one.name, "connection")) {
            continue;
        }
        for_each_option(one.value, [&](std::string_view option) {
            if (equal_names(option, "close")) {
                found.close = true;
            } else if (equal_names(option, "keep-alive")) {
                found.keep_alive = true;
            } else if (equal_names(option, "upgrade")) {
                found.upgrade = true;
            } else if (!ends_here_by_name(option)) {
                if (names.empty()) {
                    names.fill(fields);
                }
                names.mark(option);
            }
        });
    }
    if (!names.empty()) {
        for (std::size_t i = 0; i < fields.size(); ++i) {
            fields[i].hop_by_hop = fields[i].hop_by_hop || names.is_marked(i);
        }
    }
    return found;
}

}  // namespace tapes::http
