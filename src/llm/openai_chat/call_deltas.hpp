#pragma once

#include "delta.hpp"
#include "json.hpp"
#include "json_scan.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace tapes::llm::openai_chat {

/// The tool calls of one streamed choice. A fragment is looked for by its `index`, else by its `id`, else it
/// goes on with the last call. Servers leave out both, give all calls the same, or a new id to each fragment:
/// what counts then is whether the arguments of the call that is found are whole. Behind whole ones a new
/// name or id begins another call, and in the midst of them only another name does.
class call_deltas {
public:
    /// Adds to `held` roughly how many bytes more are held now, also where it throws.
    void merge(std::size_t& held, json_object fragment);
    bool empty() const noexcept { return calls_.empty(); }

    /// Appends the array of calls, by index.
    void write(std::string& out) const;

private:
    struct call {
        std::int64_t order = 0;
        std::string id;
        std::string name;
        delta members;
        json_scan progress;          ///< of the arguments
        bool has_arguments = false;  ///< more than white space
        bool whole = false;          ///< the arguments are
        bool changes_id = false;     ///< its fragments have ids of their own
    };
    struct fragment {
        bool has_index = false;
        std::int64_t index = 0;
        std::string id;
        std::string name;
        std::string arguments;  ///< of a function, as far as they are text
        bool has_arguments = false;
        bool whole = false;  ///< the arguments came as an object, or as free text
    };

    static fragment look(json_object from);
    static void look_into(json_object function, fragment& out);
    static bool is_whole(std::string_view arguments);
    static bool repeats(const call& known, const fragment& next);
    bool begins_another(std::size_t at, const fragment& next) const;
    std::size_t find(const fragment& next) const;
    std::size_t add(const fragment& next);
    void follow_arguments(call& into, const fragment& next);

    std::vector<call> calls_;
    std::unordered_map<std::int64_t, std::size_t> by_index_;
    std::unordered_map<std::string, std::size_t> by_id_;
};

}  // namespace tapes::llm::openai_chat
