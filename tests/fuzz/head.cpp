// Heads of requests and answers: found the same in any split, and read in one way only.
#include "fuzz.hpp"

#include <tapes/http/head.hpp>

#include <string>
#include <utility>

namespace {

using namespace tapes;
using fuzz::require;

constexpr http::head_limits limits{4096, 32};

struct found {
    std::size_t size = 0;
    bool failed = false;
    bool operator==(const found&) const = default;
};

found scan(std::string_view bytes, std::size_t longest) {
    http::head_scanner scanner;
    http::head_error error = http::head_error::none;
    found result;
    fuzz::each_piece(bytes, longest, [&](std::string_view piece, std::size_t begin) {
        if (result.size == 0 && !result.failed) {
            result.size = scanner.scan(bytes.substr(0, begin + piece.size()), error);
            result.failed = error != http::head_error::none;
        }
    });
    return result;
}

bool within(std::string_view outer, std::string_view inner) {
    return inner.empty() ||
           (inner.data() >= outer.data() && inner.data() + inner.size() <= outer.data() + outer.size());
}

void check_fields(std::string_view head, const std::vector<http::field>& fields) {
    std::string lines;
    for (const auto& one : fields) {
        require(within(head, one.name) && within(head, one.value) && within(head, one.line),
                "views of the head");
        require(one.value.find_first_of(std::string_view{"\r\n\0", 3}) == std::string_view::npos,
                "a value is one line without NUL");
        lines.append(one.line);
        bool named = false;
        for (const auto& other : fields) {
            named = named ||
                    (http::equal_names(other.name, "connection") && http::has_token(other.value, one.name));
        }
        require(!named || one.hop_by_hop, "what Connection names ends at this hop");
    }
    const auto first = head.find("\r\n") + 2;
    require(head.substr(first) == lines + "\r\n", "the field lines are the head");
}

std::string rewrite(std::string start, const std::vector<http::field>& fields) {
    start.append("\r\n");
    for (const auto& one : fields) {
        start.append(one.name).append(": ").append(one.value).append("\r\n");
    }
    return start.append("\r\n");
}

bool same(const http::framing& a, const http::framing& b) {
    return a.kind == b.kind && a.length == b.length;
}

void check_request(std::string_view head) {
    http::request_head parsed;
    if (http::parse_request(head, limits, parsed) != http::head_error::none) {
        return;
    }
    check_fields(head, parsed.fields);
    require(parsed.body.kind != http::body_kind::until_close, "a request ends by its framing");
    std::string start{parsed.method};
    start.append(" ").append(parsed.target).append(parsed.minor_version == 0 ? " HTTP/1.0" : " HTTP/1.1");
    const auto again = rewrite(std::move(start), parsed.fields);
    http::request_head second;
    const http::head_limits wide{1U << 20U, 64};
    require(http::parse_request(again, wide, second) == http::head_error::none,
            "a rewritten request is accepted");
    require(same(parsed.body, second.body) && parsed.keep_alive == second.keep_alive &&
                parsed.upgrade == second.upgrade && parsed.expects_continue == second.expects_continue,
            "a rewritten request reads the same");
}

void check_response(std::string_view head, bool to_head) {
    http::response_head parsed;
    if (http::parse_response(head, limits, to_head, parsed) != http::head_error::none) {
        return;
    }
    check_fields(head, parsed.fields);
    require(parsed.status >= 100 && parsed.status <= 999, "a status has three digits");
    std::string start = parsed.minor_version == 0 ? "HTTP/1.0 " : "HTTP/1.1 ";
    start.append(std::to_string(parsed.status)).append(" ").append(parsed.reason_phrase);
    const auto again = rewrite(std::move(start), parsed.fields);
    http::response_head second;
    const http::head_limits wide{1U << 20U, 64};
    require(http::parse_response(again, wide, to_head, second) == http::head_error::none,
            "a rewritten answer is accepted");
    require(same(parsed.body, second.body) && parsed.keep_alive == second.keep_alive,
            "a rewritten answer reads the same");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    const auto whole = fuzz::same_in_any_split(bytes, "a head ends at the same byte in any split",
                                               [&](std::size_t longest) { return scan(bytes, longest); });
    if (whole.size > 0 && !whole.failed) {
        const std::string head{bytes.substr(0, whole.size)};
        check_request(head);
        check_response(head, false);
        check_response(head, true);
    }
    return 0;
}
