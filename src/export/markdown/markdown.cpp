#include "markdown/markdown.hpp"

#include "chains/chain_parts.hpp"
#include "chains/figures.hpp"
#include "chains/label.hpp"
#include "markdown/inert.hpp"
#include "markdown/markdown_messages.hpp"
#include "markdown/quoting_sink.hpp"

#include <tapes/catalogue/names.hpp>
#include <tapes/read/usage.hpp>

#include <set>
#include <string>
#include <variant>

namespace tapes::exports {

namespace {

constexpr std::size_t most_listed_places = 100;

void write_item(quoting_sink& to, std::string_view label, std::string_view text) {
    if (!text.empty()) {
        to.write("- " + std::string{label} + ": " + inline_text(text) + "\n");
    }
}

class markdown_writer {
public:
    explicit markdown_writer(task& given)
        : given_{given}, out_{given.to}, messages_{out_, given.secrets}, unlisted_{given.secrets.keeps()} {}

    void run() {
        const auto parts = parts_of(given_.from, given_.about);
        write_heading(parts);
        for (const auto& part : parts.chains) {
            if (parts.chains.size() > 1 || given_.about.thread != 0) {
                out_.write("\n## Thread " + std::to_string(part.number) + " (" +
                           std::string{catalogue::to_string(part.thread->kind)} + ")\n");
            }
            auto request = part.request;
            if (parts.exchange) {
                const auto turn = given_.from.chains.count_answers(request.head, 0);
                request.first_turn = request.last_turn = turn;
            }
            write_chain(request);
        }
        if (parts.exchange && parts.chains.empty()) {
            messages_.write(*parts.exchange);
        }
        write_end();
    }

private:
    void write_heading(const chain_parts& parts) {
        const auto& session = parts.session;
        const auto title = session ? clean_label(unlisted_, session->title, longest_title) : std::string{};
        out_.write("# " +
                   (title.find_first_not_of(' ') == std::string::npos ? std::string{"Conversation"}
                                                                      : inline_text(title)) +
                   "\n\n");
        if (parts.exchange) {
            write_item(out_, "Exchange", parts.exchange->id);
        }
        if (!session) {
            return;
        }
        // The name of others is a hash, of which what was taken out could be guessed.
        write_item(out_, "Session",
                   session->named_by_client ? given_.secrets.text(session->name, "session") : "");
        write_item(out_, "Client",
                   listed({session->agent_name, session->client,
                           session->project.empty() ? "" : "project " + session->project}));
        write_item(out_, "Model", listed({session->model, session->provider}));
        if (!parts.whole_session) {
            return;
        }
        write_item(out_, "Time",
                   moment_text(session->first_at_us) + " to " + moment_text(session->last_end_us));
        write_item(
            out_, "Turns",
            listed({grouped(static_cast<std::int64_t>(session->turns)) + " in " +
                        counted(session->threads, "thread"),
                    session->errors == 0 ? "" : counted(session->errors, "error"),
                    session->dropped == 0 ? "" : counted(session->dropped, "exchange") + " without a turn"}));
        write_item(out_, "Tokens", token_line(session->tokens));
        const auto id = session->id;
        const auto price = read::usage_of_sessions(*given_.from.catalogue, given_.prices, {id})[id].price;
        write_item(out_, "Cost", dollars(price));
    }

    void write_chain(const read::transcript_request& request) {
        auto asked = request;
        asked.limits = markdown_limits;
        read::transcript told{given_.from, asked};
        for (auto one = told.next(); one; one = told.next()) {
            if (const auto* const begun = std::get_if<read::begun_thread>(&*one)) {
                write_thread(*begun, asked.session);
            } else {
                messages_.write(*one);
            }
        }
    }

    void write_thread(const read::begun_thread& begun, std::int64_t session) {
        const auto& thread = begun.thread;
        const auto title = clean_label(unlisted_, thread.title, longest_title);
        out_.write("\n" + details_open("Thread " + std::to_string(begun.number) + " (" +
                                       std::string{catalogue::to_string(thread.kind)} + ", " +
                                       counted(thread.turns, "turn") + "): " + title));
        if (depth_ < deepest_thread && told_.insert(thread.id).second) {
            read::transcript_request request;
            request.head = thread.head;
            request.session = session;
            request.thread = thread.id;
            ++depth_;
            {
                const quoting_sink::level deeper{out_};
                write_chain(request);
            }
            --depth_;
        } else {
            out_.write("It is told above, or stands too deep.\n");
        }
        out_.write("\n</details>\n");
    }

    void write_end() {
        out_.write("\n---\n\nMade by tapes. ");
        const auto& report = given_.secrets.report();
        if (given_.secrets.keeps()) {
            out_.write("It was not looked through for secrets (`--keep-secrets`).\n");
            return;
        }
        out_.write("Looked through for secrets: " + report.line() + ".\n");
        out_.write(report.places.empty() ? "" : "\n");
        std::size_t count = 0;
        for (const auto& place : report.places) {
            if (count++ == most_listed_places) {
                break;
            }
            out_.write("- " + inline_text(place.where) + ": " + place.kind +
                       (place.count == 1 ? "" : ", " + std::to_string(place.count) + " times") + "\n");
        }
        const auto rest = report.places.size() + report.more_places;
        if (rest > most_listed_places) {
            out_.write("- and " + std::to_string(rest - most_listed_places) + " more places\n");
        }
    }

    task& given_;
    quoting_sink out_;
    markdown_messages messages_;
    secret_filter unlisted_;  ///< for what stands elsewhere, too, and is counted there
    std::set<std::int64_t> told_;
    std::size_t depth_ = 0;
};

}  // namespace

void write_markdown(task& given) {
    markdown_writer{given}.run();
}

}  // namespace tapes::exports
