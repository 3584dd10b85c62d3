#include "commands/cache_text.hpp"

#include "commands/counted.hpp"
#include "commands/moments.hpp"
#include "screen/figures.hpp"

#include <tapes/text/width.hpp>

#include <algorithm>
#include <optional>
#include <string_view>

namespace tapes::app {

namespace {

using read::miss_cause;

constexpr std::size_t cache_label_width = 10;

std::string in_quotes(std::string_view name) {
    return "\"" + std::string{name} + "\"";
}

/// "message 3 (user, tool_result)"; people count from 1.
std::string place_words(const read::request_part& part) {
    std::string made{read::to_string(part.kind)};
    if (part.kind == read::part_kind::model || part.kind == read::part_kind::parameter) {
        return made + (part.name == made ? "" : " " + in_quotes(part.name));
    }
    made += " " + std::to_string(part.number + 1);
    made += part.block == 0 ? "" : ", block " + std::to_string(part.block + 1);
    std::string about = part.kind == read::part_kind::system ? "" : part.name;
    if (!part.type.empty()) {
        about += (about.empty() ? "" : ", ") + part.type;
    }
    return about.empty() ? made : made + " (" + about + ")";
}

std::string difference_place(const read::cache_miss& one) {
    if (!one.difference) {
        return "";
    }
    const auto& place = one.difference->now ? one.difference->now : one.difference->before;
    return place ? place_words(place->part) : "";
}

std::string part_cause(const read::cache_miss& one, miss_cause cause) {
    const auto name = one.difference ? in_quotes(one.difference->name) : "";
    switch (cause) {
        case miss_cause::parameter:
            return "the parameter " + name + " changed";
        case miss_cause::beta_header:
            return "anthropic-beta changed: " + (one.difference ? one.difference->name : "");
        case miss_cause::tool_added:
            return "the tool " + name + " was added";
        case miss_cause::tool_removed:
            return "the tool " + name + " was removed";
        case miss_cause::tool_moved:
            return "the tools stand in another order, from " + name + " on";
        case miss_cause::tool_changed:
            return "the tool " + name + " changed" +
                   (one.difference && one.difference->order_only ? ", in the order of its keys alone" : "");
        case miss_cause::system_changed:
            return "the system text changed: " + difference_place(one);
        case miss_cause::message_removed:
            return "a message was removed: " + difference_place(one);
        case miss_cause::message_inserted:
            return "a message was inserted: " + difference_place(one);
        default:
            return "a message changed: " + difference_place(one);
    }
}

/// What sets a breakpoint.
std::string mark_name(const read::cache_miss& one) {
    return one.one.api == "bedrock_converse" ? "cachePoint" : "cache_control";
}

std::string cause_text(const read::cache_miss& one, miss_cause cause) {
    switch (cause) {
        case miss_cause::model:
            return "another model was asked for";
        case miss_cause::cache_key:
            return "prompt_cache_key changed";
        case miss_cause::mark_removed:
            return "no " + mark_name(one) + " is set any more";
        case miss_cause::mark_moved:
            return "the last " + mark_name(one) + " stands before what was cached";
        case miss_cause::look_back:
            return std::to_string(one.blocks_between) +
                   " blocks stand between the cached place and the next " + mark_name(one) +
                   "; no more than 20 are looked at";
        case miss_cause::unmarked:
            return "no " + mark_name(one) + " was set, without which nothing is cached";
        case miss_cause::too_small:
            return "fewer than the " + grouped(one.least_tokens) + " tokens that this model caches at least";
        case miss_cause::expired:
            return std::string{one.surely_expired ? "it expired" : "it may have expired"} + ": " +
                   (one.idle_us ? short_duration(*one.idle_us) : "long") + " unused, lifetime " +
                   one.lifetime;
        case miss_cause::overlap:
            return "it was sent before the other one was answered";
        case miss_cause::unexplained:
            return one.causes.size() > 1 ? "nothing explains why the beginning was not read either"
                                         : "nothing in the record explains it";
        default:
            return part_cause(one, cause);
    }
}

class miss_writer {
public:
    miss_writer(printer& out, const screen& to, const read::cache_miss& one)
        : out_{out}, to_{to}, one_{one} {}

    void write() {
        out_ << to_.look.bold() << "exchange  " << one_line(one_.one.id) << to_.look.plain() << "\n";
        field("request", shown_moment(one_.one.accepted_at_us) + "  " + one_.one.model + "  " +
                             short_bytes(one_.one.request_bytes));
        field("outcome", outcome_words());
        write_predecessor();
        write_causes();
        write_difference();
        write_times();
        write_rest();
    }

private:
    /// Writes a line with its label; what is wider than the screen goes on below, broken between words.
    void field(std::string_view label, const std::string& text) {
        const auto whole = one_line(text);
        std::string_view rest = whole;
        const auto room = to_.width <= 2 * cache_label_width ? 0 : to_.width - cache_label_width;
        do {
            const auto fit = room == 0 ? rest.size() : broken_at(rest, room);
            out_ << to_.look.dim() << left(cache_label_width, label) << to_.look.plain()
                 << rest.substr(0, fit) << "\n";
            rest.remove_prefix(std::min(rest.size(), fit + (fit < rest.size() && rest[fit] == ' ' ? 1 : 0)));
            label = "";
        } while (!rest.empty());
    }

    std::string figures() const {
        if (!one_.one.tokens) {
            return "";
        }
        const auto& tokens = *one_.one.tokens;
        return "read " + grouped(tokens.cache_read) + " of " + (one_.estimated ? "about " : "") +
               grouped(one_.expected) + " tokens (" + grouped(tokens.written()) + " written, " +
               grouped(tokens.input) + " uncached)";
    }

    std::string outcome_words() const {
        switch (one_.outcome) {
            case read::cache_outcome::hit:
                return "hit: " + figures();
            case read::cache_outcome::partial:
                return "missed in part: " + figures();
            case read::cache_outcome::miss:
                return "missed: " + figures();
            case read::cache_outcome::uncached:
                return "nothing had been cached: " + figures();
            case read::cache_outcome::first:
                return "nothing was sent before that it could go on from";
            default:
                return unknown_words();
        }
    }

    std::string unknown_words() const {
        switch (one_.unknown) {
            case read::unknown_cache::no_turn:
                return "unknown: it gave no turn";
            case read::unknown_cache::not_in_api:
                return "nothing to explain: " + one_.one.api + " tells of no prompt cache";
            case read::unknown_cache::predecessor_untold:
                return "unknown: the provider did not tell what it cached before";
            default:
                return "unknown: the provider does not tell what it read from a cache";
        }
    }

    void write_predecessor() {
        if (!one_.predecessor) {
            return;
        }
        std::string_view about = "its answer is the last that this one goes on from";
        if (one_.kind == read::predecessor_kind::retry) {
            about = "the same request, sent before";
        } else if (one_.kind == read::predecessor_kind::thread) {
            about = "the newest of the session before this thread began";
        } else if (one_.kind == read::predecessor_kind::rewrite) {
            about = "most of its messages come again here, in a history that was changed";
        }
        field("before", one_.predecessor->id + "  " + shown_moment(one_.predecessor->accepted_at_us) + "  " +
                            std::string{about});
    }

    void write_causes() {
        if (one_.summed) {
            field("figures",
                  "of the one before are sums, for the provider ran tools of its own; how much could "
                  "be read is not known");
        }
        std::string_view label = "cause";
        for (const auto cause : one_.causes) {
            field(label, cause_text(one_, cause));
            label = "";
        }
        if (!one_.other_parameters.empty() && one_.outcome != read::cache_outcome::hit) {
            std::string names;
            for (const auto& name : one_.other_parameters) {
                names += (names.empty() ? "" : ", ") + in_quotes(name);
            }
            field("besides", "also changed, and not known to count: " + names);
        }
        if (one_.only_tail) {
            field("history", "the provider keeps it; the request holds only what is new");
        }
    }

    void write_difference() {
        if (!one_.difference) {
            return;
        }
        const auto& found = *one_.difference;
        write_place("- before", to_.look.red(), found.before);
        write_place("+ now", to_.look.green(), found.now);
        if (found.bytes_behind != 0) {
            field("behind it",
                  short_bytes(found.bytes_behind) + " of the request before" +
                      (found.tokens_behind ? ", about " + grouped(*found.tokens_behind) + " tokens" : ""));
        }
    }

    /// The words around the place, with a mark where they part.
    void write_place(std::string_view label, words colour, const std::optional<read::parting>& place) {
        if (!place) {
            return;
        }
        field(label, place_words(place->part) + ", " + counted(place->part.length, "byte") + " at " +
                         grouped(static_cast<std::int64_t>(place->part.offset)));
        const auto& text = place->text.text;
        if (text.empty()) {
            return;
        }
        const auto at = std::min(place->at, text.size());
        const bool more = place->from + text.size() < place->text.bytes;
        const bool spaced = at > 0 && text[at - 1] == ' ';
        const auto before =
            one_line((place->from == 0 ? "" : "…") + text.substr(0, at)) + (spaced ? " " : "");
        const auto behind = one_line(text.substr(at)) + (more ? "…" : "");
        std::string blanks(cache_label_width, ' ');
        out_ << blanks << to_.look.dim() << before << to_.look.plain() << colour << "▸" << behind
             << to_.look.plain() << "\n";
    }

    void write_times() {
        if (!one_.predecessor || one_.outcome == read::cache_outcome::unknown) {
            return;
        }
        std::string text = one_.idle_us ? "idle for " + short_duration(*one_.idle_us)
                           : one_.clock_moved_back
                               ? "the clock moved back, so nobody knows how long it was idle"
                               : "";
        if (!one_.lifetime.empty()) {
            text += (text.empty() ? "" : ", ") + std::string{"lifetime "} + one_.lifetime;
        }
        field("time", text);
    }

    void write_rest() {
        if (one_.reason) {
            field("provider", "says " + in_quotes(one_.reason->type) +
                                  (one_.reason->missed_tokens
                                       ? ", " + grouped(*one_.reason->missed_tokens) + " tokens missed"
                                       : ""));
        }
        if (!one_.request_fault.empty()) {
            field("request", "could not be read whole: " + one_.request_fault);
        }
        if (one_.missed > 0) {
            read::cost price;
            price.input = one_.extra_cost.value_or(0);
            price.priced = one_.extra_cost ? 1 : 0;
            field("cost", (one_.extra_cost ? dollars(price) : "no price is known,") + " for " +
                              grouped(one_.missed) + " tokens that were not read from the cache");
        }
    }

    printer& out_;
    const screen& to_;
    const read::cache_miss& one_;
};

}  // namespace

std::string cause_words(const read::cache_miss& one) {
    return one.causes.empty() ? "" : cause_text(one, one.causes.front());
}

void write_cache_miss(printer& out, const screen& to, const read::cache_miss& one) {
    miss_writer{out, to, one}.write();
}

}  // namespace tapes::app
