#include "access/open_record.hpp"
#include "commands/counted.hpp"
#include "commands/meant.hpp"
#include "commands/tree_text.hpp"
#include "screen/pager.hpp"
#include "screen/screen.hpp"

#include <tapes/app/reading.hpp>
#include <tapes/app/usage_error.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/usage.hpp>

#include <stdexcept>
#include <string>
#include <variant>

namespace tapes::app {

namespace {

/// Which tree is meant; nothing where an exchange gave no node.
std::optional<read::tree_request> tree_of(read::sources& from, const read::named& meant,
                                          const shown_tree& options, printer& err) {
    read::tree_request request;
    request.after = options.after;
    if (meant.kind != read::named_kind::session) {
        if (options.thread != 0) {
            throw usage_error{"--thread needs a session, and \"" + options.id + "\" is " +
                              (meant.kind == read::named_kind::node ? "a node" : "an exchange")};
        }
        request.node = meant.id;
        if (meant.kind == read::named_kind::exchange) {
            const auto found = from.find_exchange(meant.id);
            request.node = found ? found->head : 0;
        }
        if (request.node == 0) {
            err << "tapes: exchange \"" << options.id << "\" gave no turn\n";
            return std::nullopt;
        }
        return request;
    }
    request.session = meant.id;
    if (options.thread != 0) {
        const auto threads = from.catalogue->threads(meant.id);
        if (options.thread > threads.size()) {
            throw std::runtime_error{"the session has " + counted(threads.size(), "thread")};
        }
        request.thread = threads[options.thread - 1].id;
    }
    return request;
}

void write_above(open_record& record, const read::tree_request& request, const shown_tree& options,
                 const screen& to, printer& out) {
    const auto session =
        request.session == 0 ? std::nullopt : record.from().catalogue->session_by_id(request.session);
    if (!session) {
        return;
    }
    if (options.json) {
        const auto price =
            read::usage_of_sessions(*record.from().catalogue, record.prices(), {session->id})[session->id]
                .price;
        out.json(read::dumped(read::session_json(*session, price)));
        return;
    }
    out << to.look.bold() << "session  " << session->name << to.look.plain() << "\n";
    if (!session->title.empty()) {
        constexpr std::size_t label_width = 9;
        out << to.look.dim() << "title    " << to.look.plain()
            << fitted(one_line(session->title),
                      to.width == 0 ? 0 : to.width - std::min(to.width - 1, label_width))
            << "\n";
    }
}

/// Tells that there is more, and how to see it.
void write_more(const shown_tree& options, const std::string& place, const screen& to, printer& out) {
    if (options.json) {
        out.json(read::dumped({{"type", "more"}, {"after", place}}));
        return;
    }
    out << to.look.yellow() << "There is more: tapes tree " << options.id << " --after " << place
        << to.look.plain() << "\n";
}

}  // namespace

int show_tree(const config::settings& settings, const shown_tree& options, printer& out, printer& err) {
    open_record record{settings};
    auto& from = record.from();
    const auto meant = find_meant(from, options.id, err);
    const auto request = meant ? tree_of(from, *meant, options, err) : std::nullopt;
    if (!request) {
        return 1;
    }
    std::optional<read::tree> told;
    try {
        told.emplace(from, *request);
    } catch (const std::invalid_argument&) {
        throw usage_error{"--after: \"" + options.after + "\" is no place of this tree"};
    }
    const auto to = screen_of(out, options.screen);
    const pager reader{out, options.screen};
    write_above(record, *request, options, to, out);
    tree_text text{out, to, locale_has_unicode() && !options.ascii};
    std::size_t branches = 0;
    std::string place;
    for (auto one = told->next(); one && !out.gone(); one = told->next()) {
        if (options.limit != 0 && branches == options.limit) {
            write_more(options, place, to, out);
            break;
        }
        options.json ? out.json(read::dumped(read::tree_entry_json(*one))) : text.write(*one);
        branches += std::holds_alternative<read::tree_branch>(*one) ? 1 : 0;
        place = told->place();
    }
    return 0;
}

}  // namespace tapes::app
