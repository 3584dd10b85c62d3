#include "content_coding_layers.hpp"

#include <tapes/text/ascii.hpp>
#include <tapes/text/work_meter.hpp>

#include <algorithm>
#include <array>

namespace tapes::http {
namespace {

using text::equal_ignoring_case;

constexpr std::size_t max_layers = 5;
constexpr std::size_t room_bytes = 16 * 1024;  // per layer, on the stack

/// Removes the last element of a comma-separated list and returns it.
std::string_view take_last(std::string_view& list) noexcept {
    const auto comma = list.rfind(',');
    const auto last = comma == std::string_view::npos ? list : list.substr(comma + 1);
    list = comma == std::string_view::npos ? std::string_view{} : list.substr(0, comma);
    return text::trimmed(last);
}

std::unique_ptr<coding_layer> make_layer(std::string_view name, const decode_limits& limits) {
    if (equal_ignoring_case(name, "gzip") || equal_ignoring_case(name, "x-gzip")) {
        return make_gzip_layer();
    }
    if (equal_ignoring_case(name, "deflate")) {
        return make_deflate_layer();
    }
    if (equal_ignoring_case(name, "br")) {
        return make_brotli_layer();
    }
    if (equal_ignoring_case(name, "zstd")) {
        return make_zstd_layer(limits.max_zstd_window_log);
    }
    return nullptr;
}

bool failed(decode_status status) noexcept {
    return status != decode_status::ok && status != decode_status::done;
}

bool at_end(const std::unique_ptr<coding_layer>& layer) noexcept {
    return layer->at_end();
}

}  // namespace

std::string_view to_string(decode_status status) noexcept {
    constexpr std::array<std::string_view, 7> names{"ok",        "done",           "truncated", "corrupt",
                                                    "too_large", "unknown_coding", "refused"};
    return names[static_cast<std::size_t>(status)];
}

bool is_identity(std::string_view content_encoding) noexcept {
    while (!content_encoding.empty()) {
        const auto name = take_last(content_encoding);
        if (!name.empty() && !equal_ignoring_case(name, "identity")) {
            return false;
        }
    }
    return true;
}

std::string known_codings(std::string_view content_encoding) {
    std::string known;
    while (!content_encoding.empty()) {
        const auto name = take_last(content_encoding);
        if (make_layer(name, {})) {
            known.insert(0, std::string{name} + (known.empty() ? "" : ", "));
        }
    }
    return known;
}

std::string_view shown_coding(std::string_view bytes) noexcept {
    return bytes.starts_with("\x1f\x8b")           ? std::string_view{"gzip"}
           : bytes.starts_with("\x28\xb5\x2f\xfd") ? std::string_view{"zstd"}
                                                   : std::string_view{};
}

std::string_view coding_of(std::string_view content_encoding, std::string_view bytes) noexcept {
    return is_identity(content_encoding) ? shown_coding(bytes) : content_encoding;
}

/// Pushes bytes through the layers into the output, and asks before the output grows.
struct decode_run {
    decoder& from;
    std::string* out = nullptr;
    const take_bytes* take = nullptr;  ///< takes the output where `out` is null
    const reserve_bytes* reserve = nullptr;
    std::size_t reserved_bytes = 0;

    decode_status push(std::size_t layer, std::string_view in) {
        if (layer == from.layers_.size()) {
            return give(in);
        }
        auto& coding = *from.layers_[layer];
        std::array<char, room_bytes> room;  // NOLINT: filled before it is read
        for (;;) {
            std::size_t written = 0;
            const auto before = in.size();
            const auto status = coding.step(in, room.data(), room.size(), written);
            const auto left = from.limits_.max_decoded_bytes - coding.decoded_bytes;
            const bool over = written > left;
            written = over ? static_cast<std::size_t>(left) : written;
            coding.decoded_bytes += written;
            if (written > 0) {
                const auto next = push(layer + 1, {room.data(), written});
                if (failed(next)) {
                    return next;
                }
            }
            if (over || failed(status)) {
                return over ? decode_status::too_large : status;
            }
            if (in.empty() && written < room.size()) {
                return status;
            }
            if (written == 0 && in.size() == before && status == decode_status::ok) {
                return decode_status::corrupt;  // no progress with input and room at hand
            }
        }
    }

    decode_status give(std::string_view bytes) {
        text::count_work(bytes.size());
        if (take != nullptr) {
            (*take)(bytes);
            return decode_status::ok;
        }
        if (reserve != nullptr && out->capacity() - out->size() < bytes.size()) {
            const auto wanted = std::max({out->size() + bytes.size(), out->capacity() * 2, 2 * room_bytes});
            if (*reserve && !(*reserve)(wanted - reserved_bytes)) {
                return decode_status::refused;
            }
            reserved_bytes = wanted;
            out->reserve(wanted);
        }
        out->append(bytes);
        return decode_status::ok;
    }

    decode_status feed(std::string_view in) {
        from.started_ = true;
        const auto status = push(0, in);
        if (failed(status)) {
            return from.status_ = status;
        }
        const bool ended = !from.layers_.empty() && std::ranges::all_of(from.layers_, at_end);
        return from.status_ = ended ? decode_status::done : decode_status::ok;
    }
};

decoder::decoder(std::string_view content_encoding, decode_limits limits) : limits_{limits} {
    while (!content_encoding.empty()) {
        const auto name = take_last(content_encoding);
        if (name.empty() || equal_ignoring_case(name, "identity")) {
            continue;
        }
        auto layer = layers_.size() < max_layers ? make_layer(name, limits_) : nullptr;
        if (!layer) {
            layers_.clear();
            status_ = decode_status::unknown_coding;
            return;
        }
        layers_.push_back(std::move(layer));
    }
}

decoder::~decoder() = default;
decoder::decoder(decoder&&) noexcept = default;
decoder& decoder::operator=(decoder&&) noexcept = default;

decode_status decoder::feed(std::string_view in, std::string& out) {
    if (failed(status_) || in.empty()) {
        return status_;
    }
    return decode_run{*this, &out, nullptr, nullptr}.feed(in);
}

decode_status decoder::feed(std::string_view in, const take_bytes& take) {
    if (failed(status_) || in.empty()) {
        return status_;
    }
    return decode_run{*this, nullptr, &take, nullptr}.feed(in);
}

decode_status decoder::finish() const noexcept {
    if (failed(status_)) {
        return status_;
    }
    if (!started_ || std::ranges::all_of(layers_, at_end)) {
        return decode_status::done;
    }
    return decode_status::truncated;
}

decoded decode_all(std::string_view content_encoding, std::string_view bytes, const decode_limits& limits,
                   const reserve_bytes& reserve) {
    decoded result;
    decoder from{content_encoding, limits};
    result.status = from.finish();
    if (failed(result.status) || bytes.empty()) {
        return result;
    }
    decode_run run{from, &result.bytes, nullptr, &reserve};
    const auto status = run.feed(bytes);
    result.reserved_bytes = run.reserved_bytes;
    result.status = failed(status) ? status : from.finish();
    return result;
}

}  // namespace tapes::http
