#include "file/readable.hpp"
#include "file/request_parts.hpp"
#include "file/sqlite.hpp"
#include "read/kept_body.hpp"

#include <tapes/store/wire_reader.hpp>

#include <zstd.h>

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

namespace tapes::store {

namespace {

std::string plain(std::string_view bytes, bool compressed, std::int64_t size, const std::string& what) {
    const auto wanted = static_cast<std::uint64_t>(size);
    if (!compressed) {
        if (bytes.size() != wanted) {
            throw std::runtime_error{what + " has not the size that it should have"};
        }
        return std::string{bytes};
    }
    // The frame tells before so much memory is taken.
    const bool same = ZSTD_getFrameContentSize(bytes.data(), bytes.size()) == wanted;
    std::string out(same ? wanted : 0, '\0');
    const auto made = ZSTD_decompress(out.data(), out.size(), bytes.data(), bytes.size());
    if (!same || ZSTD_isError(made) != 0U || made != out.size()) {
        throw std::runtime_error{what + " is not the zstd frame that it should be"};
    }
    return out;
}

std::string request_name(std::int64_t exchange) {
    return "exchange " + std::to_string(exchange) + ": its request";
}

std::string answer_name(std::int64_t exchange) {
    return "exchange " + std::to_string(exchange) + ": its response";
}

/// Chains of pieces stand in their order, within what stands beside them.
void check_place(std::uint64_t offset, std::uint64_t before, std::uint64_t bytes, const std::string& what) {
    if (offset < before || offset > bytes) {
        throw std::runtime_error{what + " has a piece at " + std::to_string(offset) + ", where none can be"};
    }
}

}  // namespace

class wire_reader::impl {
public:
    explicit impl(const std::string& path) : db{readable(path), SQLITE_OPEN_READONLY} {}

    kept_piece read_piece(std::int64_t id);
    std::string chain(std::int64_t last);
    /// The pieces of a chain in their order, without their bytes.
    std::vector<kept_body::impl::part> chain_parts(std::int64_t last);

    connection db;
    statement request{db,
                      "SELECT request_head, request_parts, request, request_zstd, request_size,"
                      " request_decoded FROM wire WHERE exchange = ?1"};
    statement answer{
        db,
        "SELECT response_head, response, response_zstd, response_size, response_decoded FROM wire"
        " WHERE exchange = ?1"};
    statement about{db,
                    "SELECT request_head, request_parts, request_zstd, request_size, request_decoded,"
                    " response_head, response_zstd, response_size, response_decoded FROM wire"
                    " WHERE exchange = ?1"};
    statement size{db, "SELECT parent, size, zstd FROM piece WHERE id = ?1"};
    statement piece{db, "SELECT parent, zstd, size, bytes FROM piece WHERE id = ?1"};
};

kept_piece wire_reader::impl::read_piece(std::int64_t id) {
    const reset_at_end guard{piece};
    const auto name = "piece " + std::to_string(id);
    piece.integer(1, id);
    if (!piece.step()) {
        throw std::runtime_error{name + " is missing"};
    }
    kept_piece made;
    made.bytes = plain(piece.bytes_at(3), piece.integer_at(1) != 0, piece.integer_at(2), name);
    made.parent = piece.integer_at(0);
    if (made.parent >= id) {
        throw std::runtime_error{name + " does not stand behind its parent"};
    }
    return made;
}

std::string wire_reader::impl::chain(std::int64_t last) {
    std::vector<std::string> pieces;
    std::size_t size = 0;
    for (auto id = last; id != 0;) {
        auto one = read_piece(id);
        size += one.bytes.size();
        pieces.push_back(std::move(one.bytes));
        id = one.parent;
    }
    std::string out;
    out.reserve(size);
    for (auto one = pieces.rbegin(); one != pieces.rend(); ++one) {
        out.append(*one);
    }
    return out;
}

std::vector<kept_body::impl::part> wire_reader::impl::chain_parts(std::int64_t last) {
    std::vector<kept_body::impl::part> parts;
    for (auto id = last; id != 0;) {
        const reset_at_end guard{size};
        size.integer(1, id);
        const auto parent = size.step() ? size.integer_at(0) : id;
        if (parent >= id) {
            throw std::runtime_error{"piece " + std::to_string(id) +
                                     " is missing, or does not stand behind its parent"};
        }
        parts.push_back({id, size.integer_at(2) != 0, static_cast<std::uint64_t>(size.integer_at(1))});
        id = parent;
    }
    std::ranges::reverse(parts);
    return parts;
}

wire_reader::wire_reader(const std::string& path) : impl_{[path] { return std::make_unique<impl>(path); }} {}
wire_reader::~wire_reader() = default;

std::optional<kept_wire> wire_reader::read(std::int64_t exchange) {
    auto asked = read_request(exchange);
    auto given = asked ? read_answer(exchange) : std::nullopt;
    if (!given) {
        return std::nullopt;
    }
    kept_wire kept;
    kept.request_head = std::move(asked->head);
    kept.response_head = std::move(given->head);
    kept.response = std::move(given->bytes);
    kept.request_decoded = asked->decoded;
    kept.response_decoded = given->decoded;
    kept.request = body_of(*asked);
    return kept;
}

std::string wire_reader::body_of(const kept_request& request) {
    std::string body;
    std::size_t at = 0;
    for (const auto& place : request.places) {
        body.append(request.beside, at, place.offset - at).append(impl_->chain(place.last));
        at = place.offset;
    }
    body.append(request.beside, at);
    return body;
}

std::optional<kept_request> wire_reader::read_request(std::int64_t exchange) {
    auto& row = impl_->request;
    const reset_at_end guard{row};
    row.integer(1, exchange);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto name = request_name(exchange);
    kept_request kept;
    kept.head = row.text_at(0);
    kept.beside = plain(row.bytes_at(2), row.integer_at(3) != 0, row.integer_at(4), name);
    kept.decoded = row.integer_at(5) != 0;
    std::size_t at = 0;
    for (const auto& part : read_request_parts(row.text_at(1))) {
        check_place(part.offset, at, kept.beside.size(), name);
        kept.places.push_back({part.offset, part.last});
        at = part.offset;
    }
    return kept;
}

std::optional<kept_answer> wire_reader::read_answer(std::int64_t exchange) {
    auto& row = impl_->answer;
    const reset_at_end guard{row};
    row.integer(1, exchange);
    if (!row.step()) {
        return std::nullopt;
    }
    return kept_answer{
        std::string{row.text_at(0)},
        plain(row.bytes_at(1), row.integer_at(2) != 0, row.integer_at(3), answer_name(exchange)),
        row.integer_at(4) != 0};
}

std::optional<kept_about> wire_reader::about(std::int64_t exchange) {
    auto& row = impl_->about;
    const reset_at_end guard{row};
    row.integer(1, exchange);
    if (!row.step()) {
        return std::nullopt;
    }
    kept_about made;
    made.request = {std::string{row.text_at(0)}, static_cast<std::uint64_t>(row.integer_at(3)),
                    row.integer_at(4) != 0};
    made.response = {std::string{row.text_at(5)}, static_cast<std::uint64_t>(row.integer_at(7)),
                     row.integer_at(8) != 0};
    for (const auto& part : read_request_parts(row.text_at(1))) {
        for (const auto& piece : impl_->chain_parts(part.last)) {
            made.request.body_bytes += piece.bytes;
        }
    }
    return made;
}

std::optional<kept_body> wire_reader::request_body(std::int64_t exchange) {
    auto& row = impl_->about;
    const reset_at_end guard{row};
    row.integer(1, exchange);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto name = request_name(exchange);
    const auto bytes = static_cast<std::uint64_t>(row.integer_at(3));
    std::vector<kept_body::impl::part> parts;
    std::uint64_t at = 0;
    for (const auto& placed : read_request_parts(row.text_at(1))) {
        check_place(placed.offset, at, bytes, name);
        parts.push_back({0, false, placed.offset - at});
        std::ranges::copy(impl_->chain_parts(placed.last), std::back_inserter(parts));
        at = placed.offset;
    }
    parts.push_back({0, false, bytes - at});
    kept_body made{std::make_unique<kept_body::impl>(
        column_frame{{"wire", "request", exchange, row.integer_at(2) != 0, bytes, name}}, std::move(parts))};
    made.head = row.text_at(0);
    made.decoded = row.integer_at(4) != 0;
    return made;
}

std::optional<kept_body> wire_reader::answer_body(std::int64_t exchange) {
    auto& row = impl_->about;
    const reset_at_end guard{row};
    row.integer(1, exchange);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto bytes = static_cast<std::uint64_t>(row.integer_at(7));
    kept_body made{std::make_unique<kept_body::impl>(
        column_frame{{"wire", "response", exchange, row.integer_at(6) != 0, bytes, answer_name(exchange)}},
        std::vector{kept_body::impl::part{0, false, bytes}})};
    made.head = row.text_at(5);
    made.decoded = row.integer_at(8) != 0;
    return made;
}

void wire_reader::read(kept_body& from, std::string& to, std::size_t most) {
    from.impl_->read(impl_->db, to, most);
}

kept_piece wire_reader::piece(std::int64_t id) {
    return impl_->read_piece(id);
}

std::string wire_reader::chain(std::int64_t last) {
    return impl_->chain(last);
}

}  // namespace tapes::store
