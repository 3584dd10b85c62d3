#include "html/html.hpp"

#include "chains/chain_parts.hpp"
#include "chains/figures.hpp"
#include "chains/label.hpp"
#include "html/assets.hpp"
#include "html/escape.hpp"
#include "html/node_writer.hpp"

#include <tapes/catalogue/names.hpp>
#include <tapes/export/page_reader.hpp>
#include <tapes/read/usage.hpp>

#include <algorithm>
#include <set>
#include <string>

namespace tapes::exports {

namespace {

constexpr std::size_t most_listed = 200;

std::string row_of(std::string_view label, std::string_view text) {
    return text.empty() ? std::string{}
                        : "<dt>" + std::string{label} + "</dt><dd>" + html_label(text) + "</dd>\n";
}

class html_writer {
public:
    explicit html_writer(task& given)
        : given_{given},
          unlisted_{given.secrets.keeps()},
          parts_{parts_of(given.from, given.about)},
          nodes_{given.from, given.secrets, given.to, std::min(given.carried, most_carried)} {}

    void run() {
        if (parts_.chains.empty() || parts_.chains.front().request.head == 0) {
            throw export_refusal{"nothing was said in it, so there is nothing to prove: see --as markdown"};
        }
        write_head();
        for (const auto& part : parts_.chains) {
            if (parts_.chains.size() > 1 || given_.about.thread != 0) {
                to().write("<h2>Thread " + std::to_string(part.number) + " (" +
                           std::string{catalogue::to_string(part.thread->kind)} + ")</h2>\n");
            }
            if (part.thread) {
                told_.insert(part.thread->id);
            }
            write_chain(part.request.head);
        }
        write_end();
    }

private:
    sink& to() noexcept { return given_.to; }

    void write_head() {
        const auto& session = parts_.session;
        auto title = session ? clean_label(unlisted_, session->title, longest_title) : std::string{};
        if (title.find_first_not_of(' ') == std::string::npos) {
            title = "Conversation";
        }
        const auto shown = html_label(title);
        const std::string script{html_script()};
        const std::string style{html_style()};
        to().write(
            "<!doctype html>\n" + std::string{page_mark} +
            "\n<head>\n<meta charset=\"utf-8\">\n"
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'sha256-" +
            base64_of(merkle::sha256(script)) + "'; style-src 'sha256-" + base64_of(merkle::sha256(style)) +
            "'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
            "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
            "<meta name=\"referrer\" content=\"no-referrer\">\n"
            "<meta name=\"generator\" content=\"tapes\">\n<title>" +
            shown + "</title>\n<style>" + style + "</style>\n</head>\n<body>\n<header>\n<h1>" + shown +
            "</h1>\n<dl>\n" + figures() +
            "</dl>\n<div id=\"proof\" role=\"status\"><p id=\"proof-text\">The proof was not computed: it "
            "needs "
            "the script of this file to run.</p></div>\n"
            "<button id=\"fold\" type=\"button\" aria-pressed=\"false\" hidden>Unfold all</button>\n"
            "</header>\n<main>\n");
    }

    std::string figures() {
        std::string made = parts_.exchange ? row_of("Exchange", parts_.exchange->id) : "";
        if (!parts_.session) {
            return made;
        }
        const auto& one = *parts_.session;
        // The name of others is a hash, of which what was taken out could be guessed.
        made += row_of("Session", one.named_by_client ? one.name : "");
        made +=
            row_of("Client",
                   listed({one.agent_name, one.client, one.project.empty() ? "" : "project " + one.project}));
        made += row_of("Model", listed({one.model, one.provider}));
        if (!parts_.whole_session) {
            return made;
        }
        made += row_of("Time", moment_text(one.first_at_us) + " to " + moment_text(one.last_end_us));
        made += row_of("Turns", listed({grouped(static_cast<std::int64_t>(one.turns)) + " in " +
                                            counted(one.threads, "thread"),
                                        one.errors == 0 ? "" : counted(one.errors, "error")}));
        made += row_of("Tokens", token_line(one.tokens));
        const auto price =
            read::usage_of_sessions(*given_.from.catalogue, given_.prices, {one.id})[one.id].price;
        return made + row_of("Cost", dollars(price));
    }

    void write_chain(std::int64_t head) {
        std::uint64_t turn = 1;
        for (const auto& link : given_.from.chains.chain(head)) {
            const bool was_there = nodes_.find(link.node) != nullptr;
            nodes_.write(link.node, turn);
            if (!was_there) {
                write_exchange(link.exchange);
                write_threads_of(link.node);
            }
            turn += link.answer ? 1 : 0;
        }
    }

    void write_exchange(std::int64_t seq) {
        const auto one = seq == 0 ? std::nullopt : given_.from.find_exchange(seq);
        if (!one) {
            return;
        }
        to().write("<p class=\"figures\">" +
                   html_label(listed({one->response_model.empty() ? one->model : one->response_model,
                                      one->tokens ? token_line(*one->tokens) : "",
                                      one->price.priced == 0 ? "" : dollars(one->price), one->stop_reason,
                                      one->end_reason == "complete" ? "" : one->end_reason})) +
                   "</p>\n");
    }

    /// The threads that calls of a node began, within it.
    void write_threads_of(std::int64_t node) {
        for (std::size_t i = 0; i < parts_.threads.size(); ++i) {
            const auto& thread = parts_.threads[i];
            if (thread.call_node != node || thread.head == 0 || depth_ == deepest_thread ||
                !told_.insert(thread.id).second) {
                continue;
            }
            to().write("<details class=\"thread\"><summary>Thread " + std::to_string(i + 1) + " (" +
                       std::string{catalogue::to_string(thread.kind)} + ", " + counted(thread.turns, "turn") +
                       ") " + html_label(clean_label(unlisted_, thread.title, longest_title)) +
                       "</summary>\n");
            ++depth_;
            write_chain(thread.head);
            --depth_;
            to().write("</details>\n");
        }
    }

    void write_report() {
        const auto& report = given_.secrets.report();
        to().write("<h2>Secrets</h2>\n");
        if (given_.secrets.keeps()) {
            to().write("<p>This file was not looked through for secrets.</p>\n");
            return;
        }
        to().write("<p>What was said was looked through for secrets: " + report.line() + ".</p>\n");
        if (!report.places.empty()) {
            to().write("<ul>\n");
            std::size_t count = 0;
            for (const auto& place : report.places) {
                if (count++ == most_listed) {
                    break;
                }
                to().write("<li>" + html_label(place.where) + ": " + place.kind +
                           (place.count == 1 ? "" : ", " + std::to_string(place.count) + " times") +
                           "</li>\n");
            }
            to().write("</ul>\n");
            const auto all = report.places.size() + report.more_places;
            if (all > most_listed) {
                to().write("<p>and " + std::to_string(all - most_listed) + " more places</p>\n");
            }
        }
    }

    /// Says which content is not in the file, why, and how to have it.
    void write_left_out() {
        const auto large = nodes_.left_out();
        const auto many = nodes_.too_many_values();
        if (large + many == 0) {
            return;
        }
        const auto bound = short_bytes(std::min(given_.carried, most_carried));
        to().write("<h2>Left out</h2>\n<p id=\"left-out\">");
        if (large != 0) {
            to().write("The content of " + counted(large, "node") + " is not in this file: " +
                       (large == 1 ? "it has" : "each has") + " more than " + bound +
                       ", the most that it carries of one, because a browser has to hold all of it. ");
            tell("content of nodes that have more than " + bound + " (--carry MB takes more in)", large);
        }
        if (many != 0) {
            to().write("The content of " + counted(many, "node") +
                       " is not in this file: " + (many == 1 ? "it has" : "each has") +
                       " more than a million values, the most that can be proved of one. ");
            tell("content of nodes that have more than a million values", many);
        }
        to().write(
            "Such a node says its size in its place, its hash is told and not computed, and the nodes "
            "behind it are proved as the others are." +
            std::string{large == 0 ? "" : " <code>tapes export --carry MB</code> takes larger ones in."} +
            "</p>\n");
    }

    void tell(const std::string& what, std::uint64_t count) {
        if (given_.left != nullptr) {
            given_.left->add(what, count);
        }
    }

    void write_end() {
        to().write("</main>\n<footer>\n");
        write_report();
        write_left_out();
        to().write(
            "<h2>Proof</h2>\n<p>Each node names its hash: the SHA-256 of the canonical form of what it says "
            "and of its "
            "parent's hash. The script of this file computes them again from what the file carries, and "
            "holds what is "
            "shown against that. Of a node from which a secret was taken that could be guessed, the hash is "
            "withheld: a "
            "stand-in is in its place, and the nodes behind it are sealed by hashes that are computed from "
            "that. "
            "Figures, times and titles are in no hash. <code>tapes import</code> takes this file into a "
            "store, and "
            "refuses it where a hash does not hold.</p>\n<p>Made by tapes.</p>\n</footer>\n");
        nlohmann::ordered_json about{{"format", 1}, {"nodes", nodes_.size()}};
        auto redacted = nlohmann::ordered_json::object();
        for (const auto& [kind, count] : given_.secrets.report().kinds) {
            redacted[kind] = count;
        }
        about["left_out"] = nodes_.left_out() + nodes_.too_many_values();
        about["secrets_kept"] = given_.secrets.keeps();
        about["redacted"] = std::move(redacted);
        to().write(std::string{html_about_begin} + html_json(about.dump()) + std::string{html_script_end} +
                   "\n<script>" + std::string{html_script()} + "</script>\n</body>\n</html>\n");
    }

    task& given_;
    secret_filter unlisted_;  ///< for what stands elsewhere, too, and is counted there
    chain_parts parts_;
    node_writer nodes_;
    std::set<std::int64_t> told_;
    std::size_t depth_ = 0;
};

}  // namespace

void write_html(task& given) {
    html_writer{given}.run();
}

}  // namespace tapes::exports
