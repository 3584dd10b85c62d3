#include <tapes/app/complete_ids.hpp>
#include <tapes/catalogue/catalogue.hpp>
#include <tapes/read/ids.hpp>
#include <tapes/store/reading_place.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <string_view>
#include <vector>

namespace tapes::app {

namespace {

constexpr std::size_t most_completed = 50;

bool is_shell_word(std::string_view name) {
    return !name.empty() && name.front() != '-' && std::ranges::all_of(name, [](char c) {
        return text::is_letter(c) || text::is_digit(c) || text::is_one_of(c, "_-.:@");
    });
}

void write_ids(const config::settings& settings, completed_ids wanted, const std::string& prefix,
               printer& out) {
    const auto& path = settings.storage.sqlite_path;
    const auto catalogue_path = catalogue::path_of(path);
    const store::reading_place place{path};
    const read::price_table prices;
    read::sources from{place.path(), std::filesystem::exists(catalogue_path) ? catalogue_path : std::string{},
                       prices};
    std::vector<std::string> names;
    if (wanted != completed_ids::exchanges && from.catalogue) {
        for (const auto& one : from.catalogue->sessions_by_name(prefix, most_completed)) {
            names.push_back(one.name);
        }
    }
    if (wanted != completed_ids::sessions) {
        for (const auto& one : read::find_named(from, prefix, most_completed)) {
            const bool other = one.kind == read::named_kind::exchange || wanted == completed_ids::all;
            if (other && one.kind != read::named_kind::session && one.name.starts_with(prefix)) {
                names.push_back(one.name);
            }
        }
    }
    for (const auto& name : names) {
        if (is_shell_word(name)) {
            out << name << "\n";
        }
    }
}

}  // namespace

int complete_ids(const config::settings& settings, completed_ids kind, const std::string& prefix,
                 printer& out) noexcept {
    try {
        write_ids(settings, kind, prefix, out);
    } catch (const std::exception&) {
        return 0;  // a shell that completes a line has no place for an error
    }
    return 0;
}

}  // namespace tapes::app
