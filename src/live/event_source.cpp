#include "event_json.hpp"

#include <tapes/catalogue/reader.hpp>
#include <tapes/live/event_source.hpp>
#include <tapes/merkle/digest.hpp>
#include <tapes/read/sources.hpp>
#include <tapes/read/transcript.hpp>
#include <tapes/store/entry.hpp>
#include <tapes/store/file_identity.hpp>
#include <tapes/store/log_scan.hpp>
#include <tapes/store/log_tail.hpp>
#include <tapes/store/reader.hpp>
#include <tapes/text/hex.hpp>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <utility>

namespace tapes::live {

namespace {

using clock = std::chrono::steady_clock;

constexpr std::size_t tag_digits = 8;
constexpr std::size_t rows_at_a_time = 64;
/// How often a catalogue is looked for that is not there yet.
constexpr std::chrono::seconds catalogue_interval{1};

/// Of what a node says.
constexpr read::block_limits node_limits{
    .text_bytes = 1024, .tool_bytes = 512, .message_bytes = 4096, .blocks = 16};
/// Of what an answer says, in the event of its exchange.
constexpr read::block_limits answer_limits{
    .text_bytes = 256, .tool_bytes = 128, .message_bytes = 1024, .blocks = 8};

std::optional<std::uint64_t> number_of(std::string_view digits) {
    std::uint64_t number = 0;
    const auto* const end = digits.data() + digits.size();
    const auto [at, fault] = std::from_chars(digits.data(), end, number);
    return fault == std::errc{} && at == end && !digits.empty() ? std::optional{number} : std::nullopt;
}

/// The place that an id names in the log that it is of: `7`, `7-1a2b3c4d` or `7.2-1a2b3c4d`; nothing where
/// the text is none. Of row 0 there is nothing, whatever else the id tells.
std::optional<place> place_in(std::string_view id) {
    const auto dash = id.find('-');
    const auto row = id.substr(0, dash);
    const auto dot = row.find('.');
    const auto seq = number_of(row.substr(0, dot));
    const auto events =
        dot == std::string_view::npos ? std::optional{place::all} : number_of(row.substr(dot + 1));
    const auto tag = dash == std::string_view::npos ? std::string_view{} : id.substr(dash + 1);
    const bool tagged =
        tag.size() == tag_digits && std::ranges::all_of(tag, [](char c) { return text::hex_value(c) >= 0; });
    if (!seq || !events || !(tagged || dash == std::string_view::npos)) {
        return std::nullopt;
    }
    return *seq == 0 ? place{0, place::all} : place{*seq, *events};
}

/// How many events a row has.
std::uint64_t nodes_of(const store::log_place& row) {
    const bool any = row.first_node != 0 && row.kind != store::log_kind::dead_letter;
    return any ? static_cast<std::uint64_t>(row.last_node - row.first_node + 1) : 0;
}

bool has_exchange(const store::log_place& row) {
    return row.kind == store::log_kind::exchange || row.kind == store::log_kind::amendment;
}

event_subject subject_of(const read::exchange& one, std::string session) {
    return {one.project, one.agent_name, std::move(session), one.provider, one.model, one.response_model};
}

}  // namespace

class event_source::impl {
public:
    explicit impl(source_options options)
        : options_{std::move(options)},
          file_{store::identity_of(options_.store_path)},
          tail{options_.store_path},
          reader{options_.store_path},
          from{options_.store_path, {}, *options_.prices},
          store_id_{store::log_scan{options_.store_path}.store_id()} {}

    std::string id_of(const place& at, std::int64_t committed_us) const;
    void read_row(const store::log_place& row, std::uint64_t skipped, bool nodes, const batch_limits& limits,
                  event_batch& into);
    event_pointer exchange_event(const store::log_place& row, const read::exchange& one,
                                 const std::string& session);
    bool replaced() const { return store::identity_of(options_.store_path) != file_; }

private:
    const source_options options_;
    const std::optional<store::file_identity> file_;

public:
    store::log_tail tail;
    store::reader reader;
    read::sources from;

    std::string session_of(const read::exchange& one);

private:
    std::string root_name(std::int64_t node);
    std::string title_of(std::int64_t exchange);
    event_pointer node_event(const store::log_place& row, std::int64_t node, const place& at,
                             const std::optional<read::exchange>& came_with, const std::string& session);

    const std::string store_id_;
    std::optional<catalogue::reader> catalogue_;
    clock::time_point looked_at_{};
};

std::string event_source::impl::id_of(const place& at, std::int64_t committed_us) const {
    auto text = std::to_string(at.seq);
    const auto tagged = "tapes event id\n" + store_id_ + "\n" + text + "\n" + std::to_string(committed_us);
    if (at.events != place::all) {
        text += "." + std::to_string(at.events);
    }
    return at.seq == 0 ? text : text + "-" + merkle::to_hex(merkle::sha256(tagged)).substr(0, tag_digits);
}

/// The name of a session that no client named.
std::string event_source::impl::root_name(std::int64_t node) {
    const auto found = from.chains.row(node);
    const auto root = found && found->root != node ? from.chains.row(found->root) : found;
    return root ? merkle::to_hex(root->hash) : std::string{};
}

std::string event_source::impl::session_of(const read::exchange& one) {
    return !one.session.empty() || one.head == 0 ? one.session : root_name(one.head);
}

/// The title of an exchange's session, as far as the catalogue knows it by now.
std::string event_source::impl::title_of(std::int64_t exchange) {
    try {
        if (!catalogue_ && !options_.catalogue_path.empty() &&
            clock::now() - looked_at_ > catalogue_interval) {
            looked_at_ = clock::now();
            catalogue_.emplace(options_.catalogue_path);
        }
        if (catalogue_) {
            const auto session = catalogue_->session_of_exchange(exchange);
            return session ? session->title : std::string{};
        }
    } catch (const std::exception&) {
        catalogue_.reset();  // it is being made anew
    }
    return {};
}

event_pointer event_source::impl::exchange_event(const store::log_place& row, const read::exchange& one,
                                                 const std::string& session) {
    auto made = std::make_shared<event>();
    made->kind = event_kind::exchange;
    made->at = {row.seq, place::all};
    made->id = id_of(made->at, row.at_us);
    made->exchange = one.id;
    made->pending = one.stop_reason == store::pending_answer && row.kind == store::log_kind::exchange;
    made->about = subject_of(one, session);
    exchange_details details;
    details.row = row.seq;
    details.committed_at_us = row.at_us;
    details.amended = row.kind == store::log_kind::amendment;
    details.session = session;
    details.title = title_of(row.ref);
    if (one.head != 0) {
        if (const auto head = from.chains.row(one.head)) {
            details.head = merkle::to_hex(head->hash);
        }
        details.said = read::read_content(from.chains, one.head, answer_limits);
    }
    made->json = exchange_json(one, details);
    return made;
}

event_pointer event_source::impl::node_event(const store::log_place& row, std::int64_t node, const place& at,
                                             const std::optional<read::exchange>& came_with,
                                             const std::string& session) {
    const auto found = from.chains.row(node);
    if (!found) {
        return nullptr;
    }
    auto made = std::make_shared<event>();
    made->kind = event_kind::node;
    made->at = at;
    made->id = id_of(at, row.at_us);
    if (came_with) {
        made->exchange = came_with->id;
        made->about = subject_of(*came_with, session);
    } else {
        made->about = {found->project,  found->agent_name, root_name(node),
                       found->provider, found->model,      found->model};
    }
    node_details details;
    details.row = row.seq;
    details.exchange = made->exchange;
    details.about = made->about;
    if (const auto parent = found->parent == 0 ? std::nullopt : from.chains.row(found->parent)) {
        details.parent = merkle::to_hex(parent->hash);
    }
    details.said = read::read_content(from.chains, node, node_limits);
    made->json = node_json(*found, details);
    return made;
}

/// Adds the events of a row, but for its first `skipped`.
void event_source::impl::read_row(const store::log_place& row, std::uint64_t skipped, bool nodes,
                                  const batch_limits& limits, event_batch& into) {
    const auto count = nodes_of(row);
    std::optional<read::exchange> one;
    std::string session;
    if (has_exchange(row)) {
        one = from.find_exchange(row.ref);
        session = one ? session_of(*one) : std::string{};
    }
    std::uint64_t bytes = 0;
    for (auto i = skipped; nodes && i < count; ++i) {
        const bool last = i + 1 == count && !one;
        const place behind{row.seq, last ? place::all : i + 1};
        if (auto made =
                node_event(row, row.first_node + static_cast<std::int64_t>(i), behind, one, session)) {
            bytes += made->json.size();
            into.events.push_back(std::move(made));
        }
        into.reached = behind;
        if (!last && (into.events.size() >= limits.events || bytes >= limits.bytes)) {
            return;
        }
    }
    if (one) {
        into.events.push_back(exchange_event(row, *one, session));
    }
    into.reached = {row.seq, place::all};
}

event_source::event_source(source_options options) : impl_{std::make_unique<impl>(std::move(options))} {}
event_source::~event_source() = default;

place event_source::end() {
    return {impl_->tail.last_seq(), place::all};
}

std::string event_source::id_of(const place& at) {
    return impl_->id_of(at, impl_->tail.committed_at(at.seq).value_or(0));
}

std::optional<place> event_source::find(std::string_view id) {
    const auto found = place_in(id);
    if (!found || found->seq == 0) {
        return found;
    }
    const auto at = impl_->tail.committed_at(found->seq);
    const bool same = at && (id.find('-') == std::string_view::npos || impl_->id_of(*found, *at) == id);
    return same ? found : std::nullopt;
}

bool is_event_id(std::string_view text) {
    return place_in(text).has_value();
}

event_batch event_source::read(const place& after, bool nodes, const batch_limits& limits) {
    event_batch made;
    made.reached = after;
    const bool inside = after.events != place::all;
    std::uint64_t bytes = 0;
    for (const auto& row : impl_->tail.after(inside ? after.seq - 1 : after.seq, rows_at_a_time)) {
        const auto before = made.events.size();
        impl_->read_row(row, inside && row.seq == after.seq ? after.events : 0, nodes, limits, made);
        for (auto i = before; i < made.events.size(); ++i) {
            bytes += made.events[i]->json.size();
        }
        if (made.reached.events != place::all || made.events.size() >= limits.events ||
            bytes >= limits.bytes) {
            break;
        }
    }
    return made;
}

std::vector<event_pointer> event_source::newest(std::size_t most, const event_filter& filter,
                                                const place& until, std::size_t most_rows) {
    std::vector<event_pointer> found;
    auto before = until.seq + 1;
    while (found.size() < most && most_rows > 0) {
        const auto rows = impl_->tail.before(before, std::min(rows_at_a_time, most_rows));
        if (rows.empty()) {
            break;
        }
        most_rows -= rows.size();
        before = rows.back().seq;
        for (const auto& row : rows) {
            const auto one = row.kind == store::log_kind::exchange && found.size() < most
                                 ? impl_->from.find_exchange(row.ref)
                                 : std::nullopt;
            if (!one) {
                continue;
            }
            const auto session = impl_->session_of(*one);
            if (filter.takes(subject_of(*one, session))) {
                found.push_back(impl_->exchange_event(row, *one, session));
            }
        }
    }
    std::ranges::reverse(found);
    return found;
}

std::int64_t event_source::version() {
    return impl_->tail.version();
}

bool event_source::replaced() const {
    return impl_->replaced();
}

std::string event_source::counts_json() {
    const auto totals = impl_->reader.totals();
    return live::counts_json({totals.accepted, totals.recorded, totals.dropped_total(),
                              static_cast<std::uint64_t>(impl_->tail.last_node())});
}

}  // namespace tapes::live
