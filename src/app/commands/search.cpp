#include "access/open_record.hpp"
#include "commands/counted.hpp"
#include "commands/moments.hpp"
#include "screen/marked_text.hpp"
#include "screen/pager.hpp"
#include "screen/screen.hpp"

#include <tapes/app/reading.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/search.hpp>
#include <tapes/text/width.hpp>

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <vector>

namespace tapes::app {

namespace {

constexpr std::size_t page_of_hits = 100;
constexpr std::size_t shown_hash = 12;
constexpr std::size_t snippet_lines = 3;
constexpr std::size_t snippet_margin = 4;
constexpr std::size_t usual_snippet = 240;  ///< bytes, where lines are as long as they are
/// Once so much time has gone by, what is found by then is shown.
constexpr std::chrono::seconds search_time{5};

constexpr std::array<std::pair<std::string_view, unsigned>, 5> part_names{
    {{"text", 1}, {"tools", 6}, {"arguments", 2}, {"results", 4}, {"thinking", 8}}};

unsigned parts_of(const std::vector<std::string>& names) {
    unsigned parts = 0;
    for (const auto& name : names) {
        const auto* const found =
            std::ranges::find(part_names, name, &std::pair<std::string_view, unsigned>::first);
        if (found == part_names.end()) {
            throw usage_error{"--part \"" + name +
                              "\" is none: give text, tools, arguments, results or thinking"};
        }
        parts |= found->second;
    }
    return names.empty() ? catalogue::all_text_parts : parts;
}

read::search_query query_of(const record_search& options) {
    std::string typed;
    for (const auto& word : options.words) {
        typed += (typed.empty() ? "" : " ") + word;
    }
    auto made = read::read_search_query(typed);
    using key = read::search_key;
    const std::pair<key, const std::string&> flags[] = {
        {key::model, options.model},     {key::provider, options.provider}, {key::agent, options.agent},
        {key::project, options.project}, {key::role, options.role},         {key::tool, options.tool},
        {key::session, options.session}};
    for (const auto& [name, value] : flags) {
        if (!value.empty() && made.problem.empty()) {
            made.problem = read::add_condition(made, name, value);
        }
    }
    for (const auto& [name, flag, value] :
         {std::tuple{key::since, "--since", options.since}, {key::until, "--until", options.until}}) {
        if (const auto moment = moment_flag(flag, value)) {
            made.conditions.push_back({name, value, false, *moment});
        }
    }
    if (options.errors) {
        made.conditions.push_back({key::error, "", false, 0});
    }
    if (options.forks) {
        made.conditions.push_back({key::fork, "", false, 0});
    }
    return made;
}

/// As many bytes as lines hold, so that what was found is in them.
std::size_t snippet_bytes(const screen& to) {
    constexpr std::size_t least = 48;
    const auto all = snippet_lines * (to.width - std::min(to.width, snippet_margin));
    return to.width == 0 ? usual_snippet : std::clamp(all - all / 8, least, 2 * usual_snippet);
}

class hit_writer {
public:
    hit_writer(const record_search& options, printer& out, const screen& to)
        : options_{options}, out_{out}, to_{to} {}

    void write(const read::search_page& page) {
        if (options_.json) {
            for (const auto& hit : page.hits) {
                out_.json(read::dumped(read::search_hit_json(hit)));
            }
            return;
        }
        if (options_.flat) {
            for (const auto& hit : page.hits) {
                write_hit(hit);
            }
            return;
        }
        std::vector<const read::search_hit*> left;
        left.reserve(page.hits.size());
        for (const auto& hit : page.hits) {
            left.push_back(&hit);
        }
        while (!left.empty()) {
            const auto session = left.front()->session;
            write_session(*left.front());
            const auto others = std::stable_partition(
                left.begin(), left.end(), [&](const auto* one) { return one->session == session; });
            std::for_each(left.begin(), others, [this](const auto* one) { write_hit(*one); });
            left.erase(left.begin(), others);
        }
    }

private:
    void write_session(const read::search_hit& hit) {
        if (hit.session == written_session_) {
            return;
        }
        out_ << (written_ ? words{"\n"} : words{""});
        written_session_ = hit.session;
        const auto name = hit.session == 0 ? std::string{"no session"} : one_line(hit.session_name);
        const auto shown = fitted(name, to_.width == 0 ? 0 : std::max<std::size_t>(to_.width / 2, 12));
        out_ << to_.look.yellow() << shown << to_.look.plain();
        const auto used = text::width_of(shown) + 2;
        if (!hit.session_title.empty() && (to_.width == 0 || to_.width > used + 4)) {
            out_ << "  " << to_.look.bold()
                 << fitted(one_line(hit.session_title), to_.width == 0 ? 0 : to_.width - used)
                 << to_.look.plain();
        }
        out_ << "\n";
        written_ = true;
    }

    static std::string about(const read::search_hit& hit) {
        std::string made = one_line(hit.role);
        const auto add = [&made](const std::string& more) {
            made += more.empty() ? "" : (made.empty() ? "" : ", ") + more;
        };
        add(hit.turn == 0 ? "" : "turn " + std::to_string(hit.turn));
        add(hit.thread <= 1 ? "" : "thread " + std::to_string(hit.thread));
        switch (hit.part) {
            case catalogue::text_part::tool_arguments:
                add("calls " + (hit.tool.empty() ? "a tool" : one_line(hit.tool)));
                break;
            case catalogue::text_part::tool_results:
                add(std::string{hit.error ? "error" : "result"} +
                    (hit.tool.empty() ? "" : " of " + one_line(hit.tool)));
                break;
            case catalogue::text_part::thinking:
                add("thinking");
                break;
            default:
                break;
        }
        return made;
    }

    void write_hit(const read::search_hit& hit) {
        const auto hash = merkle::to_hex(hit.hash).substr(0, shown_hash);
        auto time = shown_moment(hit.created_at_us).substr(0, 16);
        time.replace(10, 1, " ");
        auto line = about(hit) + "  " + time;
        if (options_.flat && hit.session != 0) {
            line += "  " + one_line(hit.session_name);
        }
        constexpr std::size_t margin = 2;
        const auto room = to_.width == 0 ? 0 : to_.width - std::min(to_.width - 1, margin + shown_hash + 2);
        out_ << "  " << to_.look.cyan() << hash << to_.look.plain() << "  " << to_.look.dim()
             << fitted(line, room) << to_.look.plain() << "\n";
        const auto width = to_.width == 0 ? 0 : to_.width - std::min(to_.width - 2, snippet_margin);
        write_marked(out_, to_, marked(hit.snippet).lines(width, snippet_lines), snippet_margin);
    }

    static marked_text marked(const read::search_snippet& snippet) {
        marked_text made;
        const std::string_view text = snippet.text;
        std::size_t at = 0;
        made.add(snippet.more_before ? "…" : "", false);
        for (const auto& mark : snippet.marks) {
            made.add(text.substr(at, mark.first - at), false);
            made.add(text.substr(mark.first, mark.size), true);
            at = mark.first + mark.size;
        }
        made.add(text.substr(at), false);
        made.add(snippet.more_behind ? "…" : "", false);
        return made;
    }

    const record_search& options_;
    printer& out_;
    const screen& to_;
    std::int64_t written_session_ = -1;
    bool written_ = false;
};

int tell_problem(const std::string& problem, printer& err) {
    if (problem == read::no_text_index) {
        err << "tapes: " << problem << "\n";
        return 1;
    }
    throw usage_error{problem};
}

}  // namespace

int search_record(const config::settings& settings, const record_search& options, printer& out,
                  printer& err) {
    read::search_request request;
    request.query = query_of(options);
    request.parts = parts_of(options.parts);
    request.newest = options.newest;
    request.after = options.after;
    request.limits.time = search_time;
    if (!request.query.problem.empty()) {
        throw usage_error{request.query.problem};
    }
    const auto to = screen_of(out, options.screen);
    request.limits.snippet_bytes = options.json ? usual_snippet : snippet_bytes(to);
    open_record record{settings};
    auto left = options.limit == 0 ? std::numeric_limits<std::size_t>::max() : options.limit;
    request.most = std::min(left, page_of_hits);
    auto page = read::search(record.from(), request);
    if (!page.problem.empty()) {
        return tell_problem(page.problem, err);
    }
    const bool found = !page.hits.empty();
    {
        const pager reader{out, options.screen};
        hit_writer hits{options, out, to};
        while (true) {
            hits.write(page);
            left -= std::min(left, page.hits.size());
            if (page.next.empty() || left == 0 || out.gone() || (page.partial && page.hits.empty())) {
                break;
            }
            request.after = page.next;
            request.most = std::min(left, page_of_hits);
            page = read::search(record.from(), request);
        }
        if (options.json && (found || !page.next.empty())) {
            out.json(read::dumped(read::search_end_json(page)));
        } else if (!options.json && !page.next.empty() && found) {
            out << to.look.dim() << "\nmore: --after " << page.next << to.look.plain() << "\n";
        }
    }
    if (!found && !page.unknown_session.empty()) {
        err << "tapes: nothing was found: there is no session \"" << page.unknown_session << "\"\n";
    } else if (!found) {
        err << "tapes: nothing was found" << (page.next.empty() ? words{""} : words{" in the time; --after "})
            << page.next << (page.next.empty() ? words{"\n"} : words{" goes on\n"});
    }
    return found ? 0 : 1;
}

}  // namespace tapes::app
