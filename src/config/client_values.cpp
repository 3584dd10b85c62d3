#include "toml_text.hpp"
#include "values.hpp"

#include <tapes/config/load.hpp>
#include <tapes/text/ascii.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace tapes::config {

namespace {

constexpr std::size_t shortest_token = 16;
constexpr std::size_t longest_token = 512;
constexpr std::size_t longest_client_name = 64;

bool is_client_name(std::string_view name) {
    return !name.empty() && name.size() <= longest_client_name &&
           std::ranges::all_of(name, [](char c) { return text::is_unreserved(c) || c == '@'; });
}

/// Returns what is wrong with a token, or "". It may be written into a header field, a list and,
/// percent-encoded, into a path.
std::string token_problem(std::string_view token) {
    if (token.empty()) {
        return "a token must not be blank";
    }
    if (token.size() < shortest_token || token.size() > longest_token) {
        return "a token must have " + std::to_string(shortest_token) + " to " +
               std::to_string(longest_token) + " characters; make one with: openssl rand -hex 24";
    }
    const bool visible = std::ranges::all_of(
        token, [](char c) { return c > 0x20 && c < 0x7f && c != '"' && c != ',' && c != '\\'; });
    return visible ? std::string{}
                   : "a token must be of visible ASCII characters, without \", comma and backslash";
}

/// Returns the token that a file holds, without white space around it.
std::string read_token(const std::string& name, const std::string& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) {
        throw error{"proxy.clients." + name + ": cannot read " + path};
    }
    std::string token(longest_token * 2, '\0');
    file.read(token.data(), static_cast<std::streamsize>(token.size()));
    token.resize(static_cast<std::size_t>(file.gcount()));
    std::string bare{text::trimmed(token, " \t\r\n")};
    if (const auto problem = token_problem(bare); !problem.empty()) {
        throw error{"proxy.clients." + name + " (" + path + "): " + problem};
    }
    return bare;
}

}  // namespace

void as_clients::add(std::map<std::string, std::string>& to, const std::string& name,
                     const std::string& token) {
    if (!is_client_name(name)) {
        throw bad_value{"a client's name must be of letters, digits and . _ ~ @ -, at most 64"};
    }
    const auto bare = trimmed(token);
    if (bare.starts_with(token_file_prefix)) {
        if (bare.size() == token_file_prefix.size()) {
            throw bad_value{"file: must name the file that holds the token"};
        }
    } else if (const auto problem = token_problem(bare); !problem.empty()) {
        throw bad_value{problem};
    }
    to[name] = bare;
}

void as_clients::read(const raw& from, std::map<std::string, std::string>& to) {
    std::vector<std::string> items = from.items;
    if (const auto text = trimmed(from.text);
        !from.list && !(text.starts_with('[') && toml_list(text, items))) {
        items = split_list(text);
    }
    if (items.empty() && !from.list && !trimmed(from.text).starts_with('[')) {
        throw bad_value{"must not be blank: that would let everybody in; [] says so"};
    }
    std::map<std::string, std::string> made;
    for (const auto& item : items) {
        const auto equals = item.find('=');
        const auto name = trimmed(item.substr(0, equals));
        if (equals == std::string::npos || made.contains(name)) {
            throw bad_value{
                R"(must be a list such as ["alice=TOKEN", "bob=file:/run/secrets/bob"], each name once)"};
        }
        add(made, name, item.substr(equals + 1));
    }
    to = std::move(made);
}

std::string as_clients::show(const std::map<std::string, std::string>& value) {
    std::string all = "[";
    for (const auto& [name, token] : value) {
        all += (all.size() == 1 ? "" : ", ") + toml_string(name + "=" + token);
    }
    return all + "]";
}

std::map<std::string, std::string> client_tokens(const proxy_settings& proxy) {
    std::map<std::string, std::string> tokens;
    std::map<std::string_view, std::string_view> names;
    for (const auto& [name, token] : proxy.clients) {
        const bool in_file = token.starts_with(token_file_prefix);
        auto value = in_file ? read_token(name, token.substr(token_file_prefix.size())) : token;
        const auto& kept = tokens[name] = std::move(value);
        if (const auto [other, is_new] = names.emplace(kept, name); !is_new) {
            throw error{"proxy.clients: " + std::string{other->second} + " and " + name +
                        " have the same token"};
        }
    }
    return tokens;
}

}  // namespace tapes::config
