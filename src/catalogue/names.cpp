#include <tapes/catalogue/names.hpp>

namespace tapes::catalogue {

std::string_view to_string(outcome value) noexcept {
    switch (value) {
        case outcome::complete:
            return "complete";
        case outcome::cut:
            return "cut";
        case outcome::error:
            return "error";
        case outcome::pending:
            return "pending";
    }
    return "";
}

std::string_view to_string(thread_kind value) noexcept {
    switch (value) {
        case thread_kind::main:
            return "main";
        case thread_kind::subagent:
            return "subagent";
        case thread_kind::side:
            return "side";
    }
    return "";
}

std::string_view to_string(fork_cause value) noexcept {
    switch (value) {
        case fork_cause::retry:
            return "retry";
        case fork_cause::edit:
            return "edit";
        case fork_cause::continuation:
            return "continuation";
        case fork_cause::client:
            return "client";
    }
    return "";
}

}  // namespace tapes::catalogue
