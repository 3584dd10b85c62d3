#include "routes/exchange_body.hpp"

#include "routes/refusal.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/fields.hpp>
#include <tapes/store/wire_reader.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace tapes::api {

namespace {

/// So many coded bytes are decoded at a time: they may become a thousand times as many.
constexpr std::size_t coded_piece = 4096;

std::optional<store::kept_body> kept_body_of(record& from, std::int64_t exchange, body_side side) {
    return side == body_side::request ? from.wire().request_body(exchange)
                                      : from.wire().answer_body(exchange);
}

/// The bytes as they were kept.
class plain_body : public long_body {
public:
    explicit plain_body(store::kept_body bytes) : bytes_{std::move(bytes)} {}

    std::uint64_t left() const override { return bytes_.left(); }
    void read(record& from, std::string& to, std::size_t most) override {
        from.wire().read(bytes_, to, most);
    }

private:
    store::kept_body bytes_;
};

/// The same without their codings. That they can be undone, and how many bytes that makes, was found out
/// before.
class decoded_body : public long_body {
public:
    decoded_body(store::kept_body coded, std::string_view coding, std::uint64_t bytes)
        : coded_{std::move(coded)}, decoder_{coding}, left_{bytes} {}

    std::uint64_t left() const override { return left_; }
    void read(record& from, std::string& to, std::size_t most) override {
        while (used_ == held_.size() && left_ > 0) {
            held_.clear();
            used_ = 0;
            if (coded_.left() == 0) {
                throw std::runtime_error{"a body has changed while it was decoded"};
            }
            std::string piece;
            from.wire().read(coded_, piece, coded_piece);
            (void)decoder_.feed(piece, held_);
        }
        const auto count = std::min({most, held_.size() - used_, static_cast<std::size_t>(left_)});
        to.append(held_, used_, count);
        used_ += count;
        left_ -= count;
    }

private:
    store::kept_body coded_;
    http::decoder decoder_;
    std::uint64_t left_;
    std::string held_;
    std::size_t used_ = 0;
};

/// Counts the bytes that a body decodes to.
std::uint64_t decoded_size(record& from, store::kept_body coded, std::string_view coding) {
    http::decoder decoder{coding};
    auto status = decoder.finish();
    std::uint64_t bytes = 0;
    std::string piece;
    while (coded.left() > 0 && (status == http::decode_status::ok || status == http::decode_status::done ||
                                status == http::decode_status::truncated)) {
        piece.clear();
        from.wire().read(coded, piece, long_body_piece);
        text::count_work(piece.size());
        status = decoder.feed(piece, [&](std::string_view decoded) {
            bytes += decoded.size();
            text::count_work(decoded.size());
        });
    }
    status = decoder.finish();
    if (status != http::decode_status::done) {
        throw refusal{422, "the body cannot be decoded to its end (" + std::string{coding} +
                               "): " + std::string{http::to_string(status)}};
    }
    return bytes;
}

/// Returns the codings to undo of a body, whose head names them or whose first bytes show one; "" where there
/// are none.
std::string coding_of(record& from, std::int64_t exchange, body_side side, const std::string& head) {
    constexpr std::size_t mark_bytes = 4;
    std::string first;
    if (auto probed = kept_body_of(from, exchange, side); probed && probed->left() > 0) {
        from.wire().read(*probed, first, mark_bytes);
    }
    const auto label = http::joined_values(head, "content-encoding");
    return std::string{http::coding_of(label, first)};
}

}  // namespace

std::optional<exchange_body> open_body(record& from, std::int64_t exchange, body_side side, bool decode) {
    auto kept = kept_body_of(from, exchange, side);
    if (!kept) {
        return std::nullopt;
    }
    exchange_body made;
    made.head = kept->head;
    const auto coding =
        decode && !kept->decoded ? coding_of(from, exchange, side, kept->head) : std::string{};
    if (coding.empty()) {
        made.bytes = std::make_unique<plain_body>(*std::move(kept));
        return made;
    }
    const auto bytes = decoded_size(from, *std::move(kept), coding);
    if (auto again = kept_body_of(from, exchange, side)) {
        made.bytes = std::make_unique<decoded_body>(*std::move(again), coding, bytes);
    }
    return made.bytes ? std::optional{std::move(made)} : std::nullopt;
}

}  // namespace tapes::api
