#include "difference/block_comparison.hpp"
#include "difference/head_comparison.hpp"
#include "difference/part_comparison.hpp"
#include "request/plain_body.hpp"

#include <tapes/read/exchange_difference.hpp>

#include <utility>

namespace tapes::read {

namespace {

told_request request_of(sources& from, const store::kept_request& kept, exchange_side& side) {
    told_request made;
    auto plain = undo_codings(kept.head, kept.decoded, from.wires.body_of(kept));
    made.body = std::move(plain.bytes);
    side.fault = std::move(plain.fault);
    made.parts = read_request_parts(side.told.api, made.body);
    if (side.fault.empty() && made.parts.fault != request_fault::none) {
        side.fault = to_string(made.parts.fault);
    }
    side.has_bytes = true;
    side.goes_on_from = made.parts.goes_on_from;
    side.parts = made.parts.parts.size() + made.parts.more_parts;
    return made;
}

message_side answer_side(sources& from, std::int64_t node) {
    const auto row = from.chains.row(node);
    return {node, row ? row->hash : merkle::digest{}, row ? row->role : "", 0};
}

/// The answers, by what they say: their hashes tell of the requests, too.
std::optional<message_difference> compare_answers(sources& from, std::int64_t left, std::int64_t right,
                                                  text_unit unit) {
    if (left == 0 && right == 0) {
        return std::nullopt;
    }
    message_difference made;
    made.kind = left == 0 ? change::added : right == 0 ? change::removed : change::changed;
    if (left != 0) {
        made.left = answer_side(from, left);
    }
    if (right != 0) {
        made.right = answer_side(from, right);
    }
    difference_request request;
    request.unit = unit;
    compare_blocks(from, left, right, request, made);
    if (made.hidden && made.more_blocks == 0) {
        made.kind = change::same;
        made.hidden = false;
        made.blocks.clear();
    }
    return made;
}

}  // namespace

std::optional<exchange_comparison> compare_exchanges(sources& from, std::int64_t left, std::int64_t right,
                                                     text_unit unit) {
    auto before = from.find_exchange(left);
    auto after = from.find_exchange(right);
    if (!before || !after) {
        return std::nullopt;
    }
    exchange_comparison made;
    made.left.told = std::move(*before);
    made.right.told = std::move(*after);
    const auto left_kept = from.wires.read_request(left);
    const auto right_kept = from.wires.read_request(right);
    if (left_kept && right_kept) {
        made.request_fields = compare_heads(left_kept->head, right_kept->head);
        const auto left_about = from.wires.about(left);
        const auto right_about = from.wires.about(right);
        if (left_about && right_about) {
            made.response_fields = compare_heads(left_about->response.head, right_about->response.head);
        }
        const auto asked = request_of(from, *left_kept, made.left);
        const auto asked_then = request_of(from, *right_kept, made.right);
        compare_parts(asked, asked_then, unit, made);
    } else {
        made.left.has_bytes = left_kept.has_value();
        made.right.has_bytes = right_kept.has_value();
    }
    made.answer = compare_answers(from, made.left.told.head, made.right.told.head, unit);
    return made;
}

}  // namespace tapes::read
