#pragma once

#include "clean_request.hpp"
#include "deck.hpp"
#include "turnless.hpp"
#include "walk.hpp"

#include <tapes/tape/tolerance.hpp>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace tapes::tape {

/// By what a request was found in the record.
enum class found_by : std::uint8_t {
    nothing,
    hash,       ///< its conversation is recorded as it is
    match,      ///< but for what clients rewrite
    tolerance,  ///< but for what is looked past
    request     ///< by its method, path, query and body
};

/// The recorded answers to a request.
struct finding {
    found_by way = found_by::nothing;
    std::vector<std::int64_t> answers{};  ///< exchanges, ascending
    std::string looked_past{};            ///< names of rows of the tolerance
    std::string miss{};                   ///< where there are none: why, in sentences for people
};

/// Looks for requests in one store. Work is bounded by constants beyond what a request's own conversation
/// takes. For one thread at a time; what it is made of may be shared.
class finder {
public:
    finder(deck& from, turnless_index& turnless, const tolerance& past, loose_cache& cache)
        : from_{from}, turnless_{turnless}, past_{past}, cache_{cache} {}

    finding find(const clean_request& asked);

private:
    /// What was found but cannot answer.
    struct unfit {
        std::size_t streamed = 0;       ///< answers in the other form
        std::size_t without_bytes = 0;  ///< whose bytes were not kept
        std::string other_api{};        ///< that gave an answer; "": none did
    };

    finding find_turn(const clean_request& asked);
    finding find_request(const clean_request& asked);
    finding within_tolerance(const clean_request& asked, const record::request_place& place);

    std::vector<std::int64_t> answers_behind(std::span<const std::int64_t> ends, const clean_request& asked,
                                             const llm::request& request);
    void prefer_whole(std::vector<store::kept_exchange>& rows) const;
    void prefer_same_body(std::vector<store::kept_exchange>& rows, const clean_request& asked);
    void add_failures(const store::kept_exchange& of, std::vector<std::int64_t>& to);
    bool asked_the_same(std::int64_t left, std::int64_t right);
    std::string recorded_body(std::int64_t exchange);
    std::vector<std::int64_t> with_body(const std::vector<turnless_exchange>& among,
                                        const clean_request& asked, bool loose);

    std::string turn_miss(const clean_request& asked, const record::request_place& place,
                          const walk_outcome& reached);
    std::string unfit_answers(const clean_request& asked, const llm::request& request) const;
    std::string recorded_part(const walk_outcome& reached, std::size_t total);
    std::string model_of(std::int64_t node);
    std::string request_miss(const clean_request& asked, const std::vector<turnless_exchange>& same_path);

    deck& from_;
    turnless_index& turnless_;
    const tolerance& past_;
    loose_cache& cache_;
    unfit unfit_;
};

}  // namespace tapes::tape
