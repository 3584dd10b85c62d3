#include "finder.hpp"

#include "loose_text.hpp"
#include "miss.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/merkle/digest.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace tapes::tape {
namespace {

/// So many answers to one node are looked at, and so many exchanges are compared by their bodies.
constexpr std::size_t most_answers = 1024;
constexpr std::size_t most_bodies = 512;
constexpr std::size_t most_failures = 1024;
constexpr std::size_t most_narrowed = 64;

void sort_once(std::vector<std::int64_t>& ids) {
    std::ranges::sort(ids);
    const auto repeated = std::ranges::unique(ids);
    ids.erase(repeated.begin(), repeated.end());
}

std::string counted(std::size_t count, std::string_view one) {
    return std::to_string(count) + " " + std::string{one} + (count == 1 ? "" : "s");
}

}  // namespace

finding finder::find(const clean_request& asked) {
    unfit_ = {};
    return asked.api != nullptr ? find_turn(asked) : find_request(asked);
}

finding finder::find_turn(const clean_request& asked) {
    record::request_place best;
    for (const auto& who : turnless_.speakers()) {
        auto place =
            from_.places.find(*asked.api, asked.path, asked.body, {{}, who.provider, who.agent_name});
        if (!place.mapped) {
            break;
        }
        auto answers = answers_behind(place.ends, asked, place.request);
        if (!answers.empty()) {
            return {place.by_hash ? found_by::hash : found_by::match, std::move(answers)};
        }
        if (!best.mapped || place.known > best.known) {
            best = std::move(place);
        }
    }
    auto same_size = turnless_.by_size(asked.api->name, asked.wire_bytes);
    if (auto exact = with_body(same_size, asked, false); !exact.empty()) {
        return {found_by::request, std::move(exact)};
    }
    finding made;
    if (best.mapped) {
        made = within_tolerance(asked, best);
        if (!made.answers.empty()) {
            return made;
        }
    }
    if (auto loose = with_body(turnless_.by_api(asked.api->name), asked, true); !loose.empty()) {
        return {found_by::tolerance, std::move(loose)};
    }
    if (!best.mapped) {
        made.miss = turnless_.speakers().empty()
                        ? "The tape is empty."
                        : "The tape has no answer to this request, whose body is no request of " +
                              std::string{asked.api->name} + ".";
    }
    return made;
}

finding finder::within_tolerance(const clean_request& asked, const record::request_place& place) {
    const auto start = place.named ? place.above : 0;
    const auto first = place.named ? place.known : 0;
    const auto reached = walk(from_, place.request, first, start, past_, cache_);
    finding made;
    made.answers = answers_behind(reached.ends, asked, place.request);
    if (made.answers.empty()) {
        const auto sees_all = !reached.ends.empty() || reached.nearest || past_.has("model");
        made.miss = turn_miss(
            asked, place,
            sees_all ? reached : walk(from_, place.request, first, start, past_, cache_, models::any));
    } else {
        made.way = found_by::tolerance;
        made.looked_past = tolerance::names_of(reached.used);
    }
    return made;
}

std::vector<std::int64_t> finder::answers_behind(std::span<const std::int64_t> ends,
                                                 const clean_request& asked, const llm::request& request) {
    std::vector<std::int64_t> ids;
    const auto add_those_with = [&](std::int64_t head) {
        const auto given =
            from_.chains.answered(head, std::numeric_limits<std::int64_t>::max(), most_answers);
        ids.insert(ids.end(), given.begin(), given.end());
    };
    for (const auto end : ends) {
        // Where nothing was said, and where the answer was to come later, the turn ends with the request.
        add_those_with(end);
        if (request.only_prepares) {
            continue;
        }
        for (const auto answer : from_.children(end)) {
            add_those_with(answer);
        }
    }
    const bool streamed = request.streamed || asked.on_websocket;
    sort_once(ids);
    ids.resize(std::min(ids.size(), most_answers));
    std::vector<store::kept_exchange> rows;
    for (const auto id : ids) {
        auto row = from_.exchange(id);
        const bool ends_so = std::ranges::find(ends, row.head) != ends.end();
        if (ends_so && !request.only_prepares && row.stop_reason != store::pending_answer) {
            continue;
        }
        if (row.api != asked.api->name) {
            unfit_.other_api = row.api;
        } else if (row.streamed != streamed) {
            ++unfit_.streamed;
        } else if (!from_.wires.about(id)) {
            ++unfit_.without_bytes;
        } else {
            rows.push_back(std::move(row));
        }
    }
    prefer_whole(rows);
    prefer_same_body(rows, asked);
    std::vector<std::int64_t> answers;
    for (const auto& row : rows) {
        answers.push_back(row.seq);
        add_failures(row, answers);
    }
    sort_once(answers);
    return answers;
}

/// An answer that its client did not wait for is no answer, where there is another one.
void finder::prefer_whole(std::vector<store::kept_exchange>& rows) const {
    const auto is_left = [](const store::kept_exchange& row) {
        return row.ended == capture::end_reason::client_closed || row.ended == capture::end_reason::shutdown;
    };
    if (!std::ranges::all_of(rows, is_left)) {
        std::erase_if(rows, is_left);
    }
}

/// Of several answers to the same conversation, those come first that were asked for with the same tools and
/// parameters.
void finder::prefer_same_body(std::vector<store::kept_exchange>& rows, const clean_request& asked) {
    if (rows.size() < 2 || rows.size() > most_narrowed) {
        return;
    }
    const auto wanted = canonical_body(asked.body);
    std::vector<std::string> bodies;
    bodies.reserve(rows.size());
    for (const auto& row : rows) {
        bodies.push_back(canonical_body(recorded_body(row.seq)));
    }
    for (const bool loose : {false, true}) {
        const auto compared = loose ? loose_body(wanted, past_) : wanted;
        std::vector<store::kept_exchange> same;
        for (std::size_t i = 0; i < rows.size(); ++i) {
            if ((loose ? loose_body(bodies[i], past_) : bodies[i]) == compared) {
                same.push_back(rows[i]);
            }
        }
        if (!same.empty()) {
            rows = std::move(same);
            return;
        }
    }
}

/// Adds the exchanges in which the same was asked without getting a turn: errors before a retry.
void finder::add_failures(const store::kept_exchange& of, std::vector<std::int64_t>& to) {
    const auto same_size = turnless_.by_size(of.api, of.request_bytes);
    std::size_t looked_at = 0;
    for (auto one = same_size.rbegin(); one != same_size.rend() && looked_at < most_failures; ++one) {
        ++looked_at;
        if (asked_the_same(one->id, of.seq)) {
            to.push_back(one->id);
        }
    }
}

bool finder::asked_the_same(std::int64_t left, std::int64_t right) {
    const auto one = from_.wires.read_request(left);
    const auto other = from_.wires.read_request(right);
    if (!one || !other) {
        return false;
    }
    const auto same_place = [](const auto& a, const auto& b) {
        return a.offset == b.offset && a.last == b.last;
    };
    if (one->beside == other->beside && std::ranges::equal(one->places, other->places, same_place)) {
        return true;
    }
    // Cut into pieces in two ways, as the same request may be while another one is on its way.
    return from_.wires.body_of(*one) == from_.wires.body_of(*other);
}

std::string finder::recorded_body(std::int64_t exchange) {
    const auto kept = from_.wires.read_request(exchange);
    if (!kept) {
        return {};
    }
    auto body = from_.wires.body_of(*kept);
    const auto coding = http::joined_values(kept->head, "content-encoding");
    const bool upgraded = !http::find_value(kept->head, "sec-websocket-key").empty();
    if (kept->decoded || upgraded || http::is_identity(coding)) {
        return body;
    }
    return http::decode_all(coding, body).bytes;
}

/// Returns those of the newest whose body is the one that is asked with.
std::vector<std::int64_t> finder::with_body(const std::vector<turnless_exchange>& among,
                                            const clean_request& asked, bool loose) {
    std::vector<std::int64_t> same;
    std::string wanted;
    std::size_t looked_at = 0;
    for (auto one = among.rbegin(); one != among.rend() && looked_at < most_bodies; ++one, ++looked_at) {
        if (one->request_bytes == 0 || asked.body.empty()) {
            if (one->request_bytes == 0 && asked.body.empty()) {
                same.push_back(one->id);
            }
            continue;
        }
        if (wanted.empty()) {
            wanted = canonical_body(asked.body);
            wanted = loose ? loose_body(wanted, past_) : wanted;
        }
        auto recorded = canonical_body(recorded_body(one->id));
        recorded = loose ? loose_body(recorded, past_) : recorded;
        if (recorded == wanted) {
            same.push_back(one->id);
        }
    }
    sort_once(same);
    return same;
}

finding finder::find_request(const clean_request& asked) {
    auto among = turnless_.by_path(asked.method, asked.path);
    std::erase_if(among, [&](const turnless_exchange& one) { return !same_path(one.path, asked.path); });
    const auto on_path = among;
    std::erase_if(among,
                  [&](const turnless_exchange& one) { return split(one.target).query != asked.query; });
    auto same_size = among;
    std::erase_if(same_size,
                  [&](const turnless_exchange& one) { return one.request_bytes != asked.wire_bytes; });
    for (const auto* const list : {&same_size, &among}) {
        if (auto exact = with_body(*list, asked, false); !exact.empty()) {
            return {found_by::request, std::move(exact)};
        }
    }
    if (auto loose = with_body(among, asked, true); !loose.empty()) {
        return {found_by::tolerance, std::move(loose)};
    }
    finding made;
    made.miss = request_miss(asked, on_path);
    return made;
}

/// Says why no answer to a recorded conversation can be given.
std::string finder::unfit_answers(const clean_request& asked, const llm::request& request) const {
    if (unfit_.streamed > 0) {
        return std::string{"with answers "} +
               (request.streamed ? "in one piece: this request wants a stream."
                                 : "that were streamed: this request wants one in one piece.");
    }
    if (unfit_.without_bytes > 0) {
        return "the bytes of its answer were not kept (record.wire).";
    }
    if (!unfit_.other_api.empty()) {
        return "with answers of another API (" + unfit_.other_api + "): this request is one of " +
               std::string{asked.api->name} + ".";
    }
    return "no answer to it.";
}

std::string finder::model_of(std::int64_t node) {
    const auto row = node == 0 ? std::nullopt : from_.chains.row(node);
    return row ? row->model : std::string{};
}

/// Says how much of a request was recorded.
std::string finder::recorded_part(const walk_outcome& reached, std::size_t total) {
    if (reached.agreed == 0) {
        return "None of its " + counted(total, "message") + " begins a recorded conversation";
    }
    auto text = "Of its " + counted(total, "message") + " the first " +
                (reached.agreed == 1 ? "was" : std::to_string(reached.agreed) + " were") + " recorded";
    if (const auto row = from_.chains.row(reached.last)) {
        const auto exchange = from_.chains.first_exchange(reached.last);
        text += ", up to node " + merkle::to_hex(row->hash).substr(0, 12);
        text += exchange != 0 ? " of exchange " + std::to_string(exchange) : "";
    }
    return text;
}

/// `reached` may have gone along other models, where nothing of the model that is asked for was found.
std::string finder::turn_miss(const clean_request& asked, const record::request_place& place,
                              const walk_outcome& reached) {
    const auto total = place.request.messages.size();
    const std::string begin = "The tape has no answer to this request. ";
    auto model = model_of(reached.nearest ? reached.nearest->node : reached.last);
    model = past_.has("model") || model == place.request.model ? "" : model;
    const auto other_model =
        "recorded “" + model + "”, asked “" + place.request.model + "” (--ignore model looks past that)";
    if (reached.agreed >= total) {
        return begin + (model.empty()
                            ? "Its conversation was recorded, but " + unfit_answers(asked, place.request)
                            : "Its conversation was recorded with another model: " + other_model + ".");
    }
    const auto& next = place.request.messages[reached.agreed];
    const auto here = "message " + std::to_string(reached.agreed + 1) + " (" + next.role + ")";
    const auto part = begin + recorded_part(reached, total);
    const auto end = model.empty() ? std::string{"."} : "; the model differs, too: " + other_model + ".";
    if (!reached.nearest) {
        return part + "; nothing was recorded in the place of " + here + end;
    }
    const auto words =
        first_difference(reached.nearest->recorded, reached.nearest->asked, reached.nearest->same_bytes);
    return part + "; " + here + " differs: recorded “" + words.recorded + "”, asked “" + words.asked + "”" +
           end;
}

std::string finder::request_miss(const clean_request& asked, const std::vector<turnless_exchange>& on_path) {
    std::string text = "The tape has no answer to " + asked.method + " " + asked.path + ". ";
    if (on_path.empty()) {
        const auto paths = turnless_.some_paths(5);
        text += "Nothing was recorded there";
        for (std::size_t i = 0; i < paths.size(); ++i) {
            text += (i == 0 ? "; what was is " : ", ") + paths[i];
        }
        text += ".";
        if (turnless_.without_bytes() > 0) {
            text += " Of " + counted(turnless_.without_bytes(), "request") +
                    " without a turn no bytes were kept: record with tapes run --tape, or record.wire = all.";
        }
        return text;
    }
    const auto& newest = on_path.back();
    if (split(newest.target).query != asked.query) {
        return text + "It was recorded with another query: “" + split(newest.target).query + "”, asked “" +
               asked.query + "”.";
    }
    const auto recorded = loose_body(canonical_body(recorded_body(newest.id)), past_);
    const auto wanted = loose_body(canonical_body(asked.body), past_);
    const auto end = std::ranges::mismatch(recorded, wanted);
    const auto words =
        first_difference(recorded, wanted, static_cast<std::size_t>(end.in1 - recorded.begin()));
    return text + "Its body differs from that of exchange " + std::to_string(newest.id) + ": recorded “" +
           words.recorded + "”, asked “" + words.asked + "”.";
}

}  // namespace tapes::tape
