// Work grows with bytes: what four times the bytes of one shape cost is not much more than four times what
// the bytes cost. The first byte names the work (see `works`), the rest of the first line stands before the
// shape, the second line is repeated, and what follows stands behind it. In each repetition `#` is its
// number.
#include "edge_counter.hpp"
#include "mapped.hpp"

#include <tapes/event/event.hpp>
#include <tapes/event/node_reader.hpp>
#include <tapes/export/page_reader.hpp>
#include <tapes/export/secret_filter.hpp>
#include <tapes/http/chunked.hpp>
#include <tapes/http/head.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/http/websocket.hpp>
#include <tapes/llm/aws_events.hpp>
#include <tapes/llm/later_request.hpp>
#include <tapes/llm/request_cut.hpp>
#include <tapes/llm/typed_text.hpp>
#include <tapes/mcp/server.hpp>
#include <tapes/merkle/canonical.hpp>
#include <tapes/merkle/chain.hpp>
#include <tapes/text/json_elements.hpp>
#include <tapes/text/json_view.hpp>
#include <tapes/text/percent.hpp>
#include <tapes/text/visible.hpp>
#include <tapes/text/width.hpp>

#include <array>
#include <iterator>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace tapes;

/// The bytes of the smallest text, how often as many the next one has, and how much more the work may grow.
constexpr std::size_t small_bytes = 8192;
constexpr std::size_t times = 4;
constexpr double slack = 1.75;
/// What a byte may cost where the small text ends the work early, and the large one does not.
constexpr double edges_of_byte = 64;
constexpr std::size_t apis_in_works = 9;

const http::redactor& redactor() {
    static const http::redactor one{"0123456789abcdef0123456789abcdef"};
    return one;
}

void hash_all(const std::vector<merkle::message>& messages) {
    const merkle::identity identity{"model", "provider", "agent"};
    std::optional<merkle::link> above;
    for (const auto& one : messages) {
        above = merkle::make_node(above, identity, one).position;
    }
}

void read_head(const std::string& bytes) {
    const http::head_limits limits{1U << 20U, 1U << 16U};
    http::head_scanner scanner;
    http::head_error error = http::head_error::none;
    (void)scanner.scan(bytes, error);
    http::request_head request;
    (void)http::parse_request(bytes, limits, request);
    http::response_head answer;
    (void)http::parse_response(bytes, limits, false, answer);
}

/// Collects the credentials of a head and looks for them in the head and in itself as a body.
void redact_head(const std::string& bytes) {
    const auto credentials = http::collect_credentials(bytes);
    std::string head = bytes;
    redactor().redact_head(head, credentials);
    (void)redactor().redact_body(bytes, credentials, http::body_format::other);
    (void)redactor().redact_target(bytes);
}

template <http::body_format Format>
void redact_body(const std::string& bytes) {
    std::vector<std::string> named;
    (void)redactor().redact_body(bytes, {}, Format, &named);
}

void read_chunks(const std::string& bytes) {
    http::chunked_scanner scanner;
    for (std::string_view rest = bytes; !rest.empty();) {
        const auto step = scanner.next(rest);
        if (step.consumed == 0) {
            return;
        }
        rest.remove_prefix(step.consumed);
    }
}

void read_frames(const std::string& bytes) {
    http::websocket_reader reader{
        http::websocket_side::server, {}, {1U << 20U, [](std::size_t) { return true; }}};
    for (std::size_t at = 0; at < bytes.size();) {
        const auto step = reader.next(std::string_view{bytes}.substr(at));
        if (step.kind == http::websocket_reader::event::error || step.consumed == 0) {
            return;
        }
        at += step.consumed;
    }
}

void canonicalize(const std::string& bytes) {
    std::string out;
    (void)merkle::canonicalize(bytes, out);
    (void)merkle::hash_stored({}, {"model", "provider", ""}, "user", bytes);
}

template <std::size_t Api>
void map_request(const std::string& bytes) {
    const auto& api = llm::apis()[Api];
    (void)api.expected_choices(bytes);
    if (const auto cut = llm::cut_request(api, bytes); cut && cut->history != llm::request_cut::npos) {
        (void)llm::without_known(bytes, *cut, cut->places[cut->history].pieces.size() / 2);
    }
    llm::request mapped;
    if (api.map_request(bytes, {}, mapped) == llm::map_error::none) {
        hash_all(mapped.messages);
    }
}

void map_answer_of(const llm::api& api, const std::string& bytes) {
    llm::answer mapped;
    if (api.map_answer(bytes, mapped) == llm::map_error::none) {
        for (auto& one : mapped.choices) {
            hash_all({std::move(one.message)});
        }
    }
}

template <std::size_t Api>
void map_answer(const std::string& bytes) {
    map_answer_of(llm::apis()[Api], bytes);
}

/// Reads a stream in pieces of the size of a packet, with a look at the bytes held after each.
template <std::size_t Api>
void read_stream(const std::string& bytes) {
    constexpr std::size_t packet = 1400;
    const auto& api = llm::apis()[Api];
    const auto reducer = api.make_reducer();
    const auto watch = api.make_end_watch([] { return std::size_t{1}; });
    for (std::size_t at = 0; at < bytes.size(); at += packet) {
        const auto piece = std::string_view{bytes}.substr(at, packet);
        reducer->feed(piece);
        (void)reducer->held_bytes();
        (void)watch->feed(piece);
    }
    map_answer_of(api, reducer->finish());
    (void)reducer->variants();
}

void read_typed(const std::string& bytes) {
    (void)llm::typed_text(bytes);
    (void)llm::title_of(bytes);
}

/// A path or target: which API it is of, and what it names.
void read_path(const std::string& bytes) {
    for (const std::string_view method : {"POST", "GET", "DELETE"}) {
        (void)llm::find_later_request(method, bytes);
        if (const auto* const api = llm::find_api(method, bytes)) {
            (void)llm::facts_of(*api, bytes);
        }
    }
    (void)text::percent_decoded(bytes);
}

/// An AWS event stream with a message for each line, as it comes and as it is kept.
void read_aws_events(const std::string& bytes) {
    std::string stream;
    for (std::string_view rest = bytes; !rest.empty();) {
        llm::append_aws_event(stream, "event", "chunk", rest.substr(0, rest.find('\n')));
        (void)fuzz::take_line(rest);
    }
    constexpr std::size_t packet = 1400;
    llm::aws_event_reader reader;
    for (std::size_t at = 0; at < stream.size(); at += packet) {
        reader.feed(std::string_view{stream}.substr(at, packet),
                    [](const llm::aws_event& one) { (void)llm::json_of(one); });
    }
    llm::aws_event_reader of_bytes;
    of_bytes.feed(bytes, [](const llm::aws_event&) {});
    (void)llm::as_server_sent_events(stream);
}

void read_events_again(const std::string& bytes) {
    (void)llm::events_up_to(bytes, 1'000'000'000);
}

void filter_secrets(const std::string& bytes) {
    exports::secret_filter filter;
    (void)filter.text(bytes, "x");
    (void)filter.json(bytes, "x");
}

void cut_elements(const std::string& bytes) {
    text::json_elements elements{
        {"log", "entries"}, 1U << 20U, [](const text::json_elements::element& one) {
            const text::json_view view{one.text};
            (void)view["request"]["headers"].each([](text::json_view) { return true; });
        }};
    elements.feed(bytes);
    (void)text::is_one_value(bytes);
}

void read_exported_page(const std::string& bytes) {
    exports::page_reader reader{[](const exports::page_node&) {}};
    try {
        reader.feed(bytes);
        reader.end();
    } catch (const exports::page_fault&) {
        return;
    }
}

void read_node_event(const std::string& bytes) {
    auto found = event::read_node_event(bytes);
    if (found.event && found.event->by_reference) {
        (void)event::add_content(*found.event, bytes);
    }
}

void read_messages(const std::string& bytes) {
    mcp::server_about about;
    about.name = about.title = about.version = about.instructions = "t";
    about.tools = {{"echo", "e", "e", {{"type", "object"}}, {{"type", "object"}}}};
    about.new_mark = [] { return std::string{"mark"}; };
    mcp::server server{std::move(about)};
    for (std::string_view rest = bytes; !rest.empty();) {
        for (const auto& call : server.take(fuzz::take_line(rest)).calls) {
            (void)server.finish(call.number, {});
        }
    }
}

void show(const std::string& bytes) {
    (void)text::width_of(text::visible(bytes));
    (void)text::visible_lines(bytes);
    (void)text::visible_json(bytes);
}

struct work {
    char name;
    void (*run)(const std::string& bytes);
};
using http::body_format;
constexpr std::array works{
    work{'h', read_head},
    work{'d', redact_head},
    work{'b', redact_body<body_format::json>},
    work{'l', redact_body<body_format::lines>},
    work{'f', redact_body<body_format::form>},
    work{'c', read_chunks},
    work{'w', read_frames},
    work{'j', canonicalize},
    work{'0', map_request<0>},
    work{'1', map_request<1>},
    work{'2', map_request<2>},
    work{'3', map_request<3>},
    work{'4', map_request<4>},
    work{'5', map_answer<0>},
    work{'6', map_answer<1>},
    work{'7', map_answer<2>},
    work{'8', map_answer<3>},
    work{'9', map_answer<4>},
    work{'A', read_stream<0>},
    work{'B', read_stream<1>},
    work{'C', read_stream<2>},
    work{'D', read_stream<3>},
    work{'E', read_stream<4>},
    work{'F', map_request<5>},
    work{'G', map_request<6>},
    work{'H', map_request<7>},
    work{'I', map_answer<5>},
    work{'J', map_answer<6>},
    work{'K', map_answer<7>},
    work{'L', read_stream<5>},
    work{'M', read_stream<6>},
    work{'N', read_stream<7>},
    work{'O', map_request<8>},
    work{'P', map_answer<8>},
    work{'Q', read_stream<8>},
    work{'T', read_typed},
    work{'U', read_path},
    work{'W', read_aws_events},
    work{'X', read_events_again},
    work{'a', filter_secrets},
    work{'e', cut_elements},
    work{'g', read_exported_page},
    work{'k', read_node_event},
    work{'m', read_messages},
    work{'v', show},
};

/// A text of one shape, as large as it is wanted.
struct shape {
    std::string before;
    std::string repeated;
    std::string_view after;

    std::string text(std::size_t bytes) const {
        std::string out = before;
        for (std::size_t number = 0; out.size() < bytes; ++number) {
            const auto digits = std::to_string(number);
            for (const char c : repeated) {
                c == '#' ? out.append(digits) : out.append(1, c);
            }
        }
        return out.append(after);
    }
};

/// Text in which `\n` and `\r` are written with a backslash, so that a shape stays on its line.
std::string with_line_ends(std::string_view line) {
    std::string out;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char next = i + 1 < line.size() ? line[i + 1] : '\0';
        if (line[i] == '\\' && (next == 'n' || next == 'r')) {
            out += next == 'n' ? '\n' : '\r';
            ++i;
        } else {
            out += line[i];
        }
    }
    return out;
}

std::uint64_t cost(const work& one, const std::string& text) {
    const fuzz::edge_count count;
    one.run(text);
    return count.value();
}

/// Tells whether a text of `times` as many bytes costs more than it may.
bool grows_faster(const work& one, const shape& made, std::size_t bytes) {
    const auto small = made.text(bytes);
    const auto large = made.text(times * bytes);
    const auto of_small = static_cast<double>(cost(one, small));
    const auto of_large = static_cast<double>(cost(one, large));
    const auto grown = static_cast<double>(large.size()) / static_cast<double>(small.size());
    const auto limit = slack * grown * of_small + edges_of_byte * static_cast<double>(large.size());
    if (of_large > limit) {
        std::fprintf(stderr, "%zu bytes took %.0f edges, and %zu bytes %.0f\n", small.size(), of_small,
                     large.size(), of_large);
    }
    return of_large > limit;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto rest = fuzz::text_of(data, size);
    auto first = fuzz::take_line(rest);
    const auto repeated = fuzz::take_line(rest);
    if (first.empty() || repeated.empty()) {
        return -1;
    }
    // A new API has rows for its requests, answers and streams among the works.
    fuzz::require(llm::apis().size() == apis_in_works, "the work of every API is looked at");
    const auto* const found = std::ranges::find(works, first.front(), &work::name);
    if (found == works.end()) {
        return -1;
    }
    first.remove_prefix(1);
    const auto end = with_line_ends(rest);
    const shape made{with_line_ends(first), with_line_ends(repeated), end};
    // What is done in another way from some size on costs more there, but only once.
    fuzz::require(
        !grows_faster(*found, made, small_bytes) || !grows_faster(*found, made, times * small_bytes),
        "work grows with bytes");
    return 0;
}
