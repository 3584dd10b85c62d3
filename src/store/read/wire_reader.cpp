#include "file/request_parts.hpp"
#include "file/sqlite.hpp"

#include <tapes/store/wire_reader.hpp>

#include <zstd.h>

#include <cstdint>
#include <stdexcept>
#include <string_view>
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

std::string_view bytes_at(const statement& row, int column) {
    const auto bytes = row.blob_at(column);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

class wire_reader::impl {
public:
    explicit impl(const std::string& path) : db{path, SQLITE_OPEN_READONLY} {}

    std::string chain(std::int64_t last);

    connection db;
    statement wire{db,
                   "SELECT request_head, response_head, request_parts, request, request_zstd, request_size,"
                   " response, response_zstd, response_size, request_decoded, response_decoded FROM wire"
                   " WHERE exchange = ?1"};
    statement piece{db, "SELECT parent, zstd, size, bytes FROM piece WHERE id = ?1"};
};

std::string wire_reader::impl::chain(std::int64_t last) {
    std::vector<std::string> pieces;
    std::size_t size = 0;
    for (auto id = last; id != 0;) {
        const reset_at_end guard{piece};
        const auto name = "piece " + std::to_string(id);
        piece.integer(1, id);
        if (!piece.step()) {
            throw std::runtime_error{name + " is missing"};
        }
        pieces.push_back(plain(bytes_at(piece, 3), piece.integer_at(1) != 0, piece.integer_at(2), name));
        size += pieces.back().size();
        const auto parent = piece.integer_at(0);
        if (parent >= id) {
            throw std::runtime_error{name + " does not stand behind its parent"};
        }
        id = parent;
    }
    std::string out;
    out.reserve(size);
    for (auto one = pieces.rbegin(); one != pieces.rend(); ++one) {
        out.append(*one);
    }
    return out;
}

wire_reader::wire_reader(const std::string& path) : impl_{[path] { return std::make_unique<impl>(path); }} {}
wire_reader::~wire_reader() = default;

std::optional<kept_wire> wire_reader::read(std::int64_t exchange) {
    auto& row = impl_->wire;
    const reset_at_end guard{row};
    row.integer(1, exchange);
    if (!row.step()) {
        return std::nullopt;
    }
    const auto name = "exchange " + std::to_string(exchange) + ": its ";
    kept_wire kept;
    kept.request_head = row.text_at(0);
    kept.response_head = row.text_at(1);
    const auto beside = plain(bytes_at(row, 3), row.integer_at(4) != 0, row.integer_at(5), name + "request");
    kept.response = plain(bytes_at(row, 6), row.integer_at(7) != 0, row.integer_at(8), name + "response");
    kept.request_decoded = row.integer_at(9) != 0;
    kept.response_decoded = row.integer_at(10) != 0;
    std::size_t at = 0;
    for (const auto& part : read_request_parts(row.text_at(2))) {
        if (part.offset < at || part.offset > beside.size()) {
            throw std::runtime_error{name + "request has a piece at " + std::to_string(part.offset) +
                                     ", where none can be"};
        }
        kept.request.append(beside, at, part.offset - at).append(impl_->chain(part.last));
        at = part.offset;
    }
    kept.request.append(beside, at);
    return kept;
}

}  // namespace tapes::store
