#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tapes::exports {

/// What was taken out of an export.
struct secret_report {
    struct place {
        std::string kind;
        std::string where;  ///< such as `message 3, block 1`
        std::uint64_t count = 0;
    };
    std::map<std::string, std::uint64_t, std::less<>> kinds;  ///< how many of each
    std::vector<place> places;                                ///< in the order in which they were met
    std::uint64_t more_places = 0;                            ///< that are not listed

    std::uint64_t count() const noexcept;
    /// "2 secrets: aws-access-key 1, github-token 1"; "no secrets".
    std::string line() const;
};

/// Takes secrets out of text before it leaves, each replaced by `[redacted: kind]`, and keeps account of
/// them. For one export, and one thread at a time.
class secret_filter {
public:
    /// `keep`: what is found stays, and nothing is looked for.
    explicit secret_filter(bool keep = false) : keep_{keep} {}

    /// Returns a text without its secrets. `where` tells the report in which block it stands.
    std::string text(std::string_view from, std::string_view where);
    /// The same of the value of a member, or variable, whose name may say that it is secret.
    std::string member(std::string_view name, std::string_view value, std::string_view where);
    /// The same of the beginning of a text whose rest is left out: neither does the part of a secret stay
    /// that the cut has left.
    std::string cut_text(std::string_view from, std::string_view where);
    /// The same of a JSON text, whose strings are looked through with their escapes undone. What is JSON
    /// stays JSON.
    std::string json(std::string_view from, std::string_view where);
    /// The same of texts that stand one behind the other, so that a secret may begin in one of them and end
    /// in another. The first part of it is replaced, the others go.
    void texts(std::span<std::string* const> all, std::string_view where);

    const secret_report& report() const noexcept { return report_; }
    bool keeps() const noexcept { return keep_; }
    /// The least found_secret::bits of what was taken out since this was last called; infinite: nothing was.
    double take_least_bits() noexcept;

private:
    void count(std::string_view kind, double bits, std::string_view where);

    bool keep_;
    secret_report report_;
    double least_bits_ = unlimited;
    static constexpr double unlimited = 1e9;
};

}  // namespace tapes::exports
