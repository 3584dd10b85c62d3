#include "turnless.hpp"

#include <algorithm>
#include <set>

namespace tapes::tape {
namespace {

constexpr std::size_t rows_at_once = 65536;
constexpr std::size_t most_speakers = 64;

std::string path_key(std::string_view method, std::string_view path) {
    return std::string{method} + " " + std::string{last_segment(path)};
}

std::string size_key(std::string_view api, std::uint64_t bytes) {
    return std::string{api} + "#" + std::to_string(bytes);
}

std::string api_key(std::string_view api) {
    return std::string{api} + "#";
}

}  // namespace

std::string_view last_segment(std::string_view path) noexcept {
    while (path.size() > 1 && path.ends_with('/')) {
        path.remove_suffix(1);
    }
    const auto slash = path.rfind('/');
    return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

turnless_index::turnless_index(const std::string& store_path) : rows_{store_path} {
    const sync::lock_guard held{mutex_};
    read_to_ = std::max<std::int64_t>(0, rows_.last() - most_scanned);
}

std::int64_t turnless_index::read_on() {
    const sync::lock_guard held{mutex_};
    while (rows_.last() > read_to_) {
        const auto before = read_to_;
        read_to_ =
            rows_.visit(read_to_, rows_at_once, [this](const auto& one) TAPES_REQUIRES(mutex_) { add(one); });
        if (read_to_ == before) {
            break;
        }
    }
    return read_to_;
}

std::uint32_t turnless_index::number_of(std::string_view text) {
    if (const auto known = numbers_.find(text); known != numbers_.end()) {
        return known->second;
    }
    const auto number = static_cast<std::uint32_t>(texts_.size());
    numbers_.emplace(texts_.emplace_back(text), number);
    return number;
}

void turnless_index::add(const store::exchange_outline& one) {
    spoken_[{one.provider, one.agent_name}] = one.id;
    // The method of an answer on a WebSocket is that of the handshake, with which no API is asked.
    websockets_ = websockets_ || (one.api != 0 && rows_.text(one.method) == "GET");
    if (one.has_node) {
        return;
    }
    if (!one.has_bytes) {
        ++without_bytes_;
        return;
    }
    if (all_.size() >= most_held) {  // begins anew with the newest, which is seldom
        all_.clear();
        keys_.clear();
        numbers_.clear();
        texts_.clear();
    }
    const auto at = static_cast<std::uint32_t>(all_.size());
    const auto method = rows_.text(one.method);
    const auto api = rows_.text(one.api);
    all_.push_back({one.id, number_of(method), number_of(api), number_of(one.path), number_of(one.target),
                    one.status, one.request_bytes});
    keys_[path_key(method, one.path)].push_back(at);
    if (!api.empty()) {
        keys_[size_key(api, one.request_bytes)].push_back(at);
        keys_[api_key(api)].push_back(at);
    }
}

turnless_exchange turnless_index::exchange_of(std::size_t at) const {
    const auto& from = all_[at];
    return {from.id,          texts_[from.method], texts_[from.path], texts_[from.target],
            texts_[from.api], from.status,         from.request_bytes};
}

std::vector<turnless_exchange> turnless_index::listed(const std::string& key) {
    std::vector<turnless_exchange> found;
    if (const auto known = keys_.find(key); known != keys_.end()) {
        for (const auto at : known->second) {
            found.push_back(exchange_of(at));
        }
    }
    return found;
}

std::vector<turnless_exchange> turnless_index::by_path(std::string_view method, std::string_view path) {
    const sync::lock_guard held{mutex_};
    return listed(path_key(method, path));
}

std::vector<turnless_exchange> turnless_index::by_size(std::string_view api, std::uint64_t request_bytes) {
    const sync::lock_guard held{mutex_};
    return listed(size_key(api, request_bytes));
}

std::vector<turnless_exchange> turnless_index::by_api(std::string_view api) {
    const sync::lock_guard held{mutex_};
    return listed(api_key(api));
}

std::vector<speaker> turnless_index::speakers() {
    const sync::lock_guard held{mutex_};
    std::vector<std::pair<std::int64_t, std::pair<std::int64_t, std::int64_t>>> by_age;
    by_age.reserve(spoken_.size());
    for (const auto& [who, when] : spoken_) {
        by_age.emplace_back(when, who);
    }
    std::ranges::sort(by_age, std::ranges::greater{});
    by_age.resize(std::min(by_age.size(), most_speakers));
    std::vector<speaker> made;
    made.reserve(by_age.size());
    for (const auto& [when, who] : by_age) {
        made.push_back({rows_.text(who.first), rows_.text(who.second)});
    }
    return made;
}

std::vector<std::string> turnless_index::some_paths(std::size_t most) {
    const sync::lock_guard held{mutex_};
    std::set<std::string> found;
    for (std::size_t i = all_.size(); i-- > 0 && found.size() < most;) {
        found.insert(texts_[all_[i].method] + " " + texts_[all_[i].path]);
    }
    return {found.begin(), found.end()};
}

bool turnless_index::has_websockets() {
    const sync::lock_guard held{mutex_};
    return websockets_;
}

std::uint64_t turnless_index::without_bytes() {
    const sync::lock_guard held{mutex_};
    return without_bytes_;
}

}  // namespace tapes::tape
