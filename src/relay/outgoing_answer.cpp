#include "outgoing_answer.hpp"

namespace tapes::relay {

void outgoing_answer::open(const http::response_head& head, const client_side& client, bool dechunk) {
    dechunk_ = dechunk;
    write_client_head(head, client, dechunk, head_);
}

std::string_view outgoing_answer::take(std::string_view bytes, answer_body& body, answer_body::verdict& now) {
    undone_.clear();
    now = body.feed(bytes, dechunk_ ? &undone_ : nullptr);
    auto pass = bytes.substr(0, now.pass);
    auto hold = bytes.substr(now.pass, now.used - now.pass);
    if (dechunk_) {
        const bool all = now.pass == now.used;
        pass = all ? std::string_view{undone_} : std::string_view{};
        hold = all ? std::string_view{} : std::string_view{undone_};
    }
    if (now.release) {
        head_.append(std::exchange(held_, {}));
    } else if (!hold.empty() && pass.empty()) {
        held_.append(head_).append(hold);
        head_.clear();
        return {};
    }
    if (!head_.empty()) {
        head_.append(pass);
        pass = head_;
    }
    held_.append(hold);
    return pass;
}

std::string outgoing_answer::take_rest() {
    if (!head_.empty()) {
        held_.insert(0, std::exchange(head_, {}));
    }
    return std::exchange(held_, {});
}

}  // namespace tapes::relay
