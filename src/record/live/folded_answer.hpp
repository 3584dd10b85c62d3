#pragma once

#include "reservation.hpp"

#include <tapes/http/content_coding.hpp>
#include <tapes/http/redaction.hpp>
#include <tapes/llm/api.hpp>
#include <tapes/record/answers_in_flight.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::record {

/// What is copied of an exchange whose answer is shown while it comes.
struct answer_origin {
    shown_answer about;  ///< without what it says
    const llm::api* api = nullptr;
    llm::path_facts path;
    std::string target;
    std::string request_head, request_encoding, request_body;
    std::string response_head, response_encoding;
    bool websocket = false;
    std::string later_id;  ///< of an answer that was asked for before: its name at the provider
    std::optional<std::int64_t> starting_after;
};

/// An answer that is folded as it comes, as far as it may be shown. For one thread at a time.
class folded_answer {
public:
    folded_answer(answer_origin origin, capture::budget& limits);

    /// Folds the next bytes of the answer, as they are on the wire. Returns false where no more are wanted:
    /// it is larger than what is shown, or the budget has no room.
    bool feed(std::string_view bytes);
    /// Returns the answer so far, without what it says where no more of it is wanted; `over`: no more comes
    /// of it.
    shown_answer look(const http::redactor& redactor, bool over);
    std::uint64_t bytes() const noexcept { return about_.bytes; }

    /// Learns, before anything is fed, what an answer that goes on is about. Returns false where that is
    /// nothing which is stored. `find` may throw.
    bool find_begun(const find_begun_answer& find);

    static constexpr std::uint64_t most_bytes = std::uint64_t{4} << 20;  ///< of a stream, also decoded
    static constexpr std::size_t most_shown_bytes = std::size_t{64} * 1024;

private:
    void fold(std::string_view decoded);
    void read_request(const http::redactor& redactor);
    void add_content(const http::redactor& redactor, shown_answer& to);
    void add_block(const merkle::block& from, shown_answer& to) const;

    answer_origin origin_;
    shown_answer about_;
    std::unique_ptr<llm::stream_reducer> reducer_;
    std::optional<http::decoder> decoder_;
    http::credential_set credentials_;
    bool request_read_ = false;
    bool begins_ = true;
    std::uint64_t decoded_bytes_ = 0;
    bool cut_ = false;
    reservation held_;
};

}  // namespace tapes::record
