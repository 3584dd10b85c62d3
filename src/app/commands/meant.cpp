#include "commands/meant.hpp"

#include "commands/moments.hpp"
#include "screen/screen.hpp"

#include <tapes/app/usage_error.hpp>

#include <utility>

namespace tapes::app {

namespace {

std::string listed(const read::named& one) {
    const auto about = one_line(one.about);
    return std::string{read::to_string(one.kind)} + " " + one_line(one.name) +
           (one.at_us == 0 ? "" : "  " + shown_moment(one.at_us)) + (about.empty() ? "" : "  " + about);
}

}  // namespace

std::optional<read::named> find_meant(read::sources& from, const std::string& id, printer& err) {
    constexpr std::size_t most_listed = 8;
    auto found = read::find_named(from, id, most_listed);
    if (found.empty()) {
        err << "tapes: there is no session, exchange or node \"" << id << "\"; see tapes log\n";
        return std::nullopt;
    }
    if (found.size() > 1) {
        err << "tapes: \"" << id << "\" may mean any of these:\n";
        for (const auto& one : found) {
            err << "  " << listed(one) << "\n";
        }
        if (found.size() >= most_listed) {
            err << "  and perhaps more\n";
        }
        return std::nullopt;
    }
    return std::move(found.front());
}

std::vector<std::int64_t> find_sessions(read::sources& from, const std::string& name) {
    constexpr std::size_t most = 5'000;
    auto found = read::sessions_named(from, name, most + 1);
    if (found.size() > most) {
        throw usage_error{"\"" + name + "\" may mean more than 5,000 sessions; write more of the name"};
    }
    return found;
}

}  // namespace tapes::app
