#include "run/settings_file.hpp"

#include <tapes/app/usage_error.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <vector>

namespace tapes::app::run {

namespace fs = std::filesystem;

namespace {

constexpr std::uintmax_t largest_settings = 16ULL << 20;

std::string_view without_blanks(std::string_view text) {
    constexpr std::string_view blanks = " \t\r\n";
    const auto first = text.find_first_not_of(blanks);
    return first == std::string_view::npos ? std::string_view{}
                                           : text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

/// Hands out the lines of a text.
template <class Take>
void each_line(std::string_view text, const Take& take) {
    while (!text.empty()) {
        const auto end = text.find('\n');
        take(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
}

std::string dotenv_value(std::string_view text) {
    text = without_blanks(text);
    char quote = 0;
    if (!text.empty() && (text.front() == '"' || text.front() == '\'')) {
        quote = text.front();
        const auto end = text.find(quote, 1);
        if (end == std::string_view::npos) {
            return std::string{unclear_value};  // it goes on in the next line
        }
        text = text.substr(1, end - 1);
    } else if (const auto comment = text.find(" #"); comment != std::string_view::npos) {
        text = without_blanks(text.substr(0, comment));
    }
    const bool refers = quote != '\'' && text.find("${") != std::string_view::npos;
    const bool escapes = quote == '"' && text.find('\\') != std::string_view::npos;
    return std::string{refers || escapes ? unclear_value : text};
}

}  // namespace

void settings_file::refuse(const std::string& reason) const {
    throw usage_error{path.string() + " " + reason +
                      ", so nobody knows where requests would go; name it with " + std::string{flag} +
                      " URL"};
}

std::optional<std::string> settings_file::text() const {
    std::error_code failed;
    const auto status = fs::status(path, failed);
    if (status.type() == fs::file_type::not_found) {
        return std::nullopt;
    }
    if (failed || !fs::is_regular_file(status)) {
        refuse("cannot be read");
    }
    if (fs::file_size(path, failed) > largest_settings || failed) {
        refuse("is too large");
    }
    std::ostringstream all;
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        refuse("cannot be read");
    }
    all << file.rdbuf();
    return std::move(all).str();
}

std::optional<nlohmann::json> settings_file::json() const {
    const auto found = text();
    if (!found || without_blanks(*found).empty()) {
        return std::nullopt;
    }
    constexpr bool exceptions = false;
    constexpr bool ignore_comments = true;
    auto made = nlohmann::json::parse(*found, nullptr, exceptions, ignore_comments);
    if (!made.is_object()) {
        refuse("is no JSON object");
    }
    return made;
}

std::map<std::string, std::string> settings_file::variables() const {
    std::map<std::string, std::string> made;
    const auto found = text();
    each_line(found ? std::string_view{*found} : std::string_view{}, [&made](std::string_view line) {
        line = without_blanks(line);
        if (line.starts_with("export ")) {
            line = without_blanks(line.substr(7));
        }
        const auto equals = line.find('=');
        if (!line.starts_with('#') && equals != std::string_view::npos) {
            made[std::string{without_blanks(line.substr(0, equals))}] = dotenv_value(line.substr(equals + 1));
        }
    });
    return made;
}

std::optional<std::string> yaml_scalar(std::string_view text) {
    text = without_blanks(text);
    if (text.empty() || text.starts_with('#')) {
        return std::string{};
    }
    if (text.front() == '"' || text.front() == '\'') {
        const auto end = text.find(text.front(), 1);
        const auto rest =
            end == std::string_view::npos ? std::string_view{"x"} : without_blanks(text.substr(end + 1));
        if ((!rest.empty() && !rest.starts_with('#')) || text.find('\\') != std::string_view::npos) {
            return std::nullopt;
        }
        return std::string{text.substr(1, end - 1)};
    }
    if (std::string_view{"&*!|>{}[]%@`,?-"}.find(text.front()) != std::string_view::npos) {
        return std::nullopt;
    }
    if (const auto comment = text.find(" #"); comment != std::string_view::npos) {
        text = without_blanks(text.substr(0, comment));
    }
    return std::string{text};
}

std::string settings_file::yaml_value(std::string_view key) const {
    const auto found = text();
    std::string value;
    if (!found) {
        return value;
    }
    if (without_blanks(*found).starts_with('{')) {
        refuse("is written in a form that tapes does not read");
    }
    each_line(*found, [&](std::string_view line) {
        const auto colon = line.find(':');
        auto name = without_blanks(line.substr(0, colon));
        if (name.size() >= 2 && (name.front() == '"' || name.front() == '\'') &&
            name.front() == name.back()) {
            name = name.substr(1, name.size() - 2);
        }
        if (colon == std::string_view::npos || name != key) {
            return;
        }
        auto scalar = yaml_scalar(line.substr(colon + 1));
        if (!scalar || line.front() == ' ' || line.front() == '\t') {
            refuse("gives " + std::string{key} + " in a form that tapes does not read");
        }
        value = *std::move(scalar);
    });
    return value;
}

std::optional<fs::path> git_root(const fs::path& from) {
    std::error_code failed;
    for (auto at = from; !at.empty(); at = at.parent_path()) {
        if (fs::exists(at / ".git", failed)) {
            return at;
        }
        if (at == at.root_path()) {
            break;
        }
    }
    return std::nullopt;
}

std::optional<settings_file> nearest_settings_file(const fs::path& from, const fs::path& home,
                                                   std::initializer_list<std::string_view> names,
                                                   std::string_view flag) {
    std::vector<fs::path> folders;
    for (auto at = from; !at.empty(); at = at.parent_path()) {
        folders.push_back(at);
        if (at == at.root_path()) {
            break;
        }
    }
    folders.push_back(home);
    for (const auto& folder : folders) {
        for (const auto name : names) {
            settings_file file{folder / name, flag};
            if (file.text()) {
                return file;
            }
        }
    }
    return std::nullopt;
}

fs::path make_private_folder() {
    auto pattern = (fs::temp_directory_path() / "tapes-run-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error{"cannot make a folder in " + fs::temp_directory_path().string()};
    }
    return pattern;
}

void write_private(const fs::path& path, std::string_view text) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    bool good = file >= 0;
    while (good && !text.empty()) {
        const auto written = ::write(file, text.data(), text.size());
        good = written > 0;
        text.remove_prefix(good ? static_cast<std::size_t>(written) : 0);
    }
    if (file >= 0) {
        ::close(file);
    }
    if (!good) {
        throw std::runtime_error{"cannot write " + path.string()};
    }
}

}  // namespace tapes::app::run
