#include "pass/rows.hpp"

namespace tapes::catalogue {

void add_tokens(token_sums& to, const token_sums& more, int sign) noexcept {
    to.input += sign * more.input;
    to.cache_read += sign * more.cache_read;
    to.cache_write += sign * more.cache_write;
    to.cache_write_5m += sign * more.cache_write_5m;
    to.cache_write_1h += sign * more.cache_write_1h;
    to.output += sign * more.output;
    to.reasoning += sign * more.reasoning;
}

void counts::add(const contribution& one, int sign) noexcept {
    exchanges += one.exchange ? sign : 0;
    turns += one.turn ? sign : 0;
    errors += one.error ? sign : 0;
    dropped += one.dropped ? sign : 0;
    without_usage += one.without_usage ? sign : 0;
    add_tokens(tokens, one.tokens, sign);
}

}  // namespace tapes::catalogue
