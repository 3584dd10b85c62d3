#include "commands/moments.hpp"
#include "screen/figures.hpp"
#include "screen/screen.hpp"

#include <tapes/app/exchanges.hpp>
#include <tapes/read/json.hpp>
#include <tapes/read/wire_events.hpp>
#include <tapes/store/exchange_view.hpp>
#include <tapes/store/reading_place.hpp>
#include <tapes/text/width.hpp>

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <string>

namespace tapes::app {

namespace {

constexpr std::size_t least_for_places = 60;  ///< columns, for offsets and sizes

read::exchange found_exchange(read::sources& from, const std::string& id) {
    const auto found = from.names.find(id);
    if (found.empty()) {
        throw std::runtime_error{"no exchange \"" + id + "\"; see tapes exchange list"};
    }
    if (found.size() > 1) {
        throw std::runtime_error{"\"" + id + "\" is the beginning of several ids, such as " + found[0].id +
                                 " and " + found[1].id};
    }
    return from.find_exchange(found.front().seq).value();
}

/// "sse, 7 events, 1.2 KB, gzip undone"
std::string outline_of(const read::wire_listing& from) {
    auto made = std::string{read::to_string(from.form)} + ", " + short_bytes(from.body_bytes);
    made += from.content_type.empty() ? "" : ", " + one_line(from.content_type);
    made += from.coding.empty() ? "" : ", " + one_line(from.coding) + " undone";
    made += from.decoded_in_store ? ", kept decoded, for something in it was redacted" : "";
    made += from.fault.empty() ? "" : ", cannot be decoded to its end: " + from.fault;
    return from.timed ? made : made + ", no times known";
}

/// Milliseconds since the request: "+1234.5 ms", "-3.4 ms" of a clock that moved back; "-" where it is not
/// known.
std::string since(std::int64_t begin_us, std::int64_t at_us) {
    if (at_us == 0 || begin_us == 0) {
        return "-";
    }
    const auto signed_tenths = (at_us - begin_us) / 100;
    const auto tenths = signed_tenths < 0 ? -signed_tenths : signed_tenths;
    return (signed_tenths < 0 ? "-" : "+") + std::to_string(tenths / 10) + "." + std::to_string(tenths % 10) +
           " ms";
}

void write_event(const read::wire_event& one, std::int64_t begin_us, const screen& to, printer& out) {
    const auto text = one_line(one.data.text) + (one.data.cut() ? "…" : "");
    auto line = since(begin_us, one.at_us);
    line.insert(0, 14 - std::min<std::size_t>(14, line.size()), ' ');
    const bool narrow = to.width != 0 && to.width < least_for_places;
    out << line;
    if (!narrow) {
        out << right(10, one.offset) << right(8, one.bytes);
    }
    const auto type = one.type.empty() ? std::string{"-"} : one_line(one.type);
    out << "  " << to.look.cyan() << type << to.look.plain() << "  "
        << (one.whole ? words{""} : words{"(broken off) "});
    const auto used = (narrow ? 14 : 32) + 4 + text::width_of(type);
    const auto room = to.width == 0 ? 0 : std::max(to.width, used + 8) - used;
    out << to.look.dim() << fitted(text, room) << to.look.plain() << "\n";
}

}  // namespace

int show_events(const config::settings& settings, const exchange_events& options, printer& out) {
    const store::reading_place place{settings.storage.sqlite_path};
    const read::price_table no_prices;
    read::sources from{place.path(), "", no_prices};
    const auto one = found_exchange(from, options.id);
    read::wire_request request;
    request.exchange = one.seq;
    request.from = options.from;
    request.most = options.limit == 0 ? std::numeric_limits<std::size_t>::max() : options.limit;
    const auto told = read::list_wire_events(from, request);
    if (!told) {
        throw std::runtime_error{"exchange " + one.id + ": its bytes were not kept; see record.wire"};
    }
    const auto to = screen_of(out, {});
    options.json
        ? out.json(read::dumped(read::wire_listing_json(*told)))
        : void(out << to.look.bold() << fitted(outline_of(*told), to.width) << to.look.plain() << "\n");
    for (const auto& event : told->events) {
        if (out.gone()) {
            return 0;
        }
        options.json ? out.json(read::dumped(read::wire_event_json(event)))
                     : write_event(event, one.accepted_at_us, to, out);
    }
    if (told->next && !options.json) {
        out << "There is more: --from " << *told->next << "\n";
    }
    return 0;
}

}  // namespace tapes::app
